import PKCS12
import Providers

/// A file as it was read.
public struct SourceFile: Sendable {
    /// For messages only.
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Takes one PFX through open → check → seal → verify.
public struct Reissuer: Sendable {
    /// How files are read and judged.
    public struct Options: Sendable {
        public var profile: Profile
        public var limits: Limits
        /// Take files that have no MAC.
        public var allowMissingMAC = false
        /// Write a file anew even where it already is what the profile asks for.
        public var rewriteUnchanged = false

        public init(profile: Profile, limits: Limits = Limits()) {
            self.profile = profile
            self.limits = limits
        }
    }

    /// What became of a file that could be read.
    public enum Outcome: Sendable {
        /// To be published.
        case converted(VerifiedPFX)
        /// The source already is what the profile asks for (and `rewriteUnchanged` is off).
        case unchanged(ReissueReport)
    }

    /// What to record about a file besides its bytes.
    public struct ReissueReport: Sendable, Equatable {
        public var identities: [IdentityReport]
        /// Names of providers.
        public var sealedBy: String?
        public var verifiedBy: [String]
        /// Sentences for the record, such as which bags were left out.
        public var notes: [String]
    }

    /// - Parameters:
    ///   - provider: seals; must have `crypto`.
    ///   - verifiers: each must have `reader`; at least one.
    public init(provider: Provider, verifiers: [Provider], options: Options) throws {
        fatalError("contract only")
    }

    /// The whole path but publishing.
    ///
    /// - Parameters:
    ///   - passwords: candidates, UTF-8, tried in turn.
    ///   - outputPassword: UTF-8; empty is refused with `invalidArgument`.
    /// - Throws: ``PKCS12Error`` from reading, ``ReissueError`` from checks, sealing and verification.
    public func reissue(_ source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes) throws -> Outcome {
        fatalError("contract only")
    }

    /// Proves that `output` (an existing file) is a right conversion of `source`: the same identities, the profile met,
    /// opened by every verifier.
    ///
    /// - Throws: ``ReissueError`` `verificationMismatch` or any reading error when it is not.
    public func verify(_ output: SourceFile, of source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes)
        throws -> ReissueReport
    {
        fatalError("contract only")
    }

    /// Reads a file and reports what is in it, without changing or refusing anything that can be read. `after` is nil.
    public func inspect(_ source: SourceFile, passwords: [SecretBytes]) throws -> ReissueReport {
        fatalError("contract only")
    }
}

/// Bytes that the verifiers have opened and found to be what they should be; only ``Reissuer`` makes one.
public struct VerifiedPFX: Sendable {
    public let bytes: [UInt8]
    public let report: Reissuer.ReissueReport
    init(bytes: [UInt8], report: Reissuer.ReissueReport) {
        self.bytes = bytes
        self.report = report
    }
}
