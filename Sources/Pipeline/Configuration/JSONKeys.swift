/// Finds keys that an object holds twice: the decoder takes one of them without a word.
enum JSONKeys {
    /// - Parameter text: valid JSON.
    /// - Returns: the path of the first key that comes a second time, such as `inputs[0].site`.
    static func firstDuplicate(in text: [UInt8]) -> String? {
        var scanner = Scanner(text: text, rest: text[...])
        return scanner.scanValue(at: "")
    }

    private struct Scanner {
        let text: [UInt8]
        var rest: ArraySlice<UInt8>

        /// Takes one value off the front.
        mutating func scanValue(at path: String) -> String? {
            skip { $0.isJSONBlank }
            switch rest.first {
            case UInt8(ascii: "{"): return scanObject(at: path)
            case UInt8(ascii: "["): return scanArray(at: path)
            case UInt8(ascii: "\""): _ = takeString()
            default: skip { !$0.isJSONBlank && !",]}".utf8.contains($0) }
            }
            return nil
        }

        private mutating func scanObject(at path: String) -> String? {
            var seen: Set<String> = []
            rest.removeFirst()
            while let next = nextOfInterest(), next != UInt8(ascii: "}") {
                let key = takeString()
                let keyPath = path.isEmpty ? key : "\(path).\(key)"
                guard seen.insert(key).inserted else { return keyPath }
                skip { $0 != UInt8(ascii: ":") }
                rest = rest.dropFirst()
                if let duplicate = scanValue(at: keyPath) { return duplicate }
            }
            rest = rest.dropFirst()
            return nil
        }

        private mutating func scanArray(at path: String) -> String? {
            var index = 0
            rest.removeFirst()
            while let next = nextOfInterest(), next != UInt8(ascii: "]") {
                if let duplicate = scanValue(at: "\(path)[\(index)]") { return duplicate }
                index += 1
            }
            rest = rest.dropFirst()
            return nil
        }

        /// The text between the quotes, escapes as they are.
        private mutating func takeString() -> String {
            rest = rest.dropFirst()
            let start = rest.startIndex
            while let byte = rest.first, byte != UInt8(ascii: "\"") {
                rest = rest.dropFirst(byte == UInt8(ascii: "\\") ? 2 : 1)
            }
            defer { rest = rest.dropFirst() }
            return String(decoding: text[start..<rest.startIndex], as: UTF8.self)
        }

        private mutating func nextOfInterest() -> UInt8? {
            skip { $0.isJSONBlank || $0 == UInt8(ascii: ",") }
            return rest.first
        }

        private mutating func skip(while condition: (UInt8) -> Bool) { rest = rest.drop(while: condition) }
    }
}
