import FoundationEssentials

/// An item as JSON without blanks between its tokens, looked into without decoding all of it: most of what a run that
/// has little to do would do is decode items.
struct ItemText: Sendable {
    let bytes: [UInt8]
    private let members: [Member]

    private struct Member {
        /// Without the quotes.
        var key: Range<Int>
        var value: Range<Int>
    }

    /// - Parameter bytes: what is no JSON may be taken for an item; whoever needs to know has to look at a digest.
    /// - Returns: nil where it is no object.
    init?(_ bytes: [UInt8]) {
        guard let members = bytes.withUnsafeBufferPointer(Self.members) else { return nil }
        self.bytes = bytes
        self.members = members
    }

    /// A member that is a string.
    func string(_ key: String) -> String? {
        guard let range = range(key), range.count >= 2, bytes[range.lowerBound] == quote else { return nil }
        let content = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
        if !content.contains(backslash) { return String(decoding: content, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(bytes[range]))
    }

    /// The item's JSON with other values for members that it has.
    func replacing(_ values: [String: String]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        var end = 0
        for member in members {
            guard let value = values[String(decoding: bytes[member.key], as: UTF8.self)] else { continue }
            result += bytes[end..<member.value.lowerBound]
            result += value.utf8
            end = member.value.upperBound
        }
        return result + bytes[end...]
    }

    /// Where the value of a member is.
    func range(_ key: String) -> Range<Int>? {
        members.first { bytes[$0.key].elementsEqual(key.utf8) }?.value
    }

    private static func members(_ bytes: UnsafeBufferPointer<UInt8>) -> [Member]? {
        var members: [Member] = []
        guard bytes.first == UInt8(ascii: "{") else { return nil }
        var position = 1
        while position < bytes.count, bytes[position] == quote {
            guard let keyEnd = bytes.endOfJSONString(from: position), keyEnd < bytes.count,
                bytes[keyEnd] == UInt8(ascii: ":"), let valueEnd = endOfValue(bytes, from: keyEnd + 1)
            else { return nil }
            members.append(Member(key: (position + 1)..<(keyEnd - 1), value: (keyEnd + 1)..<valueEnd))
            if bytes[valueEnd] == UInt8(ascii: "}") { return valueEnd == bytes.count - 1 ? members : nil }
            position = valueEnd + 1
        }
        return bytes.elementsEqual("{}".utf8) ? [] : nil
    }

    /// - Returns: where the comma or brace after the value is.
    private static func endOfValue(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case quote:
                guard let end = bytes.endOfJSONString(from: position) else { return nil }
                position = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return position }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                return position
            default:
                break
            }
            position += 1
        }
        return nil
    }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
