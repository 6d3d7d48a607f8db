import PKCS12
import Providers

/// The fields of an X.509 certificate (RFC 5280 §4.1) that its object on a token repeats, each with its DER header.
struct CertificateNames {
    let der: [UInt8]
    let serialNumber: [UInt8]
    let issuer: [UInt8]
    let subject: [UInt8]

    init(_ der: [UInt8]) throws {
        self.der = der
        do {
            (serialNumber, issuer, subject) = try der.withUnsafeBytes { bytes in
                var cursor = DERCursor(bytes)
                var certificate = try cursor.sequence("the certificate")
                var fields = try certificate.sequence("the certificate's fields")
                _ = try fields.optional(DERCursor.Tag.explicit(0), "the certificate's version")
                let serialNumber = Array(try fields.require(DERCursor.Tag.integer, "the serial number").encoded)
                _ = try fields.require(DERCursor.Tag.sequence, "the signature algorithm")
                let issuer = Array(try fields.require(DERCursor.Tag.sequence, "the issuer").encoded)
                _ = try fields.require(DERCursor.Tag.sequence, "the validity")
                let subject = Array(try fields.require(DERCursor.Tag.sequence, "the subject").encoded)
                return (serialNumber, issuer, subject)
            }
        } catch let error as PKCS12Error {
            throw TokenError(.tokenFailed, "a certificate for the token cannot be read: \(error.reason)")
        }
    }
}
