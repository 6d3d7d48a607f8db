import Reissue

/// What a certutil dump says of one certificate.
public struct DumpedCertificate: Codable, Sendable, Equatable {
    /// The store's name, such as `My`; nil where the dump is of a file or a card, or was cut out.
    public var store: String?
    /// The number in the banner above it; nil where the banner was cut off.
    public var number: Int?
    /// The line that it starts at, from 1 on.
    public var line: Int
    /// SHA-1, upper-case hex; nil where the dump shows none.
    public var thumbprint: String?
    public var subject: String?
    public var isArchived = false
    public var provider: String?
    public var kind = Kind.noKey
    /// As certutil shows it: 0 none (CNG), 1 AT_KEYEXCHANGE, 2 AT_SIGNATURE; nil where it is not shown.
    public var keySpec: Int?
    /// False where the dump says that the key cannot be exported; nil where it says nothing.
    public var isExportable: Bool?
    /// Whether certutil could use the key, where it has tried; nil where that is not shown.
    public var isKeyTested: Bool?
    /// `RSA` or `EC`; nil where it is not shown.
    public var publicKey: String?

    /// Where the key is.
    public enum Kind: String, Codable, Sendable {
        case cng = "CNG"
        case capi1 = "CAPI1"
        /// A certificate by itself.
        case noKey
        /// The certificate names a key that is not there.
        case keyMissing
        /// There is a key, and the dump does not say where in words that are known here.
        case undetermined
    }
}

/// What a text was understood as.
public struct CertutilDump: Sendable, Equatable {
    public var certificates: [DumpedCertificate] = []
    /// Commands that failed, as certutil says it.
    public var failures: [Remark] = []
    /// False where a command failed that should have listed certificates: there may be more than it shows.
    public var isComplete = true
    /// What stands where a fact should be, and could not be read.
    public var remarks: [Remark] = []
    /// The lines that are no part of a dump.
    var rest: [TextLine] = []
}

/// A sentence about a place in a text.
public struct Remark: Codable, Sendable, Equatable {
    /// From 1 on.
    public var line: Int
    public var text: String
}
