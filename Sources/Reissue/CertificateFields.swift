import PKCS12
import SwiftASN1

/// The few fields of an X.509 certificate that recapi needs; the certificate itself stays opaque.
///
///     Certificate ::= SEQUENCE {
///         tbsCertificate      TBSCertificate,
///         signatureAlgorithm  AlgorithmIdentifier,
///         signatureValue      BIT STRING }
///     TBSCertificate ::= SEQUENCE {
///         version          [0] EXPLICIT Version DEFAULT v1,
///         serialNumber         CertificateSerialNumber,
///         signature            AlgorithmIdentifier,
///         issuer               Name,
///         validity             SEQUENCE { notBefore Time, notAfter Time },
///         subject              Name,
///         subjectPublicKeyInfo SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING },
///         … }                                                      -- RFC 5280 §4.1
package struct CertificateFields: Sendable {
    /// The content of the INTEGER, as it is.
    package let serialNumber: [UInt8]
    /// The DER of the names, for comparison.
    package let issuer: [UInt8]
    package let subject: [UInt8]
    /// ISO 8601, UTC.
    let notAfter: String
    package let publicKeyAlgorithm: AlgorithmIdentifier
    /// Nil for a key of another kind.
    package let rsaPublicKey: RSAPublicKey?
    /// The names that the certificate gives its own key and that of its issuer (RFC 5280 §4.2.1.1 and §4.2.1.2).
    package let subjectKeyIdentifier: [UInt8]?
    let authorityKeyIdentifier: [UInt8]?

    var isSelfIssued: Bool { issuer == subject }

    /// Whether the names fit; ``isIssued(byKeyOf:)`` says which of several authorities of one name it was.
    func isIssued(by other: CertificateFields) -> Bool { issuer == other.subject }

    func isIssued(byKeyOf other: CertificateFields) -> Bool {
        isIssued(by: other) && authorityKeyIdentifier != nil && authorityKeyIdentifier == other.subjectKeyIdentifier
    }

    /// - Throws: ``ReissueError`` `certificateMalformed`.
    package init(der: [UInt8]) throws {
        do {
            self = try der.withUnsafeBytes { try CertificateFields($0) }
        } catch let error as PKCS12Error {
            throw ReissueError(.certificateMalformed, "a certificate in the file cannot be read: \(error.reason)")
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(PKCS12Error) {
        var cursor = DERCursor(bytes)
        var certificate = try cursor.sequence("the certificate")
        var fields = try certificate.sequence("the certificate's fields")
        _ = try fields.optional(DERCursor.Tag.explicit(0), "the certificate's version")
        serialNumber = Array(try fields.require(DERCursor.Tag.integer, "the serial number").content)
        _ = try fields.require(DERCursor.Tag.sequence, "the signature algorithm")
        issuer = Array(try fields.require(DERCursor.Tag.sequence, "the issuer").encoded)
        var validity = try fields.sequence("the validity")
        _ = try validity.any("the start of the validity")
        notAfter = try CertificateTime.text(try validity.any("the end of the validity"))
        subject = Array(try fields.require(DERCursor.Tag.sequence, "the subject").encoded)
        var keyInfo = try fields.sequence("the public key")
        publicKeyAlgorithm = try AlgorithmIdentifier(from: &keyInfo, "the public key's algorithm")
        let bits = try keyInfo.require(DERCursor.Tag.bitString, "the public key's bits").content
        rsaPublicKey =
            publicKeyAlgorithm.isRSA
            ? try Self.rsaPublicKey(UnsafeRawBufferPointer(rebasing: bits.dropFirst())) : nil
        // Nothing depends on the extensions but the order of a chain, so that odd ones are no reason to refuse.
        let identifiers = try? Self.keyIdentifiers(&fields)
        subjectKeyIdentifier = identifiers?.subject
        authorityKeyIdentifier = identifiers?.authority
    }

    ///     Extension ::= SEQUENCE {
    ///         extnID     OBJECT IDENTIFIER,
    ///         critical   BOOLEAN DEFAULT FALSE,
    ///         extnValue  OCTET STRING }                                -- RFC 5280 §4.1
    ///     AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING OPTIONAL, … }
    private static func keyIdentifiers(_ fields: inout DERCursor) throws(PKCS12Error) -> (
        subject: [UInt8]?, authority: [UInt8]?
    ) {
        while let next = fields.nextIdentifier, next != DERCursor.Tag.explicit(3) {
            _ = try fields.any("a unique name")
        }
        guard let tagged = try fields.optional(DERCursor.Tag.explicit(3), "the extensions") else { return (nil, nil) }
        var wrapper = DERCursor(tagged.content)
        var extensions = try wrapper.sequence("the extensions")
        var found: (subject: [UInt8]?, authority: [UInt8]?)
        while !extensions.isAtEnd {
            var one = try extensions.sequence("an extension")
            let type = try one.objectIdentifier("an extension's type")
            _ = try one.optional(0x01, "an extension's criticality")
            var value = DERCursor(try one.require(DERCursor.Tag.octetString, "an extension's value").content)
            if type == [2, 5, 29, 14] {
                found.subject = Array(try value.require(DERCursor.Tag.octetString, "a key identifier").content)
            } else if type == [2, 5, 29, 35] {
                var authority = try value.sequence("the authority's key identifier")
                found.authority = try authority.optional(DERCursor.Tag.implicit(0), "a key identifier").map {
                    Array($0.content)
                }
            }
        }
        return found
    }

    ///     RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }  -- RFC 8017 appendix A.1.1
    private static func rsaPublicKey(_ bytes: UnsafeRawBufferPointer) throws(PKCS12Error) -> RSAPublicKey {
        var cursor = DERCursor(bytes)
        var key = try cursor.sequence("the RSA public key")
        return RSAPublicKey(
            modulus: Array(try key.require(DERCursor.Tag.integer, "the modulus").content.drop { $0 == 0 }),
            exponent: Array(try key.require(DERCursor.Tag.integer, "the public exponent").content.drop { $0 == 0 }))
    }
}

/// The two forms of time in a certificate (RFC 5280 §4.1.2.5), as ISO 8601.
package enum CertificateTime {
    package static func text(_ element: DERCursor.Element) throws(PKCS12Error) -> String {
        let digits = element.content.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        // UTCTime YYMMDDHHMM[SS]Z; GeneralizedTime YYYYMMDDHHMMSSZ. Years below 50 are of this century.
        let century: String
        switch element.identifier {
        case 0x17: century = (digits.first ?? 0) < UInt8(ascii: "5") ? "20" : "19"
        case 0x18: century = ""
        default: throw PKCS12Error(.malformed, "the validity has a time of an unknown type")
        }
        let fields = Array(century.utf8) + digits
        guard fields.count >= 12 else { throw PKCS12Error(.malformed, "the validity has a time that is no time") }
        func field(_ range: Range<Int>) -> String { String(decoding: fields[range], as: UTF8.self) }
        let seconds = fields.count >= 14 ? field(12..<14) : "00"
        return "\(field(0..<4))-\(field(4..<6))-\(field(6..<8))T\(field(8..<10)):\(field(10..<12)):\(seconds)Z"
    }
}

extension AlgorithmIdentifier {
    private static let pss: ASN1ObjectIdentifier = .AlgorithmIdentifier.rsaPSS
    private static let oaep: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 7]

    /// Bound to RSASSA-PSS by its identifier (RFC 4055 §1.2).
    var isPSS: Bool { algorithm == Self.pss }
    /// Bound to RSAES-OAEP by its identifier (RFC 4055 §1.2).
    var isOAEP: Bool { algorithm == Self.oaep }
    /// An RSA key, whatever it may be used for.
    var isRSA: Bool { algorithm == .AlgorithmIdentifier.rsaEncryption || isPSS || isOAEP }

    /// What people call keys of this algorithm.
    package var keyKind: String {
        Self.keyKinds[algorithm] ?? "\(algorithm)"
    }

    private static let keyKinds: [ASN1ObjectIdentifier: String] = [
        .AlgorithmIdentifier.rsaEncryption: "RSA",
        pss: "RSASSA-PSS",
        oaep: "RSAES-OAEP",
        .AlgorithmIdentifier.idEcPublicKey: "EC",
        [1, 2, 840, 10040, 4, 1]: "DSA",
        [1, 2, 840, 10046, 2, 1]: "DH",
        [1, 2, 840, 113549, 1, 3, 1]: "DH",
        [1, 3, 101, 110]: "X25519",
        [1, 3, 101, 111]: "X448",
        [1, 3, 101, 112]: "Ed25519",
        [1, 3, 101, 113]: "Ed448",
    ]
}
