/// Finds where a text stops being JSON, which the decoder does not say.
///
///     value = false / null / true / object / array / number / string    -- RFC 8259 §3
enum JSONGrammar {
    /// - Returns: such as `line 3, column 5`, both from 1, the column in bytes; nil where the text is JSON.
    static func firstViolation(in text: [UInt8]) -> String? {
        var scanner = Scanner(rest: text[...])
        do {
            try scanner.value(depth: 0)
            scanner.blanks()
            guard scanner.rest.isEmpty else { throw Scanner.Violation() }
            return nil
        } catch {
            let before = text[..<scanner.rest.startIndex]
            let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            return "line \(line), column \(column)"
        }
    }

    private struct Scanner {
        struct Violation: Error {}

        var rest: ArraySlice<UInt8>

        mutating func value(depth: Int) throws(Violation) {
            blanks()
            guard depth < 512 else { throw Violation() }
            switch rest.first {
            case UInt8(ascii: "{"):
                try list(from: "{", to: "}") { (scanner: inout Scanner) throws(Violation) in
                    try scanner.string()
                    try scanner.take(":")
                    try scanner.value(depth: depth + 1)
                }
            case UInt8(ascii: "["):
                try list(from: "[", to: "]") { (scanner: inout Scanner) throws(Violation) in
                    try scanner.value(depth: depth + 1)
                }
            case UInt8(ascii: "\""): try string()
            case UInt8(ascii: "t"): try word("true")
            case UInt8(ascii: "f"): try word("false")
            case UInt8(ascii: "n"): try word("null")
            default: try number()
            }
        }

        mutating func blanks() {
            rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        }

        private mutating func list(
            from start: Unicode.Scalar, to end: Unicode.Scalar, _ element: (inout Scanner) throws(Violation) -> Void
        ) throws(Violation) {
            try take(start)
            blanks()
            if rest.first == UInt8(ascii: end) {
                rest.removeFirst()
                return
            }
            while true {
                try element(&self)
                blanks()
                if rest.first == UInt8(ascii: end) { break }
                try take(",")
            }
            rest.removeFirst()
        }

        private mutating func string() throws(Violation) {
            try take("\"")
            while rest.first != UInt8(ascii: "\"") {
                guard let byte = rest.popFirst(), byte >= 0x20 else { throw Violation() }
                if byte == UInt8(ascii: "\\"), rest.popFirst() == nil { throw Violation() }
            }
            rest.removeFirst()
        }

        private mutating func number() throws(Violation) {
            let characters = rest.prefix { "+-.eE0123456789".utf8.contains($0) }
            guard Double(String(decoding: characters, as: UTF8.self)) != nil else { throw Violation() }
            rest = rest.dropFirst(characters.count)
        }

        private mutating func word(_ word: String) throws(Violation) {
            guard rest.starts(with: word.utf8) else { throw Violation() }
            rest = rest.dropFirst(word.utf8.count)
        }

        private mutating func take(_ character: Unicode.Scalar) throws(Violation) {
            blanks()
            guard rest.first == UInt8(ascii: character) else { throw Violation() }
            rest.removeFirst()
        }
    }
}
