import PKCS12

/// The key derivation PBKDF2 with HMAC (RFC 8018 §5.2) for many keys at once.
///
/// A block of a key takes one long chain of HMACs. No block follows from another, so those of all keys with the same
/// hash run side by side. A file with two encrypted parts has two.
public enum PBKDF2Derivation {
    /// Whether keys with HMAC of this hash are derived here: SHA-1 and SHA-256.
    public static func serves(_ digest: DigestAlgorithm) -> Bool {
        HashLanes(digest) != nil
    }

    /// Derives one key for each request, in the requests' order.
    ///
    /// Throws ``PKCS12Error`` with `invalidArgument` for a request of another method or with a hash that is not served,
    /// or for less than one iteration or byte, and whatever `hash` throws.
    public static func derive(_ requests: [KeyDerivation], hash: some HashChain) throws -> [SecretBytes] {
        for request in requests { try check(request) }
        var keys = [SecretBytes?](repeating: nil, count: requests.count)
        for lanes in HashLanes.all {
            let indices = requests.indices.filter { requests[$0].digest == lanes.digest }
            let chains = try indices.map { try self.chains(requests[$0], hash: hash) }
            var blocks = try self.blocks(of: chains.flatMap { $0 }, in: lanes, hash: hash)[...]
            for (index, chains) in zip(indices, chains) {
                keys[index] = SecretBytes(joining: blocks.prefix(chains.count), byteCount: requests[index].byteCount)
                blocks = blocks.dropFirst(chains.count)
            }
        }
        return keys.compactMap(\.self)
    }

    private static func check(_ request: KeyDerivation) throws {
        guard request.method == .pbkdf2, serves(request.digest) else {
            throw PKCS12Error(.invalidArgument, "PBKDF2 was asked for a key of another method or with another hash")
        }
        try request.checkCounts()
        guard (request.byteCount - 1) / request.digest.byteCount < UInt32.max else {
            throw PKCS12Error(.invalidArgument, "PBKDF2 cannot derive \(request.byteCount) bytes")
        }
    }

    /// The HMACs that give one block of a key.
    private struct Chain {
        var key: HMACKey
        /// S || INT (i).
        var message: [UInt8]
        var iterations: Int
    }

    private static func chains(_ request: KeyDerivation, hash: some HashChain) throws -> [Chain] {
        let key = try HMACKey(request.password, digest: request.digest, hash: hash)
        return (0...(request.byteCount - 1) / request.digest.byteCount).map { index in
            let number = UInt32(index + 1)
            let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
            return Chain(key: key, message: request.salt + bytes, iterations: request.iterations)
        }
    }

    /// The first HMAC of each chain is the provider's, the others run side by side.
    private static func blocks(
        of chains: [Chain], in lanes: HashLanes, hash: some HashChain
    ) throws -> [SecretBytes] {
        let byteCount = lanes.digest.byteCount
        var blocks = [SecretBytes?](repeating: nil, count: chains.count)
        try lanes.run(
            .pbkdf2, iterations: chains.map { $0.iterations - 1 },
            start: { index, memory in
                let chain = chains[index]
                lanes.writeHMACStates(of: chain.key, to: memory)
                let u = UnsafeMutableRawBufferPointer(rebasing: memory[2 * byteCount..<3 * byteCount])
                try chain.key.authenticate(chain.message, hash: hash, into: u)
                UnsafeMutableRawBufferPointer(rebasing: memory[(3 * byteCount)...]).copyMemory(from: .init(u))
            },
            finish: { blocks[$0] = SecretBytes(copying: $1) })
        return blocks.compactMap(\.self)
    }
}
