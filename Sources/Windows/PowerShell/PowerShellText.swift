import Reissue

/// The text of a script for Windows PowerShell 5.1, in which values can stand as literals only.
///
/// What is interpolated becomes a quoted string, so that no name can end one; text of a script goes in as
/// `\(script:)`, and words for people as `\(comment:)`.
struct PowerShellText: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral text: String) {
        self.text = text
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    /// Parts on lines of their own.
    init(joining parts: [PowerShellText], separator: PowerShellText = "\n") {
        text = parts.map(\.text).joined(separator: separator.text)
    }

    /// As a file: UTF-8 with a byte order mark, without which Windows PowerShell takes it for the system's code page,
    /// and lines as Windows ends them.
    var file: [UInt8] {
        [0xEF, 0xBB, 0xBF]
            + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8
            + [0x0D, 0x0A]
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// A string.
        mutating func appendInterpolation(_ value: String) { text += PowerShellText.literal(value) }

        /// An array of strings.
        mutating func appendInterpolation(_ values: [String]) {
            text += "@(\(values.map(PowerShellText.literal).joined(separator: ", ")))"
        }

        mutating func appendInterpolation(_ value: Bool) { text += value ? "$true" : "$false" }

        mutating func appendInterpolation(script: PowerShellText) { text += script.text }

        /// Inside a comment, of one line or several.
        mutating func appendInterpolation(comment: String) { text += PowerShellText.comment(comment) }
    }

    /// A string in single quotes. PowerShell takes five characters for such a quote, and each is doubled inside
    /// (about_Quoting_Rules; `CharExtensions.IsSingleQuote`). What cannot be seen is given by its code, lest a line of
    /// the script read as another than it is.
    private static func literal(_ value: String) -> String {
        var parts: [String] = []
        var quoted = ""
        for scalar in value.unicodeScalars {
            if scalar.isUnseen {
                if !quoted.isEmpty { parts.append("'\(quoted)'") }
                quoted = ""
                parts.append("[char]::ConvertFromUtf32(\(scalar.value))")
            } else {
                quoted.unicodeScalars.append(scalar)
                if singleQuotes.contains(scalar) { quoted.unicodeScalars.append(scalar) }
            }
        }
        guard !parts.isEmpty else { return "'\(quoted)'" }
        if !quoted.isEmpty { parts.append("'\(quoted)'") }
        // A string first, so that + joins strings.
        return "('' + \(parts.joined(separator: " + ")))"
    }

    private static func comment(_ value: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            // A block comment ends with #>.
            text.append(scalar.isUnseen || scalar == "#" || scalar == "`" ? "?" : scalar)
        }
        return String(text)
    }

    private static let singleQuotes: Set<Unicode.Scalar> = [
        "'", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}",
    ]
}
