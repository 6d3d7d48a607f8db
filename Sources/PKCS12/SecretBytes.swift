/// Bytes that must not outlive their use: passwords, derived keys, private keys.
///
/// The bytes live in memory of their own that is locked against swapping where the limit on locked memory allows,
/// left out of core dumps, and overwritten when the last reference goes.
/// They are never copied into a Swift collection by this type; ``withUnsafeBytes(_:)`` is the only way to read them.
public final class SecretBytes: @unchecked Sendable {
    // Sendable: the bytes are written only before `init` returns.
    private let block: SecretMemory.Block
    /// The number of bytes.
    public let count: Int

    /// Makes room for `capacity` bytes, lets `initialize` fill them, and keeps as many as it returns.
    public init(capacity: Int, initialize: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
        block = SecretMemory.allocate(capacity)
        do {
            count = try initialize(UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<capacity]))
        } catch {
            SecretMemory.deallocate(block)
            throw error
        }
        precondition(count >= 0 && count <= capacity, "a secret cannot be larger than its memory")
    }

    /// Copies bytes that are already in memory; the caller wipes its own copy where that matters.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count) { target in
            target.copyMemory(from: bytes)
            return bytes.count
        }
    }

    /// Copies bytes that are not secret by themselves, such as those of a test or of a file just read.
    public convenience init(copying bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self.init(capacity: bytes.count) { target in
            target.copyBytes(from: bytes)
            return bytes.count
        }
    }

    /// Lends `body` memory for secrets, all zero, which is overwritten when it returns.
    public static func withScratch<Result>(
        byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let block = SecretMemory.allocate(byteCount)
        defer { SecretMemory.deallocate(block) }
        return try body(UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<byteCount]))
    }

    deinit {
        SecretMemory.deallocate(block)
    }

    public var isEmpty: Bool { count == 0 }

    /// Calls `body` with the bytes, which are valid only until it returns.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(rebasing: block.bytes[..<count]))
    }
}

extension SecretBytes: Equatable {
    /// Compares in a time that depends on the lengths only.
    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
            }
        }
    }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
    public var description: String { "SecretBytes(\(count))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
