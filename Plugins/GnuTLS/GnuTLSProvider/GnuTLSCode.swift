import CGnuTLS
import PKCS12

/// What a GnuTLS function returned instead of success: one of the negative GNUTLS_E_* codes.
struct GnuTLSCode: RawRepresentable, Hashable, Sendable {
    let rawValue: Int32

    /// There is no bag, element or attribute of that number.
    static let requestedDataNotAvailable = GnuTLSCode(rawValue: GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    static let asn1ElementNotFound = GnuTLSCode(rawValue: GNUTLS_E_ASN1_ELEMENT_NOT_FOUND)
    static let asn1ValueNotFound = GnuTLSCode(rawValue: GNUTLS_E_ASN1_VALUE_NOT_FOUND)
    static let macVerifyFailed = GnuTLSCode(rawValue: GNUTLS_E_MAC_VERIFY_FAILED)

    /// What it means for the caller.
    var errorCode: PKCS12Error.Code {
        switch rawValue {
        case GNUTLS_E_UNKNOWN_CIPHER_TYPE, GNUTLS_E_UNKNOWN_HASH_ALGORITHM, GNUTLS_E_UNKNOWN_ALGORITHM,
            GNUTLS_E_UNKNOWN_PK_ALGORITHM, GNUTLS_E_UNKNOWN_PKCS_CONTENT_TYPE, GNUTLS_E_UNKNOWN_PKCS_BAG_TYPE,
            GNUTLS_E_UNIMPLEMENTED_FEATURE, GNUTLS_E_UNWANTED_ALGORITHM, GNUTLS_E_UNKNOWN_CIPHER_SUITE,
            GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, GNUTLS_E_X509_UNSUPPORTED_OID:
            .unsupportedAlgorithm
        case GNUTLS_E_ASN1_ELEMENT_NOT_FOUND, GNUTLS_E_ASN1_IDENTIFIER_NOT_FOUND, GNUTLS_E_ASN1_DER_ERROR,
            GNUTLS_E_ASN1_VALUE_NOT_FOUND, GNUTLS_E_ASN1_GENERIC_ERROR, GNUTLS_E_ASN1_VALUE_NOT_VALID,
            GNUTLS_E_ASN1_TAG_ERROR, GNUTLS_E_ASN1_TAG_IMPLICIT, GNUTLS_E_ASN1_TYPE_ANY_ERROR,
            GNUTLS_E_ASN1_SYNTAX_ERROR, GNUTLS_E_ASN1_DER_OVERFLOW, GNUTLS_E_PK_INVALID_PRIVKEY,
            GNUTLS_E_ILLEGAL_PARAMETER:
            .malformed
        case GNUTLS_E_DECRYPTION_FAILED, GNUTLS_E_PKCS1_WRONG_PAD:
            .decryptionFailed
        case GNUTLS_E_MAC_VERIFY_FAILED:
            .wrongPassword
        default:
            .cryptographyFailed
        }
    }

    /// - Parameter code: what the failure means here, where that is not what it means elsewhere.
    func error(_ what: String, code: PKCS12Error.Code? = nil) -> PKCS12Error {
        let text = gnutls_strerror(rawValue).map { String(cString: $0) } ?? "error \(rawValue)"
        let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
        return PKCS12Error(code ?? errorCode, "GnuTLS could not \(what): \(sentence)")
    }
}

/// Checks a call that gives a negative number for a failure.
@discardableResult
func gnuTLS(_ what: @autoclosure () -> String, _ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw GnuTLSCode(rawValue: result).error(what()) }
    return result
}

/// The handle that a successful call gave.
func gnuTLS<Handle>(_ what: @autoclosure () -> String, _ make: (inout Handle?) -> Int32) throws -> Handle {
    var handle: Handle?
    try gnuTLS(what(), make(&handle))
    guard let handle else { throw PKCS12Error(.cryptographyFailed, "GnuTLS could not \(what()), and gives no reason") }
    return handle
}
