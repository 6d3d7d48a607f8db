import PKCS12

/// The keys that one call of `derive` asks for, as many of them side by side as there are lanes for.
public enum KeyDerivations {
    /// Derives one key for each request, in the requests' order.
    ///
    /// Throws what ``PKCS12Derivation`` and ``PBKDF2Derivation`` throw, and whatever `hash` and `pbkdf2` throw.
    ///
    /// - Parameter pbkdf2: PBKDF2 by the provider's library, for a hash that ``PBKDF2Derivation`` does not serve.
    public static func derive(
        _ requests: [KeyDerivation], hash: some HashChain, pbkdf2: (KeyDerivation) throws -> SecretBytes
    ) throws -> [SecretBytes] {
        var keys = [SecretBytes?](repeating: nil, count: requests.count)
        func serve(
            _ isServed: (KeyDerivation) -> Bool, by derive: ([KeyDerivation]) throws -> [SecretBytes]
        ) rethrows {
            let indices = requests.indices.filter { keys[$0] == nil && isServed(requests[$0]) }
            if indices.isEmpty { return }
            for (index, key) in zip(indices, try derive(indices.map { requests[$0] })) { keys[index] = key }
        }
        try serve({ $0.method != .pbkdf2 }, by: { try PKCS12Derivation.derive($0, hash: hash) })
        try serve({ PBKDF2Derivation.serves($0.digest) }, by: { try PBKDF2Derivation.derive($0, hash: hash) })
        try serve({ _ in true }, by: { try $0.map(pbkdf2) })
        return keys.compactMap(\.self)
    }
}
