/// DER and BER for tests, written apart from the library's own writer.
public enum TestDER {
    public static func value(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
        let content = Array(parts.joined())
        return [tag] + length(content.count) + content
    }

    /// Indefinite length (X.690 §8.1.3.6).
    public static func indefinite(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
        [tag, 0x80] + Array(parts.joined()) + [0, 0]
    }

    public static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, Array(parts.joined())) }
    public static func set(_ parts: [UInt8]...) -> [UInt8] { value(0x31, Array(parts.joined())) }
    public static func octets(_ content: [UInt8]) -> [UInt8] { value(0x04, content) }
    public static func explicit(_ number: UInt8, _ parts: [UInt8]...) -> [UInt8] {
        value(0xA0 | number, Array(parts.joined()))
    }
    public static let null: [UInt8] = [0x05, 0x00]

    /// Two's complement, any sign.
    public static func integer(_ number: Int) -> [UInt8] {
        var bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) }
        while bytes.count > 1, bytes[0] == (bytes[1] & 0x80 == 0 ? 0 : 0xFF) { bytes.removeFirst() }
        return value(0x02, bytes)
    }

    public static func bmp(_ text: String) -> [UInt8] {
        value(0x1E, text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }

    /// From its dotted form.
    public static func oid(_ dotted: String) -> [UInt8] {
        let numbers = dotted.split(separator: ".").map { UInt64($0) ?? 0 }
        let components = [numbers[0] * 40 + numbers[1]] + numbers.dropFirst(2)
        return value(
            0x06,
            components.flatMap { component in
                var septets = [UInt8(component & 0x7F)]
                var rest = component >> 7
                while rest > 0 {
                    septets.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                    rest >>= 7
                }
                return septets
            })
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count > 0x7F else { return [UInt8(count)] }
        let bytes = withUnsafeBytes(of: count.bigEndian) { Array($0.drop { $0 == 0 }) }
        return [0x80 | UInt8(bytes.count)] + bytes
    }
}

/// A DER value taken apart, to be changed and put together again.
public indirect enum TestNode {
    case primitive(UInt8, [UInt8])
    case constructed(UInt8, [TestNode])

    /// The values in `der`, one after the other.
    public static func parse(_ der: ArraySlice<UInt8>) -> [TestNode] {
        var nodes: [TestNode] = []
        var rest = der
        while let tag = rest.popFirst(), var count = rest.popFirst().map(Int.init) {
            if count & 0x80 != 0 {
                let size = count & 0x7F
                count = rest.prefix(size).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(size)
            }
            let content = rest.prefix(count)
            rest = rest.dropFirst(count)
            nodes.append(tag & 0x20 == 0 ? .primitive(tag, Array(content)) : .constructed(tag, parse(content)))
        }
        return nodes
    }

    public var der: [UInt8] {
        switch self {
        case .primitive(let tag, let content): TestDER.value(tag, content)
        case .constructed(let tag, let children): TestDER.value(tag, children.flatMap(\.der))
        }
    }

    public var children: [TestNode] {
        guard case .constructed(_, let children) = self else { return [] }
        return children
    }

    public var content: [UInt8] {
        guard case .primitive(_, let content) = self else { return [] }
        return content
    }
}

/// How to write the same values in BER that is not DER.
public enum BERStyle: CaseIterable, Sendable {
    /// Indefinite lengths everywhere, strings in one piece.
    case indefinite
    /// Strings in pieces of 7 octets, under indefinite lengths.
    case segmented
    /// Strings in pieces of pieces, under definite lengths.
    case nested
    /// Lengths with leading zeros.
    case longLengths
    /// Strings in pieces, among them empty ones.
    case emptySegments

    public func encode(_ node: TestNode) -> [UInt8] {
        switch node {
        // Implicitly tagged strings (context-specific, primitive) may be in pieces as well.
        case .primitive(let tag, let content) where tag == 0x04 || tag == 0x80: string(tag, content)
        case .primitive(let tag, let content): self == .longLengths ? long(tag, content) : TestDER.value(tag, content)
        case .constructed(let tag, let children):
            constructed(tag, children.flatMap(encode))
        }
    }

    private func constructed(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch self {
        case .indefinite, .segmented, .emptySegments: TestDER.indefinite(tag, content)
        case .nested: TestDER.value(tag, content)
        case .longLengths: long(tag, content)
        }
    }

    private func string(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch self {
        case .indefinite: TestDER.value(tag, content)
        case .longLengths: long(tag, content)
        case .segmented: TestDER.indefinite(tag | 0x20, pieces(content, 7).flatMap(TestDER.octets))
        case .nested:
            TestDER.value(
                tag | 0x20,
                pieces(content, 100).flatMap { TestDER.value(0x24, pieces($0, 33).flatMap(TestDER.octets)) })
        case .emptySegments:
            TestDER.indefinite(
                tag | 0x20,
                pieces(content, 50).flatMap { TestDER.octets([]) + TestDER.octets($0) + [0x24, 0x80, 0, 0] })
        }
    }

    private func long(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag, 0x84] + withUnsafeBytes(of: UInt32(content.count).bigEndian) { Array($0) } + content
    }

    private func pieces(_ content: [UInt8], _ size: Int) -> [[UInt8]] {
        stride(from: 0, to: content.count, by: size).map { Array(content[$0..<min($0 + size, content.count)]) }
    }
}
