/// A line of a text, with the number that an editor shows beside it.
struct TextLine: Sendable, Equatable {
    /// From 1 on.
    let number: Int
    /// Without its line end.
    let text: Substring
    /// Without white space at its ends, no-break spaces included.
    let trimmed: Substring

    init(number: Int, text: Substring) {
        self.number = number
        self.text = text
        trimmed = text.trimmingBlanks
    }

    /// The lines of a text, whether they end as on Windows or as on Unix. Byte order marks at their starts, which files
    /// have that were put together of several, are left out.
    static func all(of text: String) -> [TextLine] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated().map {
            index, line in
            var line = line
            while line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            while line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
            return TextLine(number: index + 1, text: Substring(line))
        }
    }

    var isBlank: Bool { trimmed.isEmpty }
    /// How far in the line starts, in bytes of white space.
    var depth: Int { text.utf8.distance(from: text.startIndex, to: trimmed.startIndex) }

    /// Whether an ASCII character is in it; a quick look before a slow one.
    func has(_ character: Unicode.Scalar) -> Bool { trimmed.utf8.contains(UInt8(ascii: character)) }
}

extension Character {
    var isBlank: Bool { self == " " || self == "\t" || self == "\u{A0}" }
}

extension StringProtocol where SubSequence == Substring {
    /// Over bytes, since dumps have millions of lines.
    var trimmingBlanks: Substring {
        var rest = self[...].utf8
        while let count = rest.first.flatMap({ Self.blank($0, rest.dropFirst().first) }) {
            rest = rest.dropFirst(count)
        }
        while let last = rest.last {
            if last == 0xA0 {
                guard rest.dropLast().last == 0xC2 else { break }
                rest = rest.dropLast(2)
            } else {
                guard Self.blank(last, nil) != nil else { break }
                rest = rest.dropLast()
            }
        }
        return Substring(rest)
    }

    /// How many bytes of a blank begin with these two; nil where they are none.
    private static func blank(_ first: UInt8, _ second: UInt8?) -> Int? {
        if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { return 1 }
        return first == 0xC2 && second == 0xA0 ? 2 : nil
    }
}
