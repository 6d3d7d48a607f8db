import CProviderABI

@testable import Providers

/// The input of ``BoundaryTarget`` as the lines of a liar: one octet after the other decides what is said next.
///
/// It belongs to the one input that is being read, on libFuzzer's one thread.
final class Script {
    private var rest: ArraySlice<UInt8>
    /// What was lent to the call that goes on.
    private var lent: [UnsafeMutableRawBufferPointer] = []

    init(_ bytes: some Collection<UInt8>) {
        rest = Array(bytes)[...]
    }

    deinit { takeBack() }

    var isOver: Bool { rest.isEmpty }

    func byte() -> UInt8 { rest.popFirst() ?? 0 }

    func bytes(_ count: Int) -> [UInt8] {
        let bytes = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return bytes
    }

    func number32() -> UInt32 { (0..<4).reduce(0) { number, _ in number << 8 | UInt32(byte()) } }

    func flag() -> Bool { byte() & 1 == 1 }

    /// Mostly a status that there is.
    func status() -> recapi_status {
        let byte = byte()
        return byte < 0xC0
            ? recapi_status(byte % 9)
            : byte < 0xF0 ? recapi_status(32 + byte % 16) : recapi_status(bitPattern: number32())
    }

    /// A size for a result of at most `capacity` bytes that may be any other.
    func size(_ capacity: UInt64) -> UInt64 {
        switch byte() {
        case 0..<0x80: capacity
        case 0x80..<0xC0: UInt64(byte())
        case 0xC0..<0xE0: capacity &+ 1
        case 0xE0..<0xF0: .max
        default: UInt64(number32()) << 32 | UInt64(number32())
        }
    }

    /// Bytes in memory of just their size; or, where a size needs no memory to be refused, such as make no sense.
    func span() -> recapi_bytes {
        let kind = byte()
        switch kind {
        case 0xF0..<0xF4: return recapi_bytes(data: nil, size: 0)
        case 0xF4..<0xF8: return recapi_bytes(data: nil, size: UInt64(number32()) + 1)
        case 0xF8...:
            return recapi_bytes(data: lend([1]).data, size: [(1 << 32) + 1, 1 << 62, 1 << 63, .max][Int(kind & 3)])
        default: return lend(bytes(kind == 0xEF ? 1_000 : Int(kind & 0x3F)))
        }
    }

    private func lend(_ bytes: [UInt8]) -> recapi_bytes {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        lent.append(memory)
        return recapi_bytes(UnsafeRawBufferPointer(memory))
    }

    /// Copies values to where a pointer to them is good until ``takeBack()``.
    func lend<Value>(_ values: [Value]) -> UnsafePointer<Value>? {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: MemoryLayout<Value>.stride * values.count, alignment: MemoryLayout<Value>.alignment)
        lent.append(memory)
        let start = memory.baseAddress?.bindMemory(to: Value.self, capacity: values.count)
        start?.update(from: values, count: values.count)
        return UnsafePointer(start)
    }

    /// A terminated text.
    func text(_ count: Int) -> UnsafePointer<CChar>? {
        lend((bytes(count).filter { $0 != 0 } + [0]).map { CChar(bitPattern: $0) })
    }

    /// The boundary's rule: what a provider passes is valid until the sink returns, and no longer.
    func takeBack() {
        lent.forEach { $0.deallocate() }
        lent = []
    }
}
