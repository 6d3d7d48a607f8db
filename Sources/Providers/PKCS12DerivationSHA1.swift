import CKeyDerivation
import PKCS12

/// Chains of SHA-1: their first hash, over a message of any length, is the provider's; all others are over one digest
/// each, and run side by side.
enum PKCS12DerivationSHA1 {
    private static let digestByteCount = DigestAlgorithm.sha1.byteCount

    /// - Parameter chains: The longest first, so that at every time those that still run lie next to each other.
    static func digests(of chains: [PKCS12Derivation.Chain], hash: some HashChain) throws -> [SecretBytes] {
        let digests = try SecretBytes(capacity: chains.count * digestByteCount) { digests in
            for (index, chain) in chains.enumerated() {
                let output = UnsafeMutableRawBufferPointer(rebasing: digests[range(of: index)])
                try chain.message.withUnsafeBytes {
                    try hash.iterate(.sha1, message: $0, iterations: 1, into: output)
                }
            }
            iterate(digests, iterations: chains.map { $0.iterations - 1 })
            return digests.count
        }
        return digests.withUnsafeBytes { digests in
            chains.indices.map { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: digests[range(of: $0)])) }
        }
    }

    private static func iterate(_ digests: UnsafeMutableRawBufferPointer, iterations: [Int]) {
        guard let bytes = digests.bindMemory(to: UInt8.self).baseAddress else { return }
        var done = 0
        for last in iterations.indices.reversed() where iterations[last] > done {
            recapi_sha1_iterate(bytes, last + 1, UInt64(iterations[last] - done))
            done = iterations[last]
        }
    }

    private static func range(of index: Int) -> Range<Int> {
        index * digestByteCount..<(index + 1) * digestByteCount
    }
}
