import CPKCS11
import Providers

/// Reads what is on a token.
struct Listing {
    private let session: Session
    /// What is found must not depend on a login that was kept from another call.
    private let visible: [Attribute]

    init(_ session: Session, isLoggedIn: Bool) {
        self.session = session
        visible = isLoggedIn ? [] : [Attribute(CKA_PRIVATE, false)]
    }

    func keys(matching attributes: [Attribute]) throws -> [(key: TokenKey, handle: CK_OBJECT_HANDLE)] {
        let means = ExportMeans(session.token)
        return try session.objects(with: PrivateKeyObject.template(attributes) + visible).map { handle in
            let key = try PrivateKeyObject(handle, session)
            let ways = means.ways(for: key)
            let listed = TokenKey(
                uri: try TokenURI.uri(
                    of: CK_ULONG(CKO_PRIVATE_KEY), id: key.id, label: key.label, on: session.token.info),
                label: String(decoding: key.label, as: UTF8.self), id: key.id, kind: key.kind, modulus: key.modulus,
                publicExponent: try publicExponent(of: key), ways: ways,
                obstacle: ways.isEmpty ? means.obstacle(for: key) : nil)
            return (listed, handle)
        }
    }

    /// Tokens need not keep the exponent with the private key.
    private func publicExponent(of key: PrivateKeyObject) throws -> [UInt8] {
        guard key.isRSA, key.publicExponent.isEmpty, !key.modulus.isEmpty else { return key.publicExponent }
        let publicKey = [Attribute(CKA_CLASS, CK_ULONG(CKO_PUBLIC_KEY)), Attribute(CKA_MODULUS, key.modulus)]
        guard let found = try session.objects(with: publicKey, limit: 1).first else { return [] }
        return Array((try session.values(of: [CKA_PUBLIC_EXPONENT], found)[0] ?? []).drop { $0 == 0 })
    }

    func certificates() throws -> [TokenCertificate] {
        let template = [
            Attribute(CKA_CLASS, CK_ULONG(CKO_CERTIFICATE)), Attribute(CKA_CERTIFICATE_TYPE, CK_ULONG(CKC_X_509)),
        ]
        return try session.objects(with: template + visible).compactMap { handle in
            let values = try session.values(of: [CKA_LABEL, CKA_ID, CKA_VALUE], handle)
            // Some tokens keep a URL instead of the certificate.
            guard let der = values[2], !der.isEmpty else { return nil }
            return TokenCertificate(
                label: String(decoding: values[0] ?? [], as: UTF8.self), id: values[1] ?? [], der: der)
        }
    }
}
