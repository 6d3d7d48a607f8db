import PKCS12
import Providers
import SwiftASN1

/// A certificate of the sample: RSA with SHA-256, valid for two years (RFC 5280 §4.1).
struct SampleCertificate {
    /// Who signs: a name and its key.
    struct Issuer {
        var commonName: String
        var key: RSAPrivateKey
    }

    var commonName: String
    var subjectKey: RSAPrivateKey
    var isAuthority: Bool
    var serialNumber: [UInt8]
    /// Years from and to which it is valid, from the first of January on.
    var years: (from: Int, to: Int)

    /// The DER, signed.
    func der(signedBy issuer: Issuer, with crypto: any CryptoProvider) throws -> [UInt8] {
        let algorithm = AlgorithmIdentifier(
            algorithm: .AlgorithmIdentifier.sha256WithRSAEncryption, parameters: DER.null)
        let fields = DER.sequence(
            DER.value(DERCursor.Tag.explicit(0), DER.integer(2)),
            DER.unsignedInteger(serialNumber),
            try algorithm.encoded(),
            try Self.name(issuer.commonName),
            DER.sequence(Self.time(years.from), Self.time(years.to)),
            try Self.name(commonName),
            try subjectPublicKeyInfo(),
            DER.value(DERCursor.Tag.explicit(3), DER.sequence(try extensions())))
        let signature = try crypto.sign(fields[...], with: .sha256, key: issuer.key)
        return DER.sequence(fields, try algorithm.encoded(), DER.value(DERCursor.Tag.bitString, [0], signature))
    }

    private func subjectPublicKeyInfo() throws -> [UInt8] {
        let algorithm = AlgorithmIdentifier(algorithm: .AlgorithmIdentifier.rsaEncryption, parameters: DER.null)
        let key = DER.sequence(
            DER.unsignedInteger(subjectKey.modulus), DER.unsignedInteger(subjectKey.publicExponent))
        return DER.sequence(try algorithm.encoded(), DER.value(DERCursor.Tag.bitString, [0], key))
    }

    /// basicConstraints and keyUsage for all; serverAuth and the name as subjectAltName for servers.
    private func extensions() throws -> [UInt8] {
        let yes: [UInt8] = [0x01, 0x01, 0xFF]
        let usage: [UInt8] = isAuthority ? [1, 0x06] : [5, 0xA0]
        var extensions =
            try Self.extension([2, 5, 29, 19], critical: true, DER.sequence(isAuthority ? yes : []))
            + Self.extension([2, 5, 29, 15], critical: true, DER.value(DERCursor.Tag.bitString, usage))
        if !isAuthority {
            extensions += try Self.extension(
                [2, 5, 29, 37], critical: false,
                DER.sequence(try DER.objectIdentifier([1, 3, 6, 1, 5, 5, 7, 3, 1])))
            extensions += try Self.extension(
                [2, 5, 29, 17], critical: false,
                DER.sequence(DER.value(DERCursor.Tag.implicit(2), Array(commonName.utf8))))
        }
        return extensions
    }

    private static func `extension`(_ type: ASN1ObjectIdentifier, critical: Bool, _ value: [UInt8]) throws -> [UInt8] {
        DER.sequence(try DER.objectIdentifier(type), critical ? [0x01, 0x01, 0xFF] : [], DER.octetString(value))
    }

    private static func name(_ commonName: String) throws -> [UInt8] {
        func component(_ type: ASN1ObjectIdentifier, _ text: String) throws -> [UInt8] {
            DER.set([DER.sequence(try DER.objectIdentifier(type), DER.value(0x0C, Array(text.utf8)))])
        }
        return DER.sequence(
            try component([2, 5, 4, 10], "recapi sample"), try component([2, 5, 4, 3], commonName))
    }

    /// UTCTime, of years below 2050.
    private static func time(_ year: Int) -> [UInt8] {
        let digits = String(year % 100)
        return DER.value(0x17, Array("\(digits.count < 2 ? "0" : "")\(digits)0101000000Z".utf8))
    }
}
