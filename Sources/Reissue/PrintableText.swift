extension String {
    /// On one line, with U+FFFD for what does not show, moves a terminal's cursor or turns the direction of what
    /// follows: names in files are others' text.
    package var printable: String {
        String(unicodeScalars.map { $0.isUnseen ? "\u{FFFD}" : Character($0) })
    }
}

extension Unicode.Scalar {
    /// Whether one cannot see it, or sees it as something else: controls, formats such as U+202E, line ends, and what
    /// has no meaning or a private one.
    package var isUnseen: Bool {
        // Most are of ASCII, and need no look at Unicode's tables.
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }
}
