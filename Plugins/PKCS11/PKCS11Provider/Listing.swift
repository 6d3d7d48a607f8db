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
        return try session.objects(with: PrivateKeyObject.template(attributes) + visible).compactMap { handle in
            let key: PrivateKeyObject
            do {
                key = try PrivateKeyObject(handle, session)
            } catch let failure as ModuleFailure where !failure.value.isTrouble {
                // One that was deleted just now is none; one that cannot be read does not hide the others.
                return failure.value.rawValue == CKR_OBJECT_HANDLE_INVALID ? nil : (try unreadable(failure), handle)
            }
            let ways = means.ways(for: key)
            let listed = TokenKey(
                uri: try TokenURI.uri(
                    of: CK_ULONG(CKO_PRIVATE_KEY), id: key.id, label: key.label, on: session.token.info),
                label: String(decoding: key.label, as: UTF8.self), id: key.id, kind: key.kind, modulus: key.modulus,
                publicExponent: try session.publicExponent(of: key), ways: ways,
                obstacle: ways.isEmpty ? means.obstacle(for: key) : nil)
            return (listed, handle)
        }
    }

    private func unreadable(_ failure: ModuleFailure) throws -> TokenKey {
        TokenKey(
            uri: try TokenURI.uri(of: CK_ULONG(CKO_PRIVATE_KEY), id: [], label: [], on: session.token.info),
            label: "", id: [], kind: PrivateKeyObject.unknownKind, obstacle: failure.sentence)
    }

    func certificates() throws -> [TokenCertificate] {
        let template = [
            Attribute(CKA_CLASS, CK_ULONG(CKO_CERTIFICATE)), Attribute(CKA_CERTIFICATE_TYPE, CK_ULONG(CKC_X_509)),
        ]
        return try session.objects(with: template + visible).compactMap { handle in
            let values: [[UInt8]?]
            do {
                values = try session.values(of: [CKA_LABEL, CKA_ID, CKA_VALUE], handle)
            } catch let failure as ModuleFailure where !failure.value.isTrouble {
                return nil
            }
            // Some tokens keep a URL instead of the certificate.
            guard let der = values[2], !der.isEmpty else { return nil }
            return TokenCertificate(
                label: String(decoding: values[0] ?? [], as: UTF8.self), id: values[1] ?? [], der: der)
        }
    }
}
