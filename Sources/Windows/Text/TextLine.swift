/// A line of a text, with the number that an editor shows beside it.
struct TextLine: Sendable, Equatable {
    /// From 1 on.
    var number: Int
    /// Without its line end.
    var text: Substring

    /// The lines of a text, whether they end as on Windows or as on Unix.
    static func all(of text: String) -> [TextLine] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
            var line = line
            while line.last == "\r" { line = line.dropLast() }
            return TextLine(number: index + 1, text: Substring(line))
        }
    }

    /// Without white space at its ends, no-break spaces included.
    var trimmed: Substring { text.trimmingBlanks }
    var isBlank: Bool { trimmed.isEmpty }
    /// The white space that the line starts with.
    var indentation: Substring { text.prefix { $0.isBlank } }
}

extension Character {
    var isBlank: Bool { self == " " || self == "\t" || self == "\u{A0}" }
}

extension StringProtocol where SubSequence == Substring {
    var trimmingBlanks: Substring {
        var rest = self[...]
        while rest.first?.isBlank == true { rest = rest.dropFirst() }
        while rest.last?.isBlank == true { rest = rest.dropLast() }
        return rest
    }
}
