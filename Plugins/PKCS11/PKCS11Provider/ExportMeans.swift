import CPKCS11
import Providers

/// What a token has to bring keys out with.
struct ExportMeans {
    let shrouds: [Mechanism]
    let keyWraps: [Mechanism]

    init(_ token: TokenSlot) {
        shrouds = Mechanism.shrouds.filter { token.has($0, CK_FLAGS(CKF_WRAP)) }
        keyWraps = Mechanism.keyWraps.filter { token.has($0, CK_FLAGS(CKF_WRAP)) }
    }

    /// The ways that the key's attributes and the token's mechanisms allow, best first.
    func ways(for key: PrivateKeyObject) -> [TokenExportWay] {
        guard key.isRSA, key.isExtractable else { return [] }
        return TokenExportWay.allCases.filter { way in
            switch way {
            case .shrouded: !shrouds.isEmpty && !key.needsTrustedKey
            case .wrapped: !keyWraps.isEmpty && !key.needsTrustedKey
            case .read: !key.isSensitive
            }
        }
    }

    /// Why there is none of these ways.
    ///
    /// - Parameter shrouds: the mechanisms that would make the ciphertext that is wanted.
    func obstacle(
        for key: PrivateKeyObject, ways: Set<TokenExportWay> = Set(TokenExportWay.allCases),
        shrouds: [Mechanism] = Mechanism.shrouds
    ) -> String {
        if !key.isRSA { return "CKA_KEY_TYPE is \(key.kind.rawValue), not RSA" }
        if !key.isExtractable { return "CKA_EXTRACTABLE is false" }
        if key.needsTrustedKey, key.isSensitive {
            return "CKA_WRAP_WITH_TRUSTED is true: only a key that the security officer trusts can wrap it"
        }
        let missing =
            (ways.contains(.shrouded) ? shrouds : []) + (ways.contains(.wrapped) ? Mechanism.keyWraps : [])
        let reasons = [
            missing.isEmpty ? nil : "the token wraps with none of \(missing.map(\.name).joined(separator: ", "))",
            ways.contains(.read) && key.isSensitive ? "CKA_SENSITIVE is true" : nil,
        ].compactMap { $0 }
        return reasons.isEmpty ? "no way out of the token was allowed" : reasons.joined(separator: ", and ")
    }
}
