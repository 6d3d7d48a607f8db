import CKeyDerivation
import PKCS12

/// A hash function whose chains run side by side, as many at a time as this CPU does fastest.
struct HashLanes {
    let digest: DigestAlgorithm
    private let hash: recapi_hash

    /// Nothing for a hash function that there are no lanes for.
    init?(_ digest: DigestAlgorithm) {
        switch digest {
        case .sha1: hash = RECAPI_HASH_SHA1
        case .sha256: hash = RECAPI_HASH_SHA256
        case .sha224, .sha384, .sha512: return nil
        }
        self.digest = digest
    }

    /// The hash functions that there are lanes for.
    static let all = DigestAlgorithm.allCases.compactMap(HashLanes.init)

    /// What one iteration does to the memory of a chain, whose last digest is the chain's result.
    enum Operation {
        /// Replaces the only digest there is by its own digest.
        case hash
        /// Replaces the third digest, U, by HMAC(U), and the fourth, T, by T xor U. The first and the second are the
        /// states that ``writeHMACStates(of:to:)`` gives.
        case pbkdf2

        var digestCount: Int { self == .hash ? 1 : 4 }
    }

    /// Runs chains, each for its number of iterations. The closures get a chain by its index.
    ///
    /// - Parameters:
    ///   - start: Writes what a chain begins with into memory that is wiped in the end.
    ///   - finish: Takes a chain's result: one digest in that memory.
    func run(
        _ operation: Operation, iterations: [Int], start: (Int, UnsafeMutableRawBufferPointer) throws -> Void,
        finish: (Int, UnsafeRawBufferPointer) -> Void
    ) rethrows {
        let byteCount = operation.digestCount * digest.byteCount
        // Longest first, so that at every time those that still run lie next to each other.
        let order = iterations.indices.sorted { iterations[$0] > iterations[$1] }
        try SecretBytes.withScratch(byteCount: order.count * byteCount) { memory in
            for (place, index) in order.enumerated() {
                let range = place * byteCount..<(place + 1) * byteCount
                try start(index, UnsafeMutableRawBufferPointer(rebasing: memory[range]))
            }
            run(operation, in: memory, iterations: order.map { iterations[$0] })
            for (place, index) in order.enumerated() {
                let end = (place + 1) * byteCount
                finish(index, UnsafeRawBufferPointer(rebasing: memory[end - digest.byteCount..<end]))
            }
        }
    }

    private func run(_ operation: Operation, in memory: UnsafeMutableRawBufferPointer, iterations: [Int]) {
        guard let bytes = memory.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
        var done = 0
        for last in iterations.indices.reversed() where iterations[last] > done {
            let steps = UInt64(iterations[last] - done)
            switch operation {
            case .hash: recapi_iterate(hash, bytes, last + 1, steps)
            case .pbkdf2: recapi_pbkdf2(hash, bytes, last + 1, steps)
            }
            done = iterations[last]
        }
    }

    /// Writes the states of the hash after the first block of HMAC's two messages: two digests.
    func writeHMACStates(of key: HMACKey, to states: UnsafeMutableRawBufferPointer) {
        key.withUnsafeBytes { key in
            guard let key = key.assumingMemoryBound(to: UInt8.self).baseAddress,
                let states = states.assumingMemoryBound(to: UInt8.self).baseAddress
            else { return }
            recapi_hmac_states(hash, key, states)
        }
    }
}
