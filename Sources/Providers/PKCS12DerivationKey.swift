import PKCS12

/// A key in the making: D || I of its next block, and the blocks that it has so far, in the memory of its batch.
struct PKCS12DerivationKey {
    let digest: DigestAlgorithm
    let iterations: Int
    private let purpose: KeyDerivation.Purpose
    private let byteCount: Int
    /// Where D || I lie; the blocks follow.
    private let message: Range<Int>
    private var blockCount = 0

    /// - Parameter offset: where the key's own part of the memory begins.
    init(_ request: KeyDerivation, at offset: Int) throws {
        guard case .pkcs12(let purpose) = request.method else {
            throw PKCS12Error(.invalidArgument, "the PKCS #12 key derivation was asked for a key of another method")
        }
        try request.checkCounts()
        self.purpose = purpose
        digest = request.digest
        iterations = request.iterations
        byteCount = request.byteCount
        let (salt, password) = request.inputByteCounts
        message = offset..<offset + digest.blockByteCount + salt + password
    }

    /// The size of the key's own part of the memory.
    var memoryByteCount: Int { message.count + byteCount.roundedUp(toMultipleOf: digest.byteCount) }

    /// Steps 1 to 4 of RFC 7292 appendix B.2.
    ///
    /// - Parameter request: the one that the key was made for.
    func begin(_ request: KeyDerivation, in memory: UnsafeMutableRawBufferPointer) {
        let message = memory[message]
        UnsafeMutableRawBufferPointer(rebasing: message.prefix(digest.blockByteCount))
            .initializeMemory(as: UInt8.self, repeating: purpose.rawValue)
        let (saltByteCount, passwordByteCount) = request.inputByteCounts
        request.salt.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: message.dropFirst(digest.blockByteCount).prefix(saltByteCount))
                .fill(repeating: $0)
        }
        request.password.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: message.suffix(passwordByteCount)).fill(repeating: $0)
        }
    }

    var isComplete: Bool { blockCount * digest.byteCount >= byteCount }

    /// What the chain of the next block, Aᵢ, begins with.
    func message(in memory: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[message])
    }

    /// Where the next block goes.
    func nextBlock(in memory: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        let start = message.upperBound + blockCount * digest.byteCount
        return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + digest.byteCount])
    }

    /// Counts Aᵢ, and makes every block of I ready for the next: Iⱼ = (Iⱼ + B + 1) mod 2^v, where B repeats Aᵢ.
    mutating func advance(in memory: UnsafeMutableRawBufferPointer) {
        let block = nextBlock(in: memory)
        blockCount += 1
        if isComplete { return }
        let unit = digest.blockByteCount
        for start in stride(from: message.lowerBound + unit, to: message.upperBound, by: unit) {
            var carry = 1
            var place = unit % block.count
            for index in (start..<start + unit).reversed() {
                place = (place == 0 ? block.count : place) - 1
                carry += Int(memory[index]) + Int(block[place])
                memory[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
        }
    }

    /// The first bytes of all blocks together, once the key is complete.
    func bytes(in memory: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[message.upperBound..<message.upperBound + byteCount])
    }
}

extension KeyDerivation {
    /// The sizes of S and P: salt and password, repeated until they fill whole blocks of the hash.
    fileprivate var inputByteCounts: (salt: Int, password: Int) {
        (
            salt.count.roundedUp(toMultipleOf: digest.blockByteCount),
            password.count.roundedUp(toMultipleOf: digest.blockByteCount)
        )
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
