import PKCS12
import Providers

/// Signatures beside what they sign: CMS SignedData without its content (RFC 5652 §5.2), in DER.
///
/// RSASSA-PKCS1-v1_5 with SHA-256 is made, and with SHA-384 and SHA-512 taken as well. Signed attributes are required:
/// without them, the attributes of one signature could be passed off as the content of another (RFC 5652 §11.2 names what
/// has to be in them).
public enum DetachedSignature {
    /// Signs, and checks what came out with the signer's certificate before anybody gets it.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970, for the signingTime.
    ///   - crypto: must verify signatures.
    /// - Throws: what the signer throws; ``SignatureError`` `invalid` where the key is not the certificate's.
    public static func make(
        over content: [UInt8], by signer: Signer, at time: Int, crypto: any CryptoProvider
    ) throws -> [UInt8] {
        let digest = DigestAlgorithm.sha256
        let attributes = try SignedAttributes(
            digest: crypto.digest(content[...], with: digest), signingTime: SigningTime.encoded(time)
        ).encoded()
        let info = SignerInfo(
            identifier: signer.certificate.identifier,
            digestAlgorithm: AlgorithmIdentifier(algorithm: digest.digestIdentifier),
            signedAttributes: attributes, signatureAlgorithm: .rsaEncryption,
            signature: try signer.sign(attributes[...], digest))
        let encoded = try SignedData(
            certificates: [signer.certificate.der] + signer.chain, signerInfos: [info]
        ).encoded()
        _ = try check(encoded, over: content, by: signer.certificate, crypto: crypto)
        return encoded
    }

    /// What a signature says that was found right.
    public struct Checked: Sendable, Equatable {
        /// ISO 8601, UTC, as the signer claims; nil where it does not.
        public var signingTime: String?
    }

    /// Checks that `content` was signed with the key of this very certificate.
    ///
    /// The certificate is the trust: nobody asks who issued it, whether it has expired, or what else is in the signature.
    ///
    /// - Throws: ``SignatureError`` `malformed`, `otherSigner`, `unsupportedAlgorithm`, `digestMismatch`, `invalid`;
    ///   ``PKCS12Error`` where the cryptography itself fails.
    public static func check(
        _ signature: [UInt8], over content: [UInt8], by certificate: SignerCertificate, crypto: any CryptoProvider
    ) throws -> Checked {
        let infos = try SignedData(der: signature).signerInfos
        guard let info = infos.first(where: { certificate.isNamed(by: $0.identifier) }) else {
            throw SignatureError(
                .otherSigner, "\(certificate.subject) has not signed this",
                hint: "name the certificate of who signed: openssl cms -cmsout -print -inform DER -in FILE shows it")
        }
        return try check(info, over: content, by: certificate, crypto)
    }

    private static func check(
        _ info: SignerInfo, over content: [UInt8], by certificate: SignerCertificate, _ crypto: any CryptoProvider
    ) throws -> Checked {
        let digest = try info.digest()
        guard let encoded = info.signedAttributes else {
            throw SignatureError(.unsupportedAlgorithm, "the signature has no signed attributes")
        }
        do {
            try crypto.verify(info.signature, of: encoded[...], with: digest, key: certificate.publicKey)
        } catch let error as PKCS12Error where error.code == .signatureInvalid {
            throw SignatureError(
                .invalid, "the signature is not that of the key of \(certificate.subject)",
                hint: "the signature was changed, or made with another key under the same name")
        }
        let attributes = try SignedAttributes(der: encoded)
        guard attributes.digest == (try crypto.digest(content[...], with: digest)) else {
            throw SignatureError(
                .digestMismatch, "what was signed is not what is there now",
                hint: "it was changed after \(certificate.subject) signed it, or written anew without being signed")
        }
        return Checked(signingTime: attributes.signingTime.flatMap(SigningTime.text))
    }
}
