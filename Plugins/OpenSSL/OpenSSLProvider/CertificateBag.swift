import COpenSSL
import PKCS12

/// The bytes of a certificate in its bag.
///
/// OpenSSL gives them out only as an X509, which costs 0.1 ms each (version 3 decodes the public key at once) and may
/// be encoded in another way than it came. So the bag is written as DER by OpenSSL, and its octet string taken:
///
///     SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT CertBag, bagAttributes … OPTIONAL }
///     CertBag ::= SEQUENCE { certId OBJECT IDENTIFIER, certValue [0] EXPLICIT OCTET STRING }   -- RFC 7292 §4.2.3
enum CertificateBag {
    static func certificate(in bag: OpaquePointer) throws -> [UInt8] {
        var encoding: UnsafeMutablePointer<UInt8>?
        let count = i2d_PKCS12_SAFEBAG(bag, &encoding)
        defer { CRYPTO_free(encoding, nil, 0) }
        guard count > 0, let encoding else { throw OpenSSLError.drain("encode a certificate bag") }
        var rest = UnsafeBufferPointer(start: UnsafePointer(encoding), count: Int(count))
        for tag in [V_ASN1_SEQUENCE, V_ASN1_OBJECT, 0, V_ASN1_SEQUENCE, V_ASN1_OBJECT, 0] {
            let content = try content(of: rest, tag: tag)
            // Object identifiers are passed over, everything else is entered.
            let start = tag == V_ASN1_OBJECT ? content.endIndex : content.startIndex
            rest = UnsafeBufferPointer(rebasing: rest[start..<(tag == V_ASN1_OBJECT ? rest.count : content.endIndex)])
        }
        return Array(rest[try content(of: rest, tag: V_ASN1_OCTET_STRING)])
    }

    /// Where the content of the first value lies.
    private static func content(of bytes: UnsafeBufferPointer<UInt8>, tag: Int32) throws -> Range<Int> {
        var position = bytes.baseAddress
        var (length, foundTag, foundClass) = (0, Int32(0), Int32(0))
        let flags = ASN1_get_object(&position, &length, &foundTag, &foundClass, bytes.count)
        guard flags & 0x80 == 0, foundTag == tag, let start = bytes.baseAddress, let position else {
            throw OpenSSLError.drain("read a certificate bag", code: .malformed)
        }
        let header = position - start
        guard length >= 0, header + length <= bytes.count else {
            throw PKCS12Error(.malformed, "a certificate bag is longer than its encoding")
        }
        return header..<header + length
    }
}
