import PKCS12

/// What went wrong with a token or with an object on it.
public struct TokenError: CodedError, Hashable {
    /// The kind of a ``TokenError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Not a URI of RFC 7512, or one with attributes that nobody here knows.
        public static let uriInvalid = Code(rawValue: "tokenURIInvalid")
        /// A PKCS#11 module could not be loaded or initialized.
        public static let moduleFailed = Code(rawValue: "tokenModuleFailed")
        public static let tokenNotFound = Code(rawValue: "tokenNotFound")
        /// The URI matches several tokens.
        public static let tokenAmbiguous = Code(rawValue: "tokenAmbiguous")
        /// The token was there and is no longer (CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT).
        public static let tokenRemoved = Code(rawValue: "tokenRemoved")
        public static let keyNotFound = Code(rawValue: "tokenKeyNotFound")
        /// The URI matches several keys.
        public static let keyAmbiguous = Code(rawValue: "tokenKeyAmbiguous")
        /// The key's attributes, or what the token can do, keep it in; the reason names them.
        public static let keyNotExportable = Code(rawValue: "tokenKeyNotExportable")
        public static let pinRequired = Code(rawValue: "tokenPINRequired")
        /// The token said so, in this run; it is not asked again.
        public static let wrongPIN = Code(rawValue: "tokenWrongPIN")
        /// Another wrong PIN would lock the token, and `allowsFinalTry` is off.
        public static let pinFinalTry = Code(rawValue: "tokenPINFinalTry")
        public static let pinLocked = Code(rawValue: "tokenPINLocked")
        /// The token takes no more sessions, or no object of this kind (CKR_SESSION_COUNT, CKR_DEVICE_MEMORY, CKR_TOKEN_WRITE_PROTECTED).
        public static let tokenExhausted = Code(rawValue: "tokenExhausted")
        /// What would be written is there already.
        public static let objectExists = Code(rawValue: "tokenObjectExists")
        /// Any other failure of the token; the reason names the CKR_ code.
        public static let tokenFailed = Code(rawValue: "tokenFailed")
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
