import PKCS12
import Providers

/// The certificates that keys of one token are matched with: those of the token, and those of authorities, which tokens
/// often do not hold.
public struct TokenCertificates: Sendable {
    let all: [OpenedPFX.Certificate]

    /// - Parameters:
    ///   - onToken: what cannot be read as a certificate is left out.
    ///   - authorities: DER, for chains.
    public init(_ onToken: [TokenCertificate], authorities: [[UInt8]] = []) {
        var known: Set<[UInt8]> = []
        all = (onToken + authorities.map { TokenCertificate(label: "", id: [], der: $0) }).compactMap { certificate in
            guard known.insert(certificate.der).inserted,
                let fields = try? CertificateFields(der: certificate.der)
            else { return nil }
            var attributes = BagAttributes()
            // As in files, where the localKeyID does what CKA_ID does on tokens.
            attributes.localKeyID = certificate.id.isEmpty ? nil : certificate.id
            attributes.friendlyName = certificate.label.isEmpty ? nil : certificate.label
            return OpenedPFX.Certificate(
                der: certificate.der, attributes: attributes, encryption: nil, fields: fields)
        }
    }

    /// The key's own certificate, by CKA_ID and then by public key, and its chain.
    ///
    /// - Throws: ``ReissueError`` `keyDoesNotMatchCertificate`, `keyWithoutCertificate`.
    func identity(of key: TokenKey) throws(ReissueError) -> [OpenedPFX.Certificate] {
        switch match(key) {
        case .found(let index):
            return [all[index]] + all.chain(of: index).map { all[$0] }
        case .mismatch(let index):
            throw ReissueError(
                .keyDoesNotMatchCertificate,
                "the key does not belong to the certificate with its CKA_ID"
                    + " (\(DistinguishedName.text(all[index].fields.subject)))",
                hint: "put the certificate that was issued for the key on the token")
        case .missing:
            throw ReissueError(
                .keyWithoutCertificate, "the key \"\(key.label.printable)\" has no certificate on its token",
                hint: "put it there, with the CKA_ID of the key, or into the folder of caCertificates")
        }
    }

    /// The same in DER.
    ///
    /// - Throws: ``ReissueError`` `keyDoesNotMatchCertificate`, `keyWithoutCertificate`.
    package func certificates(of key: TokenKey) throws(ReissueError) -> [[UInt8]] { try identity(of: key).map(\.der) }

    func match(_ key: TokenKey) -> OpenedPFX.CertificateMatch {
        OpenedPFX.CertificateMatch(
            among: all, isOwn: { key.isOwn($0.fields.rsaPublicKey) },
            isTied: { !key.id.isEmpty && $0.attributes.localKeyID == key.id })
    }
}

extension TokenKey {
    /// Whether a public key is the key's own half, as far as the token tells.
    fileprivate func isOwn(_ publicKey: RSAPublicKey?) -> Bool {
        guard let publicKey, !modulus.isEmpty else { return false }
        return publicKey.modulus == modulus && (publicExponent.isEmpty || publicKey.exponent == publicExponent)
    }
}
