import PKCS12
import TestSupport

extension Specimen {
    /// The files beside the package that openssl 3.0 opens, which is where the truth about them comes from. Verdicts on the
    /// others are CorpusTests' subject.
    static func corpus(_ entries: [Corpus.Entry]) throws -> [Specimen] {
        try entries.filter { $0.opensslOpens && !slow.contains($0.file) }.map { entry in
            Specimen(
                maker: "corpus: \(entry.project)", name: entry.file, bytes: try entry.bytes,
                passwords: [secret(entry.password ?? "")], verdict: verdict(on: entry), thumbprints: entry.certificates)
        }
    }

    /// What the rules say of the contents that openssl found.
    private static func verdict(on entry: Corpus.Entry) -> String {
        guard entry.info.contains(where: { $0.hasPrefix("MAC:") }) else { return "macMissing" }
        guard !entry.keys.isEmpty else { return "certificateWithoutKey" }
        for (key, thumbprint) in zip(entry.keys, entry.thumbprintOfKey) {
            guard key.hasPrefix("RSA-") else { return "keyNotRSA" }
            if thumbprint.isEmpty { return "keyWithoutCertificate" }
        }
        return convertible
    }

    /// 600,000 iterations; formats-13eb3f40db02.p12 stands for them.
    private static let slow: Set = ["formats-9f8ac368a542.pfx", "openjdk-17-b9108a7f93e6.p12"]
}
