import PKCS12

/// What is asked through the channel: one number for each function of the boundary's tables, and one for the tables'
/// other fields.
enum Operation: UInt16 {
    case describe = 1
    case derive
    case encrypt
    case decrypt
    case hmac
    case digest
    case random
    case check
    case generate
    case sign
    case read
    case verify
    case tokens
    case logIn
    case contents
    case signOnToken
    case export
    case signShrouded
    case install
    case modules
}

/// How a call ended.
enum AnswerKind: UInt16 {
    case result = 0x8000
    /// The body says which error.
    case error = 0x8001
}

/// What stands before every body. Numbers are in the byte order of the machine: both ends are on it.
struct MessageHeader: Equatable {
    static let byteCount = 24
    private static let magic: UInt32 = 0x5243_5048
    private static let version: UInt16 = 1

    /// An ``Operation`` or an ``AnswerKind``.
    var kind: UInt16
    /// The number of the call, which its answer repeats.
    var call: UInt64
    /// The size of the body.
    var length: UInt64

    /// - Throws: ``MessageError`` where the bytes are no header of this version.
    init(_ bytes: UnsafeRawBufferPointer) throws(MessageError) {
        guard bytes.count == Self.byteCount, bytes.loadUnaligned(as: UInt32.self) == Self.magic else {
            throw MessageError("what came is no message")
        }
        let version = bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        guard version == Self.version else {
            throw MessageError("what came is a message of version \(version) instead of \(Self.version)")
        }
        kind = bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        call = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        length = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    }

    init(kind: UInt16, call: UInt64, length: UInt64) {
        (self.kind, self.call, self.length) = (kind, call, length)
    }

    fileprivate func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: Self.magic, as: UInt32.self)
        bytes.storeBytes(of: Self.version, toByteOffset: 4, as: UInt16.self)
        bytes.storeBytes(of: kind, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(of: call, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: length, toByteOffset: 16, as: UInt64.self)
    }
}

/// The other end did not keep to the protocol; the sentence says how.
struct MessageError: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// Makes a whole message, header and body, in memory of its own that is wiped with the last reference.
///
/// - Parameter body: is called twice, and must write the same both times: first to be counted, then to be kept.
func makeMessage(kind: UInt16, call: UInt64, _ body: (inout MessageWriter) -> Void) -> SecretBytes {
    var counter = MessageWriter(output: nil)
    body(&counter)
    return SecretBytes(capacity: MessageHeader.byteCount + counter.count) { output in
        MessageHeader(kind: kind, call: call, length: UInt64(counter.count)).write(to: output)
        var writer = MessageWriter(output: UnsafeMutableRawBufferPointer(rebasing: output[MessageHeader.byteCount...]))
        body(&writer)
        return output.count
    }
}

/// Writes the fields of a body: numbers have 8 bytes, and bytes their count before them.
struct MessageWriter {
    /// nil while the body is only counted.
    fileprivate let output: UnsafeMutableRawBufferPointer?
    fileprivate(set) var count = 0

    mutating func append(_ number: UInt64) {
        output?.storeBytes(of: number, toByteOffset: count, as: UInt64.self)
        count += MemoryLayout<UInt64>.size
    }

    /// Negative numbers come out as very large ones, which the other end refuses as such.
    mutating func append(_ number: Int) { append(UInt64(bitPattern: Int64(number))) }

    mutating func append(_ flag: Bool) { append(flag ? 1 : 0) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(bytes.count)
        if let output { UnsafeMutableRawBufferPointer(rebasing: output[count...]).copyMemory(from: bytes) }
        count += bytes.count
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { append($0) } }

    mutating func append(_ bytes: [UInt8]) { append(bytes[...]) }

    mutating func append(_ secret: SecretBytes) { secret.withUnsafeBytes { append($0) } }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// A 1 before the value, or a 0 alone.
    mutating func append<Value>(_ value: Value?, _ body: (inout MessageWriter, Value) -> Void) {
        append(value == nil ? 0 : 1)
        if let value { body(&self, value) }
    }

    mutating func append<Element>(_ elements: [Element], _ body: (inout MessageWriter, Element) -> Void) {
        append(elements.count)
        for element in elements { body(&self, element) }
    }
}

/// Reads the fields of a body, trusting none of its lengths.
///
/// Every function throws ``MessageError`` where the body has something else at that place.
struct MessageReader {
    private let body: SecretBytes
    private var position = 0

    init(_ body: SecretBytes) { self.body = body }

    private var left: Int { body.count - position }

    mutating func number() throws -> UInt64 {
        guard left >= MemoryLayout<UInt64>.size else { throw MessageError("a message ends within a number") }
        defer { position += MemoryLayout<UInt64>.size }
        return body.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
    }

    mutating func number(in range: ClosedRange<Int>) throws -> Int {
        let number = try number()
        guard let value = Int(exactly: number), range.contains(value) else {
            throw MessageError("the number \(number) is not from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func signedNumber() throws -> Int { Int(truncatingIfNeeded: try number()) }

    mutating func flag() throws -> Bool { try number(in: 0...1) == 1 }

    mutating func withBytes<Result>(
        count counts: ClosedRange<Int> = 0...Int.max, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let count = try number(in: counts)
        guard count <= left else { throw MessageError("\(count) bytes in a message that has \(left) left") }
        defer { position += count }
        return try self.body.withUnsafeBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
        }
    }

    mutating func bytes(count: ClosedRange<Int> = 0...Int.max) throws -> [UInt8] {
        try withBytes(count: count) { Array($0) }
    }

    mutating func secret(count: ClosedRange<Int> = 0...Int.max) throws -> SecretBytes {
        try withBytes(count: count) { SecretBytes(copying: $0) }
    }

    mutating func text(limit: Int = .max) throws -> String {
        guard let text = String(validating: try bytes(count: 0...limit), as: UTF8.self) else {
            throw MessageError("a text is not UTF-8")
        }
        return text
    }

    /// A text to print.
    mutating func line() throws -> String { BoundaryErrors.line(try text()) }

    mutating func optional<Value>(_ body: (inout MessageReader) throws -> Value) throws -> Value? {
        try flag() ? try body(&self) : nil
    }

    mutating func array<Element>(_ body: (inout MessageReader) throws -> Element) throws -> [Element] {
        // Each element has at least a number: so a count cannot ask for more memory than the message has.
        let count = try number(in: 0...left / MemoryLayout<UInt64>.size)
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try body(&self)) }
        return elements
    }

    func finish() throws {
        guard left == 0 else { throw MessageError("a message has \(left) bytes too many") }
    }
}
