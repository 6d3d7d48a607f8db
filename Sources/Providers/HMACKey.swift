import PKCS12

/// A key of HMAC (RFC 2104 §2), as the block that both of its messages begin with.
struct HMACKey {
    let digest: DigestAlgorithm
    private let block: SecretBytes

    /// Throws whatever `hash` throws: a key longer than a block is hashed first.
    init(_ key: SecretBytes, digest: DigestAlgorithm, hash: some HashChain) throws {
        self.digest = digest
        block = try SecretBytes(capacity: digest.blockByteCount) { block in
            block.initializeMemory(as: UInt8.self, repeating: 0)
            try key.withUnsafeBytes { key in
                if key.count <= block.count {
                    block.copyMemory(from: key)
                } else {
                    let start = UnsafeMutableRawBufferPointer(rebasing: block[..<digest.byteCount])
                    try hash.iterate(digest, message: key, iterations: 1, into: start)
                }
            }
            return block.count
        }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try block.withUnsafeBytes(body)
    }

    /// Writes the authentication code of `message` to `output`, which has `digest.byteCount` bytes.
    func authenticate(
        _ message: [UInt8], hash: some HashChain, into output: UnsafeMutableRawBufferPointer
    ) throws {
        try message.withUnsafeBytes { try digest(padding: 0x36, $0, hash: hash, into: output) }
        try digest(padding: 0x5c, UnsafeRawBufferPointer(output), hash: hash, into: output)
    }

    private func digest(
        padding: UInt8, _ message: UnsafeRawBufferPointer, hash: some HashChain,
        into output: UnsafeMutableRawBufferPointer
    ) throws {
        try SecretBytes.withScratch(byteCount: block.count + message.count) { padded in
            block.withUnsafeBytes { block in
                for index in block.indices { padded[index] = block[index] ^ padding }
            }
            UnsafeMutableRawBufferPointer(rebasing: padded[block.count...]).copyMemory(from: message)
            try hash.iterate(digest, message: UnsafeRawBufferPointer(padded), iterations: 1, into: output)
        }
    }
}
