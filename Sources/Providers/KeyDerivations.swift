import PKCS12

/// The keys that one call of `derive` asks for, as many of them side by side as there are lanes for.
public enum KeyDerivations {
    /// Derives one key for each request, in the requests' order.
    ///
    /// Throws what ``PKCS12Derivation`` and ``PBKDF2Derivation`` throw, and whatever `hash` and `pbkdf2` throw.
    ///
    /// - Parameter pbkdf2: PBKDF2 as the provider's library does it, for hashes that ``PBKDF2Derivation`` does not serve.
    public static func derive(
        _ requests: [KeyDerivation], hash: some HashChain, pbkdf2: (KeyDerivation) throws -> SecretBytes
    ) throws -> [SecretBytes] {
        var keys: [Int: SecretBytes] = [:]
        func derive(where isMember: (KeyDerivation) -> Bool, _ derive: ([KeyDerivation]) throws -> [SecretBytes])
            rethrows
        {
            let indices = requests.indices.filter { keys[$0] == nil && isMember(requests[$0]) }
            for (index, key) in zip(indices, try derive(indices.map { requests[$0] })) { keys[index] = key }
        }
        try derive(where: { $0.method != .pbkdf2 }) { try PKCS12Derivation.derive($0, hash: hash) }
        try derive(where: { PBKDF2Derivation.serves($0.digest) }) { try PBKDF2Derivation.derive($0, hash: hash) }
        try derive(where: { _ in true }) { try $0.map(pbkdf2) }
        return requests.indices.compactMap { keys[$0] }
    }
}
