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
