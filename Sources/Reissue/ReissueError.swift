import PKCS12

/// Why a file that could be read was not re-issued.
public struct ReissueError: CodedError, Hashable {
    /// The kind of a ``ReissueError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// EC, EdDSA, DSA, DH: CAPI1 has no provider for it here.
        public static let keyNotRSA = Code(rawValue: "keyNotRSA")
        /// The key is bound to RSASSA-PSS by its object identifier.
        public static let keyIsPSS = Code(rawValue: "keyIsPSS")
        /// The key is bound to RSAES-OAEP by its object identifier.
        public static let keyIsOAEP = Code(rawValue: "keyIsOAEP")
        public static let keyHasMorePrimes = Code(rawValue: "keyHasMorePrimes")
        /// A public exponent that is even, below 3, or of more than 32 bits.
        public static let publicExponentUnfit = Code(rawValue: "publicExponentUnfit")
        /// A modulus of a length that is not a multiple of 8 bits, or outside 384…16384.
        public static let modulusLengthUnfit = Code(rawValue: "modulusLengthUnfit")
        /// p, q, dP, dQ or qInv does not fit half the modulus.
        public static let primesUnbalanced = Code(rawValue: "primesUnbalanced")
        /// n ≠ p·q, or CRT values that do not belong to d.
        public static let keyInconsistent = Code(rawValue: "keyInconsistent")
        /// A key without the certificate of the same public key.
        public static let keyWithoutCertificate = Code(rawValue: "keyWithoutCertificate")
        /// The certificate that the file ties to the key has another public key.
        public static let keyDoesNotMatchCertificate = Code(rawValue: "keyDoesNotMatchCertificate")
        /// A PFX without any private key.
        public static let certificateWithoutKey = Code(rawValue: "certificateWithoutKey")
        /// A certificate that cannot be read.
        public static let certificateMalformed = Code(rawValue: "certificateMalformed")
        /// The profile asks for what its provider cannot hold.
        public static let profileUnfit = Code(rawValue: "profileUnfit")
        /// The verifier found something else in the output than what was put in.
        public static let verificationMismatch = Code(rawValue: "verificationMismatch")
        /// The verifier could not read the output.
        public static let verificationFailed = Code(rawValue: "verificationFailed")
        /// The verifier's library does not read files of this kind at all, which says nothing of the output.
        public static let verifierUnfit = Code(rawValue: "verifierUnfit")
        /// The profile asks for a KeySpec that nobody here can write.
        public static let keySpecUnwritable = Code(rawValue: "keySpecUnwritable")
        public static let emptyOutputPassword = Code(rawValue: "emptyOutputPassword")
    }

    public let code: Code
    public let reason: String
    public let hint: String?
    /// Of `verificationFailed`: the provider that could not read the output.
    public var provider: String?

    public init(_ code: Code, _ reason: String, hint: String? = nil, provider: String? = nil) {
        self.provider = provider
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    public var codeName: String { code.rawValue }
}

extension ReissueError {
    /// - Parameter kind: what people call such keys.
    static func keyNotRSA(_ kind: String) -> ReissueError {
        ReissueError(
            .keyNotRSA, "the key is \(kind), and CAPI1 has RSA providers only",
            hint: "have the certificate issued again with an RSA key")
    }
}
