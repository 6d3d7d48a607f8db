import Reissue

/// Others' text in HTML and XML, as text and in attributes.
enum MarkupText {
    /// Goes by scalars: a quote with a combining mark after it is one `Character` and is a quote to a browser all the same.
    ///
    /// What does not show, or turns the direction of the text around it, is written out, such as `⟨U+202E⟩`; XML 1.0
    /// (section 2.2) could not even hold some of it.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { replacement(for: $0) != nil }) else { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let replacement = replacement(for: scalar) {
                escaped += replacement.unicodeScalars
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    private static func replacement(for scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "<": "&lt;"
        case ">": "&gt;"
        case "&": "&amp;"
        case "\"": "&quot;"
        case "'": "&#39;"
        case " "..."~": nil
        default: scalar.isUnseen ? "⟨U+\(hexadecimal(scalar))⟩" : nil
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
