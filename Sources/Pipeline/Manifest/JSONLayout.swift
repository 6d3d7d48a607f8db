/// Lays compact JSON out over lines, without decoding it: two spaces a level, one member or element a line.
enum JSONLayout {
    /// - Parameters:
    ///   - json: valid JSON without blanks between its tokens.
    ///   - depth: the level that the value stands at; its first line is not indented.
    static func lines(_ json: some Sequence<UInt8>, depth: Int = 0) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(2 * json.underestimatedCount)
        var depth = depth
        var strings = JSONStrings()
        var justOpened = false
        for byte in json {
            let isInside = strings.isInside
            strings.take(byte)
            if isInside {
                out.append(byte)
                continue
            }
            let closes = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            if justOpened, !closes { breakLine(&out, depth) }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                out.append(byte)
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if !justOpened { breakLine(&out, depth) }
                out.append(byte)
            case UInt8(ascii: ","):
                out.append(byte)
                breakLine(&out, depth)
            case UInt8(ascii: ":"):
                out.append(byte)
                out.append(UInt8(ascii: " "))
            default:
                out.append(byte)
            }
            justOpened = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
        }
        return out
    }

    /// Takes back what ``lines(_:depth:)`` did: the blanks between tokens go.
    static func compact(_ json: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(json.count)
        var strings = JSONStrings()
        for byte in json {
            if strings.isInside || !byte.isJSONBlank { out.append(byte) }
            strings.take(byte)
        }
        return out
    }

    private static func breakLine(_ out: inout [UInt8], _ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }
}
