import PKCS12

/// A hash function applied to its own output, as a provider's library does it.
public protocol HashChain {
    /// Writes H^iterations(message) to `output`, which has `digest.byteCount` bytes.
    ///
    /// `message` has any length, and `iterations` is at least 1. The message and all that comes in between are secret:
    /// wipe what you copy. Errors are those of ``PKCS12Cryptography``.
    func iterate(
        _ digest: DigestAlgorithm, message: UnsafeRawBufferPointer, iterations: Int,
        into output: UnsafeMutableRawBufferPointer) throws
}

/// The key derivation of PKCS #12 (RFC 7292 appendix B.2) for many keys at once.
///
/// A block of a key takes one long chain of hashes. The blocks of one key follow from each other, so work goes in
/// rounds: the first blocks of all keys side by side, then the second blocks of those keys that are longer than a
/// digest, and so on. A file with two encrypted parts has a round of five chains and one of two.
public enum PKCS12Derivation {
    /// Derives one key for each request, in the requests' order.
    ///
    /// Throws ``PKCS12Error`` with `invalidArgument` for a request of another method, or for less than one iteration or
    /// byte, and whatever `hash` throws.
    public static func derive(_ requests: [KeyDerivation], hash: some HashChain) throws -> [SecretBytes] {
        var keys = try requests.map(PKCS12DerivationKey.init)
        while true {
            let unfinished = keys.indices.filter { !keys[$0].isComplete }
            if unfinished.isEmpty { break }
            let digests = try digests(of: unfinished.map { keys[$0].nextChain }, hash: hash)
            for (index, digest) in zip(unfinished, digests) { keys[index].append(digest) }
        }
        return keys.map(\.bytes)
    }

    /// One run of the hash over its own output, beginning with D || I.
    struct Chain {
        var digest: DigestAlgorithm
        var message: SecretBytes
        var iterations: Int
    }

    private static func digests(of chains: [Chain], hash: some HashChain) throws -> [SecretBytes] {
        var digests = [SecretBytes?](repeating: nil, count: chains.count)
        for lanes in HashLanes.all {
            let indices = chains.indices.filter { chains[$0].digest == lanes.digest }
            if indices.isEmpty { continue }
            // The first hash, over a message of any length, is the provider's; the others run side by side.
            let served = try lanes.run(
                .hash, indices.map { chains[$0] }, iterations: { $0.iterations - 1 },
                start: { chain, output in
                    try chain.message.withUnsafeBytes {
                        try hash.iterate(lanes.digest, message: $0, iterations: 1, into: output)
                    }
                })
            for (index, digest) in zip(indices, served) { digests[index] = digest }
        }
        return try chains.indices.map { index in
            if let digest = digests[index] { return digest }
            let chain = chains[index]
            return try SecretBytes(capacity: chain.digest.byteCount) { output in
                try chain.message.withUnsafeBytes {
                    try hash.iterate(chain.digest, message: $0, iterations: chain.iterations, into: output)
                }
                return output.count
            }
        }
    }
}
