/// Opens PKCS#12 files (RFC 7292).
///
/// All of BER is taken, every scheme of RFC 7292 appendix C but RC4, PBES2 with PBKDF2, MACs with SHA-1 and SHA-2,
/// and PBMAC1 (RFC 9579).
public struct PFXDecoder: Sendable {
    public var limits: Limits
    /// Take files without a MAC, which anybody may have changed.
    public var allowsMissingMAC: Bool
    /// Try a password in the encodings of faulty programs as well, where that of the standards does not fit.
    /// Windows does not.
    public var triesOtherEncodings = true
    /// Decrypt shrouded keys. Otherwise they stay as they are, and no key is ever in the clear, unless the file itself has
    /// it so: to check all else in a file whose key is not to be seen.
    public var opensShroudedKeys = true
    /// Take files that go on after the end of the PFX, as some that were padded or joined do. Not every reader does: GnuTLS
    /// refuses them.
    public var allowsTrailingBytes = true
    private let cryptography: any PKCS12Cryptography

    public init(cryptography: any PKCS12Cryptography, limits: Limits = Limits(), allowsMissingMAC: Bool = false) {
        self.cryptography = cryptography
        self.limits = limits
        self.allowsMissingMAC = allowsMissingMAC
    }

    /// Opens a file.
    ///
    /// - Parameter passwords: candidates in UTF-8, tried in turn, for the MAC and for each encrypted part.
    ///   None stands for the empty password, which is tried as empty and as absent.
    /// - Throws: ``PKCS12Error``. `wrongPassword` is thrown only where no candidate decrypts anything;
    ///   a file that decrypts, with a MAC that does not fit, is a `macMismatch`.
    public func decode(_ file: [UInt8], passwords: [SecretBytes]) throws -> PFX {
        let pending = try begin(file, passwords: passwords)
        return try pending.open(with: try cryptography.deriveAll(pending.derivations))
    }

    /// Reads a file as far as that goes without deriving any key, so that what several files need first can be derived
    /// side by side.
    ///
    /// Parameters and errors are those of ``decode(_:passwords:)``.
    public func begin(_ file: [UInt8], passwords: [SecretBytes]) throws -> PendingPFX {
        var bags = BagBudget(limits)
        let envelope = try Envelope(file, bags: &bags, limits: limits, allowsTrailingBytes: allowsTrailingBytes)
        guard envelope.mac != nil || allowsMissingMAC else {
            throw PKCS12Error(
                .macMissing, "the file has no MAC, so that nobody can tell whether it was changed",
                hint: "allow it explicitly if you know where the file comes from")
        }
        return try PendingPFX(
            Opening(
                envelope: opensShroudedKeys ? envelope : envelope.leavingKeysShrouded,
                passwords: passwords.isEmpty ? [SecretBytes(copying: [])] : passwords,
                triesOtherEncodings: triesOtherEncodings, opensShroudedKeys: opensShroudedKeys,
                cryptography: cryptography, limits: limits, bags: bags))
    }
}

/// A PFX that ``PFXDecoder/begin(_:passwords:)`` has read from the outside.
public struct PendingPFX: Sendable {
    private let opening: Opening
    /// The keys that opening begins with, those of the MAC first; none where the file has no MAC.
    public let derivations: [KeyDerivation]

    init(_ opening: Opening) throws {
        var opening = opening
        derivations = try opening.begin()
        self.opening = opening
    }

    /// Opens the file.
    ///
    /// - Parameter derived: one key for each of ``derivations``.
    /// - Throws: as ``PFXDecoder/decode(_:passwords:)``.
    public func open(with derived: [SecretBytes]) throws -> PFX {
        guard derived.count == derivations.count else {
            throw PKCS12Error(
                .invalidArgument, "the file waits for \(derivations.count) keys, and was given \(derived.count)")
        }
        var opening = opening
        return try opening.open(with: derived)
    }
}
