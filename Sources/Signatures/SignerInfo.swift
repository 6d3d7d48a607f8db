import PKCS12
import SwiftASN1

///     SignerInfo ::= SEQUENCE {
///         version                 CMSVersion,
///         sid                     SignerIdentifier,
///         digestAlgorithm         DigestAlgorithmIdentifier,
///         signedAttrs         [0] IMPLICIT SignedAttributes OPTIONAL,
///         signatureAlgorithm      SignatureAlgorithmIdentifier,
///         signature               OCTET STRING,
///         unsignedAttrs       [1] IMPLICIT UnsignedAttributes OPTIONAL }   -- RFC 5652 §5.3
struct SignerInfo {
    var identifier: SignerIdentifier
    var digestAlgorithm: AlgorithmIdentifier
    /// With the tag of SET OF, over which the signature is made (RFC 5652 §5.4); nil where there are none.
    var signedAttributes: [UInt8]?
    var signatureAlgorithm: AlgorithmIdentifier
    var signature: [UInt8]
}

///     SignerIdentifier ::= CHOICE {
///         issuerAndSerialNumber       IssuerAndSerialNumber,
///         subjectKeyIdentifier    [0] IMPLICIT SubjectKeyIdentifier }      -- RFC 5652 §5.3
///     IssuerAndSerialNumber ::= SEQUENCE {
///         issuer        Name,
///         serialNumber  CertificateSerialNumber }                          -- RFC 5652 §10.2.4
enum SignerIdentifier: Equatable {
    /// The DER of the name, and the content of the number.
    case issuerAndSerialNumber(issuer: [UInt8], serialNumber: [UInt8])
    case subjectKeyIdentifier([UInt8])

    init(from cursor: inout DERCursor) throws(PKCS12Error) {
        if let identifier = try cursor.optional(DERCursor.Tag.implicit(0), "the signer's key identifier") {
            self = .subjectKeyIdentifier(Array(identifier.content))
            return
        }
        var content = try cursor.sequence("the signer's name")
        let issuer = try content.require(DERCursor.Tag.sequence, "the issuer of the signer's certificate").encoded
        let number = try content.require(DERCursor.Tag.integer, "the number of the signer's certificate").content
        try content.requireEnd(of: "the signer's name")
        self = .issuerAndSerialNumber(issuer: Array(issuer), serialNumber: Array(number))
    }

    var encoded: [UInt8] {
        switch self {
        case .issuerAndSerialNumber(let issuer, let number):
            DER.sequence(issuer, DER.value(DERCursor.Tag.integer, number))
        case .subjectKeyIdentifier(let bytes): DER.value(DERCursor.Tag.implicit(0), bytes)
        }
    }

    /// The CMSVersion that goes with it.
    var version: Int {
        switch self {
        case .issuerAndSerialNumber: 1
        case .subjectKeyIdentifier: 3
        }
    }
}

extension SignerInfo {
    init(from cursor: inout DERCursor) throws(PKCS12Error) {
        var info = try cursor.sequence("a signer")
        _ = try info.positiveInteger("the signer's version")
        identifier = try SignerIdentifier(from: &info)
        digestAlgorithm = try AlgorithmIdentifier(from: &info, "the signer's digest")
        signedAttributes = try info.optional(DERCursor.Tag.explicit(0), "the signed attributes").map {
            DER.value(DERCursor.Tag.set, Array($0.content))
        }
        signatureAlgorithm = try AlgorithmIdentifier(from: &info, "the signature's algorithm")
        signature = Array(try info.require(DERCursor.Tag.octetString, "the signature").content)
        _ = try info.optional(DERCursor.Tag.explicit(1), "the unsigned attributes")
        try info.requireEnd(of: "the signer")
    }

    func encoded() throws(PKCS12Error) -> [UInt8] {
        let attributes = signedAttributes.map { [DERCursor.Tag.explicit(0)] + $0.dropFirst() } ?? []
        return DER.sequence(
            DER.integer(identifier.version), identifier.encoded, try digestAlgorithm.encoded(), attributes,
            try signatureAlgorithm.encoded(), DER.octetString(signature))
    }

    /// The digest, where the signature is RSASSA-PKCS1-v1_5 with it.
    ///
    /// - Throws: ``SignatureError`` `unsupportedAlgorithm`.
    func digest() throws -> DigestAlgorithm {
        let taken: [DigestAlgorithm] = [.sha256, .sha384, .sha512]
        guard let digest = try? DigestAlgorithm(digest: digestAlgorithm.algorithm), taken.contains(digest),
            digestAlgorithm.withNullParameters.parameters == DER.null
        else {
            throw SignatureError(
                .unsupportedAlgorithm, "the signature's digest is \(digestAlgorithm.name)",
                hint: "sign with SHA-256, SHA-384 or SHA-512")
        }
        // RFC 3370 §3.2 has the key's identifier, and takes those that name the digest as well (RFC 5754 §3.2).
        guard [.rsaEncryption, .rsaSignature(digest)].contains(signatureAlgorithm.withNullParameters) else {
            throw SignatureError(
                .unsupportedAlgorithm, "the signature's algorithm is \(signatureAlgorithm.name)",
                hint: "sign with RSASSA-PKCS1-v1_5")
        }
        return digest
    }
}

extension AlgorithmIdentifier {
    /// With the NULL that RFC 3370 §3.2 wants.
    static let rsaEncryption = AlgorithmIdentifier(
        algorithm: .AlgorithmIdentifier.rsaEncryption, parameters: DER.null)

    /// sha256WithRSAEncryption and its siblings (RFC 8017 appendix A.2.4).
    fileprivate static func rsaSignature(_ digest: DigestAlgorithm) -> AlgorithmIdentifier {
        let identifier: ASN1ObjectIdentifier =
            switch digest {
            case .sha384: [1, 2, 840, 113549, 1, 1, 12]
            case .sha512: [1, 2, 840, 113549, 1, 1, 13]
            default: [1, 2, 840, 113549, 1, 1, 11]
            }
        return AlgorithmIdentifier(algorithm: identifier, parameters: DER.null)
    }

    /// Some leave the parameters out.
    fileprivate var withNullParameters: AlgorithmIdentifier {
        AlgorithmIdentifier(algorithm: algorithm, parameters: parameters ?? DER.null)
    }
}
