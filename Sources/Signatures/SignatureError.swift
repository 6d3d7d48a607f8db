import PKCS12

/// Why a signature was not made, or not accepted.
public struct SignatureError: CodedError, Hashable {
    /// The kind of a ``SignatureError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes are not a SignedData of RFC 5652 in DER, or are cut short.
        public static let malformed = Code(rawValue: "signatureMalformed")
        /// The signature was made with algorithms that are not taken here.
        public static let unsupportedAlgorithm = Code(rawValue: "signatureAlgorithmUnsupported")
        /// What was signed is not what is there.
        public static let digestMismatch = Code(rawValue: "signedDigestMismatch")
        /// Nobody signed with the certificate that was expected.
        public static let otherSigner = Code(rawValue: "otherSigner")
        /// The signer is named, and the signature is not that of its key.
        public static let invalid = Code(rawValue: "signatureInvalid")
        /// There is no signature.
        public static let missing = Code(rawValue: "signatureMissing")
        /// The key or certificate cannot sign, or not be checked with, here.
        public static let signerUnfit = Code(rawValue: "signerUnfit")
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

/// Reads DER; what is wrong with it is the signature's fault.
///
/// - Parameter what: such as `the signature`.
/// - Throws: ``SignatureError`` `malformed`.
func readDER<Value>(
    _ der: [UInt8], of what: String, hint: String? = nil, _ body: (inout DERCursor) throws -> Value
) throws -> Value {
    do {
        return try der.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            let value = try body(&cursor)
            try cursor.requireEnd(of: what)
            return value
        }
    } catch let error as PKCS12Error {
        throw SignatureError(.malformed, "\(what) cannot be read: \(error.reason)", hint: hint)
    }
}
