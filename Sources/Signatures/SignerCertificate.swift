import PKCS12
import Reissue
import SwiftASN1

/// A certificate with an RSA key, as far as a signature needs it.
public struct SignerCertificate: Sendable {
    public let der: [UInt8]
    /// RFC 4514 text.
    public let subject: String
    let publicKey: RSAPublicKey
    private let fields: CertificateFields

    /// - Throws: ``ReissueError`` `certificateMalformed`; ``SignatureError`` `signerUnfit` where the key is not RSA, or
    ///   bound to another scheme than RSASSA-PKCS1-v1_5.
    public init(der: [UInt8]) throws {
        fields = try CertificateFields(der: der)
        self.der = der
        subject = DistinguishedName.text(fields.subject)
        guard fields.publicKeyAlgorithm.algorithm == .AlgorithmIdentifier.rsaEncryption, let key = fields.rsaPublicKey
        else {
            throw SignatureError(
                .signerUnfit,
                "the key of \(subject) is \(fields.publicKeyAlgorithm.keyKind), and manifests are signed with RSA",
                hint: "use a certificate with an RSA key")
        }
        publicKey = key
    }

    var identifier: SignerIdentifier {
        .issuerAndSerialNumber(issuer: fields.issuer, serialNumber: fields.serialNumber)
    }

    /// Whether a SignerInfo means this certificate, by either of its names.
    func isNamed(by identifier: SignerIdentifier) -> Bool {
        switch identifier {
        case .issuerAndSerialNumber: identifier == self.identifier
        case .subjectKeyIdentifier(let bytes): bytes == fields.subjectKeyIdentifier
        }
    }
}
