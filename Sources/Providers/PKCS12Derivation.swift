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
        var keys: [PKCS12DerivationKey] = []
        keys.reserveCapacity(requests.count)
        var byteCount = 0
        for request in requests {
            let key = try PKCS12DerivationKey(request, at: byteCount)
            byteCount += key.memoryByteCount
            keys.append(key)
        }
        return try SecretBytes.withScratch(byteCount: byteCount) { memory in
            for (key, request) in zip(keys, requests) { key.begin(request, in: memory) }
            var unfinished = Array(keys.indices)
            while !unfinished.isEmpty {
                try addBlocks(to: &keys, unfinished, in: memory, hash: hash)
                unfinished.removeAll { keys[$0].isComplete }
            }
            return keys.map { SecretBytes(copying: $0.bytes(in: memory)) }
        }
    }

    /// Adds the next block to each of the keys with these indices.
    private static func addBlocks(
        to keys: inout [PKCS12DerivationKey], _ indices: [Int], in memory: UnsafeMutableRawBufferPointer,
        hash: some HashChain
    ) throws {
        for lanes in HashLanes.all {
            let indices = indices.filter { keys[$0].digest == lanes.digest }
            if indices.isEmpty { continue }
            // The first hash, over a message of any length, is the provider's; the others run side by side.
            try lanes.run(
                .hash, iterations: indices.map { keys[$0].iterations - 1 },
                start: { position, output in
                    let message = keys[indices[position]].message(in: memory)
                    try hash.iterate(lanes.digest, message: message, iterations: 1, into: output)
                },
                finish: { position, digest in
                    keys[indices[position]].nextBlock(in: memory).copyMemory(from: digest)
                })
        }
        for index in indices {
            let key = keys[index]
            if HashLanes(key.digest) == nil {
                try hash.iterate(
                    key.digest, message: key.message(in: memory), iterations: key.iterations,
                    into: key.nextBlock(in: memory))
            }
            keys[index].advance(in: memory)
        }
    }
}
