/// A BER value as a tree that can be changed at a certain place and written again.
///
/// OCTET STRINGs with a value inside are branches too, and so are implicitly tagged ones, so that all of a PFX that is not
/// encrypted is within reach. What was not changed is written as it came.
public struct DERTree: Sendable {
    public var tag: UInt8
    public var length: Length
    private var content: Content

    /// How a length is written (X.690 §8.1.3).
    public enum Length: Sendable, Hashable {
        case shortest
        /// In so many octets behind the first, or in as many as it takes.
        case long(Int)
        /// Of a constructed value only.
        case indefinite
    }

    private enum Content: Sendable {
        case bytes([UInt8])
        case children([DERTree])
    }

    /// Reads one value that takes all of `bytes`; nil where they are no such value.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let (tree, end) = Self.parse(bytes, depth: 0), end == bytes.endIndex else { return nil }
        self = tree
    }

    /// Reads the value that `bytes` begin with, and takes it off them.
    public init?(takingFrom bytes: inout ArraySlice<UInt8>) {
        guard let (tree, end) = Self.parse(bytes, depth: 0) else { return nil }
        self = tree
        bytes = bytes[end...]
    }

    private init(tag: UInt8, length: Length = .shortest, content: Content) {
        self.tag = tag
        self.length = length
        self.content = content
    }

    public static func value(_ tag: UInt8, _ bytes: [UInt8]) -> DERTree { DERTree(tag: tag, content: .bytes(bytes)) }

    public static func value(_ tag: UInt8, children: [DERTree]) -> DERTree {
        DERTree(tag: tag, content: .children(children))
    }

    public static func sequence(_ children: [DERTree]) -> DERTree { value(0x30, children: children) }

    public var serialized: [UInt8] {
        let content = contentBytes
        switch length {
        case .shortest: return [tag] + Self.length(content.count) + content
        case .long(let least):
            let octets = Self.octets(content.count)
            let zeros = Array(repeating: UInt8(0), count: max(0, least - octets.count))
            return [tag, 0x80 | UInt8(zeros.count + octets.count)] + zeros + octets + content
        case .indefinite: return [tag, 0x80] + content + [0, 0]
        }
    }

    public var contentBytes: [UInt8] {
        get {
            switch content {
            case .bytes(let bytes): bytes
            case .children(let children): children.flatMap(\.serialized)
            }
        }
        set { content = .bytes(newValue) }
    }

    public var children: [DERTree] {
        get { if case .children(let children) = content { children } else { [] } }
        set { content = .children(newValue) }
    }

    /// This value and all below it.
    public var nodeCount: Int { children.reduce(1) { $0 + $1.nodeCount } }

    /// The node of a number, counted in the order of the file.
    public func node(_ number: Int) -> DERTree? {
        guard number > 0 else { return self }
        var rest = number - 1
        for child in children {
            let count = child.nodeCount
            if rest < count { return child.node(rest) }
            rest -= count
        }
        return nil
    }

    /// Changes the node of a number, counted in the order of the file, among the values around it.
    ///
    /// - Parameter change: given the values side by side, and the index of the node among them.
    public mutating func change(node number: Int, _ change: (inout [DERTree], Int) -> Void) {
        var siblings = [self]
        Self.change(&siblings, number, change)
        guard siblings.count == 1 else { return }
        self = siblings[0]
    }

    private static func change(_ siblings: inout [DERTree], _ number: Int, _ change: (inout [DERTree], Int) -> Void) {
        var rest = number
        for index in siblings.indices {
            let count = siblings[index].nodeCount
            if rest >= count {
                rest -= count
                continue
            }
            if rest == 0 { return change(&siblings, index) }
            return Self.change(&siblings[index].children, rest - 1, change)
        }
    }

    /// Damages the node of a number, counted in the order of the file.
    public mutating func damage(node number: Int, _ generator: inout some RandomNumberGenerator) {
        change(node: number) { siblings, index in
            // Half of the time it is what stands around the node that changes, and the lengths with it.
            switch number == 0 ? 4 : [0, 1, 2, 3, 4, 4, 4, 4].randomElement(using: &generator) {
            case 0: siblings.remove(at: index)
            case 1: siblings.insert(siblings[index], at: index)
            case 2: siblings.swapAt(index, Int.random(in: siblings.indices, using: &generator))
            case 3: siblings[index] = siblings.randomElement(using: &generator) ?? siblings[index]
            default: siblings[index].damage(&generator)
            }
        }
    }

    private mutating func damage(_ generator: inout some RandomNumberGenerator) {
        var bytes = contentBytes
        switch UInt8.random(in: 0...6, using: &generator) {
        case 0: tag ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1:
            tag = [0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31, 0x80, 0xa0, 0x24].randomElement(using: &generator) ?? tag
        case 2: bytes = []
        case 3:
            bytes += (0..<Int.random(in: 1...20, using: &generator)).map { _ in .random(in: 0...255, using: &generator)
            }
        case 4: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
        case 5:
            bytes = [[0], [0xff], [0x7f, 0xff], [0x80, 0], [1], [0, 0x80]].randomElement(using: &generator) ?? []
        default:
            guard !bytes.isEmpty else { return }
            bytes[Int.random(in: bytes.indices, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
        contentBytes = bytes
    }
}

extension DERTree {
    /// Deeper values stay octets.
    private static let deepest = 100

    private static func parse(_ bytes: ArraySlice<UInt8>, depth: Int) -> (tree: DERTree, end: Int)? {
        guard bytes.count >= 2 else { return nil }
        let tag = bytes[bytes.startIndex]
        var start = bytes.startIndex + 2
        var count = Int(bytes[start - 1])
        var length = Length.shortest
        if count > 0x80 {
            let size = count & 0x7f
            guard size <= 7, bytes.endIndex - start >= size else { return nil }
            count = bytes[start..<start + size].reduce(0) { $0 << 8 | Int($1) }
            start += size
            if count < 0x80 || octets(count).count < size { length = .long(size) }
        } else if count == 0x80 {
            guard tag & 0x20 != 0, depth < deepest else { return nil }
            return parseIndefinite(tag, bytes[start...], depth: depth)
        }
        guard bytes.endIndex - start >= count else { return nil }
        let content = bytes[start..<start + count]
        guard tag & 0x20 != 0 || tag == 0x04 || tag == 0x80, depth < deepest,
            let children = parseAll(content, depth: depth + 1), !children.isEmpty
        else {
            // A constructed value without values inside, such as an empty SET, is a leaf as well.
            return (DERTree(tag: tag, length: length, content: .bytes(Array(content))), content.endIndex)
        }
        return (DERTree(tag: tag, length: length, content: .children(children)), content.endIndex)
    }

    private static func parseIndefinite(_ tag: UInt8, _ bytes: ArraySlice<UInt8>, depth: Int) -> (DERTree, end: Int)? {
        var children: [DERTree] = []
        var rest = bytes
        while !rest.starts(with: [0, 0]) {
            guard let (child, end) = parse(rest, depth: depth + 1) else { return nil }
            children.append(child)
            rest = rest[end...]
        }
        return (DERTree(tag: tag, length: .indefinite, content: .children(children)), rest.startIndex + 2)
    }

    private static func parseAll(_ bytes: ArraySlice<UInt8>, depth: Int) -> [DERTree]? {
        var children: [DERTree] = []
        var rest = bytes
        while !rest.isEmpty {
            guard let (child, end) = parse(rest, depth: depth) else { return nil }
            children.append(child)
            rest = rest[end...]
        }
        return children
    }

    private static func length(_ count: Int) -> [UInt8] {
        let octets = octets(count)
        return count < 0x80 ? [UInt8(count)] : [0x80 | UInt8(octets.count)] + octets
    }

    /// Big-endian, without leading zeros, at least one.
    private static func octets(_ count: Int) -> [UInt8] {
        let octets = withUnsafeBytes(of: count.bigEndian) { Array($0.drop { $0 == 0 }) }
        return octets.isEmpty ? [0] : octets
    }
}
