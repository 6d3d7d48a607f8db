import PKCS12
import SwiftASN1

///     ContentInfo ::= SEQUENCE {
///         contentType  ContentType,
///         content      [0] EXPLICIT ANY DEFINED BY contentType }           -- RFC 5652 §3
///     SignedData ::= SEQUENCE {
///         version               CMSVersion,
///         digestAlgorithms      SET OF DigestAlgorithmIdentifier,
///         encapContentInfo      EncapsulatedContentInfo,
///         certificates      [0] IMPLICIT CertificateSet OPTIONAL,
///         crls              [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///         signerInfos           SET OF SignerInfo }                        -- RFC 5652 §5.1
///     EncapsulatedContentInfo ::= SEQUENCE {
///         eContentType      ContentType,
///         eContent      [0] EXPLICIT OCTET STRING OPTIONAL }               -- RFC 5652 §5.2
struct SignedData {
    /// DER, X.509 only; sorted when they are written. Left out when read: nobody needs them.
    var certificates: [[UInt8]]
    var signerInfos: [SignerInfo]

    init(certificates: [[UInt8]], signerInfos: [SignerInfo]) {
        self.certificates = certificates
        self.signerInfos = signerInfos
    }

    func encoded() throws(PKCS12Error) -> [UInt8] {
        let digests = try Set(signerInfos.map(\.digestAlgorithm)).map { algorithm throws(PKCS12Error) in
            try algorithm.encoded()
        }
        let infos = try signerInfos.map { info throws(PKCS12Error) in try info.encoded() }
        let sorted = certificates.sorted { $0.lexicographicallyPrecedes($1) }
        return DER.sequence(
            try DER.objectIdentifier(OID.signedData),
            DER.value(
                DERCursor.Tag.explicit(0),
                DER.sequence(
                    DER.integer(1), DER.set(digests), DER.sequence(try DER.objectIdentifier(OID.data)),
                    DER.value(DERCursor.Tag.explicit(0), parts: sorted), DER.set(infos))))
    }

    /// - Throws: ``SignatureError`` `malformed`.
    init(der: [UInt8]) throws {
        self = try readDER(
            der, of: "the signature", hint: "it has to be CMS in DER: openssl cms -sign -binary -outform DER"
        ) { try SignedData(from: &$0) }
    }

    private init(from cursor: inout DERCursor) throws(PKCS12Error) {
        var contentInfo = try cursor.sequence("the ContentInfo")
        guard try contentInfo.objectIdentifier("the content type") == OID.signedData else {
            throw PKCS12Error(.malformed, "it is CMS of another type")
        }
        var wrapper = DERCursor(try contentInfo.require(DERCursor.Tag.explicit(0), "the SignedData").content)
        var data = try wrapper.sequence("the SignedData")
        _ = try data.positiveInteger("the version")
        _ = try data.require(DERCursor.Tag.set, "the digest algorithms")
        var content = try data.sequence("the content's description")
        guard try content.objectIdentifier("the content's type") == OID.data else {
            throw PKCS12Error(.malformed, "what was signed is not plain data")
        }
        guard content.isAtEnd else { throw PKCS12Error(.malformed, "it has the content inside") }
        _ = try data.optional(DERCursor.Tag.explicit(0), "the certificates")
        _ = try data.optional(DERCursor.Tag.explicit(1), "the CRLs")
        var infos = DERCursor(try data.require(DERCursor.Tag.set, "the signers").content)
        try data.requireEnd(of: "the SignedData")
        certificates = []
        signerInfos = []
        while !infos.isAtEnd {
            signerInfos.append(try SignerInfo(from: &infos))
        }
    }
}
