import PKCS12
import TestSupport

extension Specimen {
    /// The files beside the package that openssl 3.0 opens, which is where the truth about them comes from. Verdicts on the
    /// others are CorpusTests' subject.
    static func corpus(_ entries: [Corpus.Entry]) throws -> [Specimen] {
        try entries.filter { $0.opensslOpens && !slow.contains($0.file) }.map { entry in
            Specimen(
                maker: project(entry), name: entry.file, bytes: try entry.bytes,
                passwords: [secret(entry.password ?? "")], verdict: verdict(on: entry), thumbprints: entry.certificates)
        }
    }

    /// What the rules say of the contents that openssl found.
    private static func verdict(on entry: Corpus.Entry) -> String {
        if let special = special[entry.file] { return special }
        if boundToOAEP.contains(entry.file) { return "keyIsOAEP" }
        guard entry.info.contains(where: { $0.hasPrefix("MAC:") }) else { return "macMissing" }
        guard !entry.keys.isEmpty else { return "certificateWithoutKey" }
        for (key, thumbprint) in zip(entry.keys, entry.thumbprintOfKey) {
            guard key.hasPrefix("RSA-") else { return "keyNotRSA" }
            guard !thumbprint.isEmpty else {
                // Files tie an only key to an only certificate.
                return entry.keys.count == 1 && entry.certificates.count == 1
                    ? "keyDoesNotMatchCertificate" : "keyWithoutCertificate"
            }
        }
        return convertible
    }

    /// The file's name without its digest.
    private static func project(_ entry: Corpus.Entry) -> String {
        entry.file.split(separator: "-").dropLast().joined(separator: "-").replacing("_", with: " ")
    }

    /// Where openssl's listing does not tell what is in the file.
    private static let special = [
        "nss-9afed783c4fe.p12": "keyIsPSS", "nss-c55452c244d2.p12": "keyIsPSS",  // listed as RSA
        "openssl-e6e993b0206c.p12": "publicKeyProtection",  // openssl skips the enveloped part
        "botan3-69bb7af04fff.pfx": "limitExceeded",  // safe contents nested deeper than the limit
    ]

    /// RSA keys with certificates that name id-RSAES-OAEP (RFC 4055 §4.1) instead of rsaEncryption, whose public key openssl
    /// does not read.
    static let boundToOAEP = [
        "corefx-2024caed2317.p12", "corefx-7fb731121e96.p12", "corefx-8ebacc6db61e.p12", "corefx-a65267d22027.p12",
    ]

    /// 600,000 iterations; formats-13eb3f40db02.p12 stands for them.
    private static let slow: Set = ["formats-9f8ac368a542.pfx", "openjdk-17-b9108a7f93e6.p12"]
}
