extension Matrix {
    /// The table, and below it what is not as expected.
    var markdown: String {
        let columns = Question.allCases.flatMap { question in
            ["openssl", "gnutls"].map { Column(question: question, provider: $0) }
        }
        var lines = [
            "| made by | files | "
                + columns.map { "\($0.question.rawValue)<br>\($0.provider)" }.joined(separator: " | ") + " |",
            "|---|--:|" + String(repeating: ":-:|", count: columns.count),
        ]
        for row in rows {
            let cells = columns.map { cell(row.maker, $0) }
            lines.append("| \(row.maker) | \(row.files) | " + cells.joined(separator: " | ") + " |")
        }
        return (lines + [""] + notes).joined(separator: "\n")
    }

    private func cell(_ maker: String, _ column: Column) -> String {
        let asked = answers.filter { $0.maker == maker && $0.column == column }
        guard !asked.isEmpty else { return "–" }
        let good = asked.filter(\.isAsExpected).count
        guard good < asked.count else { return "\(good)/\(asked.count)" }
        let marks = asked.filter { !$0.isAsExpected }.map(mark)
        return "**\(good)/\(asked.count)** \(Set(marks).sorted().joined(separator: " "))"
    }

    /// The number of the entry that explains a difference.
    private func mark(_ difference: Answer) -> String {
        known.firstIndex { $0.explains(difference) }.map { "[\($0 + 1)]" } ?? "[?]"
    }

    private var notes: [String] {
        let explained = known.enumerated().map { index, entry in
            let columns = entry.columns.map(\.description).joined(separator: "; ")
            let files = entry.files.map { "`\($0)`" }.joined(separator: ", ")
            return "- [\(index + 1)] \(entry.reason). *\(columns)*: `\(entry.found)` for \(files)."
        }
        let others = unexplained.map {
            "- [?] not explained: *\($0.column)*: `\($0.found)` instead of `\($0.expected)` for `\($0.file)`."
        }
        return explained + others
    }
}
