import PKCS12
import Providers

/// The fields of an X.509 certificate (RFC 5280 §4.1) that its object on a token repeats, each with its DER header.
struct CertificateNames {
    let der: [UInt8]
    let serialNumber: [UInt8]
    let issuer: [UInt8]
    let subject: [UInt8]
    /// The subject's last common name, UTF-8; nil where it has none, or one in an encoding that is no longer in use.
    let commonName: [UInt8]?

    init(_ der: [UInt8]) throws {
        self.der = der
        do {
            (serialNumber, issuer, subject, commonName) = try der.withUnsafeBytes { bytes in
                var cursor = DERCursor(bytes)
                var certificate = try cursor.sequence("the certificate")
                var fields = try certificate.sequence("the certificate's fields")
                _ = try fields.optional(DERCursor.Tag.explicit(0), "the certificate's version")
                let serialNumber = Array(try fields.require(DERCursor.Tag.integer, "the serial number").encoded)
                _ = try fields.require(DERCursor.Tag.sequence, "the signature algorithm")
                let issuer = Array(try fields.require(DERCursor.Tag.sequence, "the issuer").encoded)
                _ = try fields.require(DERCursor.Tag.sequence, "the validity")
                let subject = try fields.require(DERCursor.Tag.sequence, "the subject")
                return (serialNumber, issuer, Array(subject.encoded), try Self.commonName(of: subject.content))
            }
        } catch let error as PKCS12Error {
            throw TokenError(.tokenFailed, "a certificate for the token cannot be read: \(error.reason)")
        }
    }

    /// Of an RDNSequence: SETs of SEQUENCEs of a type and a value.
    private static func commonName(of subject: UnsafeRawBufferPointer) throws -> [UInt8]? {
        var (names, found) = (DERCursor(subject), [UInt8]?.none)
        while !names.isAtEnd {
            var parts = DERCursor(try names.require(DERCursor.Tag.set, "a part of the subject").content)
            while !parts.isAtEnd {
                var part = try parts.sequence("a part of the subject")
                let type = try part.require(DERCursor.Tag.objectIdentifier, "the type of a part of the subject")
                let value = try part.any("the value of a part of the subject")
                // id-at-commonName, as UTF8String, PrintableString or IA5String.
                guard type.content.elementsEqual([0x55, 0x04, 0x03]), [0x0C, 0x13, 0x16].contains(value.identifier),
                    String(validating: value.content, as: UTF8.self) != nil
                else { continue }
                found = Array(value.content)
            }
        }
        return found
    }
}
