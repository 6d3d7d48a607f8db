import TestSupport

/// A DER value as a tree that can be damaged at a certain place and written again.
///
/// OCTET STRINGs with a value inside are branches too, so that all of a PFX that is not encrypted is within reach.
struct DERTree {
    private(set) var tag: UInt8
    private var content: Content

    private enum Content {
        case bytes([UInt8])
        case children([DERTree])
    }

    /// Reads one value that takes all of `bytes`; nil where they are no such value.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let (tree, end) = Self.parse(bytes), end == bytes.endIndex else { return nil }
        self = tree
    }

    private init(tag: UInt8, content: Content) {
        self.tag = tag
        self.content = content
    }

    static func value(_ tag: UInt8, _ bytes: [UInt8]) -> DERTree { DERTree(tag: tag, content: .bytes(bytes)) }

    static func sequence(_ children: [DERTree]) -> DERTree { DERTree(tag: 0x30, content: .children(children)) }

    var serialized: [UInt8] {
        let content = contentBytes
        return [tag] + Self.length(content.count) + content
    }

    var contentBytes: [UInt8] {
        switch content {
        case .bytes(let bytes): bytes
        case .children(let children): children.flatMap(\.serialized)
        }
    }

    var children: [DERTree] {
        get { if case .children(let children) = content { children } else { [] } }
        set { content = .children(newValue) }
    }

    /// This value and all below it.
    var nodeCount: Int { children.reduce(1) { $0 + $1.nodeCount } }

    /// Damages the node of a number, counted in the order of the file.
    mutating func damage(node number: Int, _ generator: inout SeededGenerator) {
        if number == 0 { return damage(&generator) }
        var rest = number - 1
        var children = children
        for index in children.indices {
            let count = children[index].nodeCount
            if rest >= count {
                rest -= count
                continue
            }
            // Half of the time it is what stands around the node that changes, and the lengths with it.
            switch rest == 0 ? generator.pick([0, 1, 2, 3, 4, 4, 4, 4]) : 4 {
            case 0: children.remove(at: index)
            case 1: children.insert(children[index], at: index)
            case 2: children.swapAt(index, Int.random(in: children.indices, using: &generator))
            case 3: children[index] = generator.pick(children)
            default: children[index].damage(node: rest, &generator)
            }
            break
        }
        self.children = children
    }

    private mutating func damage(_ generator: inout SeededGenerator) {
        var bytes = contentBytes
        switch generator.pick([0, 1, 2, 3, 4, 5, 6]) {
        case 0: tag ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1: tag = generator.pick([0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31, 0x80, 0xa0, 0x24])
        case 2: bytes = []
        case 3: bytes += generator.bytes(1...20)
        case 4: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
        case 5: bytes = generator.pick([[0], [0xff], [0x7f, 0xff], [0x80, 0], [1], [0, 0x80]])
        default:
            guard !bytes.isEmpty else { return }
            bytes[Int.random(in: bytes.indices, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
        content = .bytes(bytes)
    }

    private static func parse(_ bytes: ArraySlice<UInt8>) -> (tree: DERTree, end: Int)? {
        guard bytes.count >= 2 else { return nil }
        let tag = bytes[bytes.startIndex]
        var start = bytes.startIndex + 2
        var count = Int(bytes[start - 1])
        if count > 0x80 {
            let size = count & 0x7f
            guard size <= 3, bytes.endIndex - start >= size else { return nil }
            count = bytes[start..<start + size].reduce(0) { $0 << 8 | Int($1) }
            start += size
        } else if count == 0x80 {
            return nil
        }
        guard bytes.endIndex - start >= count else { return nil }
        let content = bytes[start..<start + count]
        guard tag & 0x20 != 0 || tag == 0x04, let children = parseAll(content), !children.isEmpty else {
            // A constructed value without values inside, such as an empty SET, is a leaf as well.
            return (DERTree(tag: tag, content: .bytes(Array(content))), content.endIndex)
        }
        return (DERTree(tag: tag, content: .children(children)), content.endIndex)
    }

    private static func parseAll(_ bytes: ArraySlice<UInt8>) -> [DERTree]? {
        var children: [DERTree] = []
        var rest = bytes
        while !rest.isEmpty {
            guard let (child, end) = parse(rest) else { return nil }
            children.append(child)
            rest = rest[end...]
        }
        return children
    }

    private static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<0x80: [UInt8(count)]
        case ..<0x100: [0x81, UInt8(count)]
        case ..<0x10000: [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
        default: [0x83, UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
        }
    }
}
