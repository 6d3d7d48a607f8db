import PKCS12

/// A key in the making: the blocks that it has so far, and D || I of its next one.
struct PKCS12DerivationKey {
    private let request: KeyDerivation
    private var blocks: [SecretBytes] = []
    private var message: SecretBytes

    /// Steps 1 to 4 of RFC 7292 appendix B.2.
    init(_ request: KeyDerivation) throws {
        guard case .pkcs12(let purpose) = request.method else {
            throw PKCS12Error(.invalidArgument, "the PKCS #12 key derivation was asked for a key of another method")
        }
        try request.checkCounts()
        self.request = request
        let blockByteCount = request.digest.blockByteCount
        let saltByteCount = request.salt.count.roundedUp(toMultipleOf: blockByteCount)
        let passwordByteCount = request.password.count.roundedUp(toMultipleOf: blockByteCount)
        message = SecretBytes(capacity: blockByteCount + saltByteCount + passwordByteCount) { message in
            for index in 0..<blockByteCount { message[index] = purpose.rawValue }
            let (salt, password) = (message[blockByteCount...].prefix(saltByteCount), message.suffix(passwordByteCount))
            request.salt.withUnsafeBytes(UnsafeMutableRawBufferPointer(rebasing: salt).fill(repeating:))
            request.password.withUnsafeBytes(UnsafeMutableRawBufferPointer(rebasing: password).fill(repeating:))
            return message.count
        }
    }

    var isComplete: Bool { blocks.count * request.digest.byteCount >= request.byteCount }

    /// The chain whose digest is the next block, Aᵢ.
    var nextChain: PKCS12Derivation.Chain {
        PKCS12Derivation.Chain(digest: request.digest, message: message, iterations: request.iterations)
    }

    /// Takes Aᵢ, and makes every block of I ready for the next: Iⱼ = (Iⱼ + B + 1) mod 2^v, where B repeats Aᵢ.
    mutating func append(_ block: SecretBytes) {
        blocks.append(block)
        if isComplete { return }
        let blockByteCount = request.digest.blockByteCount
        message = SecretBytes(capacity: message.count) { next in
            message.withUnsafeBytes(next.copyMemory(from:))
            block.withUnsafeBytes { block in
                for start in stride(from: blockByteCount, to: next.count, by: blockByteCount) {
                    var carry = 1
                    var place = blockByteCount % block.count
                    for index in (start..<start + blockByteCount).reversed() {
                        place = (place == 0 ? block.count : place) - 1
                        carry += Int(next[index]) + Int(block[place])
                        next[index] = UInt8(truncatingIfNeeded: carry)
                        carry >>= 8
                    }
                }
            }
            return next.count
        }
    }

    /// The first bytes of all blocks together, once the key is complete.
    var bytes: SecretBytes {
        SecretBytes(joining: blocks, byteCount: request.byteCount)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// With as many copies of `bytes` as fit, the last one maybe cut short; bytes may be empty where this is.
    fileprivate func fill(repeating bytes: UnsafeRawBufferPointer) {
        for start in stride(from: 0, to: count, by: Swift.max(bytes.count, 1)) {
            let target = UnsafeMutableRawBufferPointer(rebasing: self[start...])
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(target.count)))
        }
    }
}

extension Int {
    fileprivate func roundedUp(toMultipleOf unit: Int) -> Int {
        (self + unit - 1) / unit * unit
    }
}
