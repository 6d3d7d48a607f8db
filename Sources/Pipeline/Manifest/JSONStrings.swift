/// Tells strings from the rest of a JSON text, byte by byte.
struct JSONStrings {
    /// Whether the last byte was in a string; true from its first quote on, false with its last.
    private(set) var isInside = false
    private var isEscaped = false

    mutating func take(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if isInside, byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInside.toggle()
        }
    }
}

extension UInt8 {
    /// Whether it is white space between tokens (RFC 8259 §2).
    var isJSONBlank: Bool { self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0D }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where a string of a JSON text ends that begins at `start`: after its last quote; nil where it has none.
    func endOfJSONString(from start: Int) -> Int? {
        var position = start + 1
        while position < count {
            switch self[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return position + 1
            default: position += 1
            }
        }
        return nil
    }
}
