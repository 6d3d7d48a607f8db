import PKCS12
import Providers
import TestSupport

/// A file of the matrix, with what is known of it from others than recapi.
struct Specimen: Sendable {
    /// The row that it is counted in: who made it.
    let maker: String
    let name: String
    let bytes: [UInt8]
    /// Candidates, in turn.
    let passwords: [SecretBytes]
    /// `convertible`, or the code that reading or checking must give.
    let verdict: String
    /// SHA-1 thumbprints of all certificates; nil where nobody else reads the file.
    let thumbprints: [String]?

    static let convertible = Vector.convertible

    var isConvertible: Bool { verdict == Self.convertible }

    /// What opening must give: `opens`, or a code.
    var opening: String { Self.readingCodes.contains(verdict) ? verdict : Examination.opens }

    /// The codes that opening gives; all others come from checks of what was found.
    private static let readingCodes: Set<String> = Set(
        [
            PKCS12Error.Code.notPKCS12, .truncated, .malformed, .limitExceeded, .unsupportedAlgorithm,
            .publicKeyProtection, .directoryProtection, .wrongPassword, .macMismatch, .macMissing, .decryptionFailed,
        ].map(\.rawValue))
}

extension Specimen {
    init(_ vector: Vector) throws {
        self.init(
            maker: Self.maker(of: vector), name: vector.name, bytes: try vector.bytes, passwords: vector.passwords,
            verdict: vector.expect, thumbprints: vector.opensslOpens ? vector.certificates.map(\.thumbprint) : nil)
    }

    /// The committed files. Of those that a maker protects with 600,000 iterations and more, some seconds each in a debug
    /// build, one stands for all.
    static func vectors() throws -> [Specimen] {
        try Vectors.all.filter { ($0.iterations ?? 0) < 600_000 || slow.contains($0.name) }.map(Specimen.init)
            .inOrder(of: makers)
    }

    private static let slow: Set = [
        "openssl-iterations-600000", "openssl-iterations-10000001", "certtool-default", "pk12util-default",
    ]

    private static func maker(of vector: Vector) -> String {
        let command = vector.command ?? ""
        switch vector.maker.prefix(while: { $0 != " " }) {
        case "openssl" where !vector.maker.hasPrefix("openssl pkcs12"): return "no PKCS#12 at all"
        case ":": return "no PKCS#12 at all"
        case "openssl" where command.contains(" -legacy"): return "openssl pkcs12 -legacy"
        case "openssl" where command.contains("-keypbe") || command.contains("-certpbe"):
            return "openssl pkcs12, algorithms chosen"
        case "openssl": return "openssl pkcs12, defaults"
        case "libcrypto": return "as Windows and others write (pfx-maker)"
        case "as": return "a wrong password"
        case "tools/damage.py":
            return vector.expect == PKCS12Error.Code.notPKCS12.rawValue ? "no PKCS#12 at all" : "damaged files"
        case "Python": return "Python cryptography"
        case let tool: return String(tool)
        }
    }

    private static let makers = [
        "openssl pkcs12, defaults", "openssl pkcs12 -legacy", "openssl pkcs12, algorithms chosen", "certtool",
        "keytool",
        "pk12util", "Python cryptography", "as Windows and others write (pfx-maker)", "a wrong password",
        "damaged files",
        "no PKCS#12 at all",
    ]
}

extension [Specimen] {
    fileprivate func inOrder(of makers: [String]) -> [Specimen] {
        makers.flatMap { maker in filter { $0.maker == maker } } + filter { !makers.contains($0.maker) }
    }
}
