/// What went wrong while reading or writing a PKCS#12 file.
public struct PKCS12Error: CodedError, Hashable {
    /// The kind of a ``PKCS12Error``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes are not a PFX at all (RFC 7292 §4).
        public static let notPKCS12 = Code(rawValue: "notPKCS12")
        /// The file ends before a length that it declares.
        public static let truncated = Code(rawValue: "truncated")
        /// The structure breaks the ASN.1 of RFC 7292, RFC 8018 or RFC 5958.
        public static let malformed = Code(rawValue: "malformed")
        /// A limit of ``Limits`` was met; the reason names it.
        public static let limitExceeded = Code(rawValue: "limitExceeded")
        /// The file names an algorithm that this library or the provider at hand does not have.
        public static let unsupportedAlgorithm = Code(rawValue: "unsupportedAlgorithm")
        /// The file is protected by public keys instead of a password (RFC 7292 §3.1).
        public static let publicKeyProtection = Code(rawValue: "publicKeyProtection")
        /// The file's password is random and protected to users or groups of an Active Directory.
        public static let directoryProtection = Code(rawValue: "directoryProtection")
        /// No candidate password opens the file.
        public static let wrongPassword = Code(rawValue: "wrongPassword")
        /// The password is right, and the MAC is not: the file was damaged or changed.
        public static let macMismatch = Code(rawValue: "macMismatch")
        /// The file has no MAC, and the caller did not allow that.
        public static let macMissing = Code(rawValue: "macMissing")
        /// The MAC verifies, and no candidate password decrypts a part of the file.
        public static let decryptionFailed = Code(rawValue: "decryptionFailed")
        /// The key is not of the kind that was asked for.
        public static let unsupportedKey = Code(rawValue: "unsupportedKey")
        /// A signature was not made with the key that it should have been.
        public static let signatureInvalid = Code(rawValue: "signatureInvalid")
        /// The caller asked for something that cannot be written.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// The cryptographic library failed for a reason of its own.
        public static let cryptographyFailed = Code(rawValue: "cryptographyFailed")
    }

    public let code: Code
    public let reason: String
    public let hint: String?

    public init(_ code: Code, _ reason: String, hint: String? = nil) {
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    public var codeName: String { code.rawValue }
}
