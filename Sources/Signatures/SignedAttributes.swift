import PKCS12
import SwiftASN1

/// The attributes that a signature covers.
///
///     SignedAttributes ::= SET SIZE (1..MAX) OF Attribute
///     Attribute ::= SEQUENCE {
///         attrType    OBJECT IDENTIFIER,
///         attrValues  SET OF AttributeValue }                              -- RFC 5652 §5.3
///     ContentType ::= OBJECT IDENTIFIER                                    -- RFC 5652 §11.1
///     MessageDigest ::= OCTET STRING                                       -- RFC 5652 §11.2
///     SigningTime ::= Time                                                 -- RFC 5652 §11.3
struct SignedAttributes {
    /// Of the content.
    var digest: [UInt8]
    /// The DER of the Time.
    var signingTime: [UInt8]?

    init(digest: [UInt8], signingTime: [UInt8]?) {
        self.digest = digest
        self.signingTime = signingTime
    }

    func encoded() throws(PKCS12Error) -> [UInt8] {
        var attributes = [
            try Self.attribute(Self.contentType, try DER.objectIdentifier(OID.data)),
            try Self.attribute(Self.messageDigest, DER.octetString(digest)),
        ]
        if let signingTime { attributes.append(try Self.attribute(Self.signingTime, signingTime)) }
        return DER.set(attributes)
    }

    /// - Parameter der: with the tag of SET OF.
    /// - Throws: ``SignatureError`` `malformed`.
    init(der: [UInt8]) throws {
        self = try readDER(der, of: "what was signed") { try SignedAttributes(from: &$0) }
    }

    private init(from cursor: inout DERCursor) throws {
        var set = DERCursor(try cursor.require(DERCursor.Tag.set, "the attributes").content)
        var values: [ASN1ObjectIdentifier: [UInt8]] = [:]
        while !set.isAtEnd {
            var attribute = try set.sequence("an attribute")
            let type = try attribute.objectIdentifier("an attribute's type")
            let content = try attribute.require(DERCursor.Tag.set, "an attribute's values").content
            // What is there twice could be read in two ways (RFC 5652 §11 allows one value of these three).
            guard values.updateValue(Array(content), forKey: type) == nil else {
                throw PKCS12Error(.malformed, "the attribute \(type) is there twice")
            }
        }
        guard values[Self.contentType] == (try DER.objectIdentifier(OID.data)) else {
            throw PKCS12Error(.malformed, "the content type is missing, or not that of plain data")
        }
        digest = try readDER(values[Self.messageDigest] ?? [], of: "the digest") {
            Array(try $0.require(DERCursor.Tag.octetString, "it").content)
        }
        signingTime = values[Self.signingTime]
    }

    private static func attribute(_ type: ASN1ObjectIdentifier, _ value: [UInt8]) throws(PKCS12Error) -> [UInt8] {
        DER.sequence(try DER.objectIdentifier(type), DER.set([value]))
    }

    private static let contentType: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 3]
    private static let messageDigest: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 4]
    private static let signingTime: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 5]
}
