/// Lays compact JSON out over lines, without decoding it: two spaces a level, one member or element a line.
enum JSONLayout {
    /// - Parameters:
    ///   - json: valid JSON without blanks between its tokens.
    ///   - depth: the level that the value stands at; its first line is not indented.
    static func lines(_ json: [UInt8], depth: Int = 0) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(2 * json.count)
        var depth = depth
        var justOpened = false
        forEachToken(json) { token in
            let byte = token[token.startIndex]
            let closes = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            if closes { depth -= 1 }
            if justOpened != closes { breakLine(&out, depth) }
            append(token, to: &out)
            justOpened = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
            switch byte {
            case _ where justOpened: depth += 1
            case UInt8(ascii: ","): breakLine(&out, depth)
            case UInt8(ascii: ":"): out.append(UInt8(ascii: " "))
            default: break
            }
        }
        return out
    }

    /// Takes back what ``lines(_:depth:)`` did: the blanks between tokens go.
    static func compact(_ json: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(json.count)
        forEachToken(json) { append($0, to: &out) }
        return out
    }

    /// Calls `body` with each string, and with each byte between strings that is no blank.
    private static func forEachToken(_ json: [UInt8], _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Void) {
        json.withUnsafeBufferPointer { json in
            var position = 0
            while position < json.count {
                let isString = json[position] == UInt8(ascii: "\"")
                let end = isString ? json.endOfJSONString(from: position) ?? json.count : position + 1
                if !json[position].isJSONBlank { body(json[position..<end]) }
                position = end
            }
        }
    }

    private static func append(_ token: Slice<UnsafeBufferPointer<UInt8>>, to out: inout [UInt8]) {
        if token.count == 1 { out.append(token[token.startIndex]) } else { out += token }
    }

    private static func breakLine(_ out: inout [UInt8], _ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }
}
