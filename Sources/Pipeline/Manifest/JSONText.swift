import FoundationEssentials

/// JSON without blanks, put together member by member: what ``makeJSONEncoder()`` makes of the same value, in a fraction of the
/// time, for the values of which there is one a file.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// - Parameter members: appends the members, in the order of their keys' bytes.
    mutating func object(_ members: (inout JSONText) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        members(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// A member of the object that is being written; none for nil.
    mutating func member(_ key: StaticString, _ value: (some JSONTextWritable)?) {
        guard let value else { return }
        separate(from: UInt8(ascii: "{"))
        key.withUTF8Buffer { quote($0) }
        bytes.append(UInt8(ascii: ":"))
        value.write(to: &self)
    }

    fileprivate mutating func string(_ string: String) {
        var string = string
        let isPlain = string.withUTF8 { text in
            let isPlain = text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            if isPlain { quote(text) }
            return isPlain
        }
        // A string always encodes.
        if !isPlain, let text = try? makeJSONEncoder().encode(string) { bytes += text }
    }

    fileprivate mutating func array(_ elements: [some JSONTextWritable]) {
        bytes.append(UInt8(ascii: "["))
        for element in elements {
            separate(from: UInt8(ascii: "["))
            element.write(to: &self)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    fileprivate mutating func dictionary(_ members: [String: some JSONTextWritable]) {
        object { text in
            for (key, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                text.separate(from: UInt8(ascii: "{"))
                text.string(key)
                text.bytes.append(UInt8(ascii: ":"))
                value.write(to: &text)
            }
        }
    }

    fileprivate mutating func literal(_ text: String) { bytes += text.utf8 }

    /// Appends text in which nothing has to be escaped, as a string.
    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        bytes += text
        bytes.append(UInt8(ascii: "\""))
    }

    /// Puts a comma after what is no opening bracket.
    private mutating func separate(from opening: UInt8) {
        if bytes.last != opening { bytes.append(UInt8(ascii: ",")) }
    }
}

/// What ``JSONText`` can hold.
protocol JSONTextWritable {
    func write(to text: inout JSONText)
}

extension String: JSONTextWritable {
    func write(to text: inout JSONText) { text.string(self) }
}

extension Bool: JSONTextWritable {
    func write(to text: inout JSONText) { text.literal(self ? "true" : "false") }
}

extension Int: JSONTextWritable {
    func write(to text: inout JSONText) { text.literal(description) }
}

extension Double: JSONTextWritable {
    /// JSON has no number for what is not finite: 0 then.
    func write(to text: inout JSONText) {
        let number = isFinite ? description : "0"
        text.literal(number.hasSuffix(".0") ? String(number.dropLast(2)) : number)
    }
}

extension Array: JSONTextWritable where Element: JSONTextWritable {
    func write(to text: inout JSONText) { text.array(self) }
}

extension Dictionary: JSONTextWritable where Key == String, Value: JSONTextWritable {
    func write(to text: inout JSONText) { text.dictionary(self) }
}

extension JSONTextWritable where Self: RawRepresentable, RawValue == String {
    func write(to text: inout JSONText) { text.string(rawValue) }
}
