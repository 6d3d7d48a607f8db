import TestSupport

/// Changes to BER that leave the lengths around them right, so that they get past the reader's first look.
enum TreeMutation {
    static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        var rest = bytes[...]
        guard var tree = DERTree(takingFrom: &rest) else { return nil }
        for _ in 0..<random.pick([1, 1, 1, 2, 3]) {
            let number = Int.random(in: 0..<tree.nodeCount, using: &random)
            switch random.pick(Kind.allCases) {
            case .damage: tree.damage(node: number, &random)
            case .content:
                tree.change(node: number) { siblings, index in
                    let content = siblings[index].contentBytes
                    siblings[index].contentBytes = Fuzzer.mutated(content, most: content.count + 64)
                }
            case .known:
                let known = random.pick(known)
                let replaces = random.oneIn(2)
                tree.change(node: number) { siblings, index in
                    if replaces { siblings[index] = known } else { siblings.insert(known, at: index) }
                }
            case .transplant:
                guard let other = tree.node(Int.random(in: 0..<tree.nodeCount, using: &random)) else { continue }
                tree.change(node: number) { siblings, index in siblings[index] = other }
            case .wrap:
                let tag = random.pick([0x30, 0x31, 0xA0, 0x24, 0x04] as [UInt8])
                tree.change(node: number) { siblings, index in
                    siblings[index] = .value(tag, children: [siblings[index]])
                }
            case .length:
                let length = random.pick([.indefinite, .indefinite, .shortest, .long(3), .long(9)] as [DERTree.Length])
                tree.change(node: number) { siblings, index in
                    if length != .indefinite || siblings[index].tag & 0x20 != 0 { siblings[index].length = length }
                }
            case .pieces:
                let size = Int.random(in: 1...40, using: &random)
                tree.change(node: number) { siblings, index in siblings[index] = siblings[index].inPieces(of: size) }
            case .repetition:
                let count = random.pick([4, 33, 200])
                tree.change(node: number) { siblings, index in
                    guard siblings[index].serialized.count * count < 1 << 14 else { return }
                    siblings.insert(contentsOf: Array(repeating: siblings[index], count: count), at: index)
                }
            }
        }
        return tree.serialized + rest
    }

    static func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        var (rest, other) = (first[...], second[...])
        guard var tree = DERTree(takingFrom: &rest), let donor = DERTree(takingFrom: &other),
            let graft = donor.node(Int.random(in: 0..<donor.nodeCount, using: &random))
        else { return nil }
        let replaces = random.oneIn(2)
        tree.change(node: Int.random(in: 0..<tree.nodeCount, using: &random)) { siblings, index in
            if replaces { siblings[index] = graft } else { siblings.insert(graft, at: index) }
        }
        return tree.serialized + rest
    }

    private enum Kind: CaseIterable {
        case damage, content, known, transplant, wrap, length, pieces, repetition
    }

    /// Values that decide what a reader does, and such as it should not like.
    private static let known: [DERTree] =
        identifiers.map { .value(0x06, $0) }
        + [
            [0], [1], [2], [3], [0x7F], [0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0xA0], [120], [58], [32],
            [1] + Array(repeating: 0, count: 8), [],
        ].map { .value(0x02, $0) }
        + [.value(0x05, []), .value(0x31, [UInt8]()), .value(0x30, [UInt8]()), .value(0xA0, [UInt8]())]
        + [[0xD8, 0x3D, 0xDD, 0x11], [0xD8, 0], [0], [8, 0], [0, 65, 0, 0], []].map { .value(0x1E, $0) }
        + [
            .value(0x03, [4, 0x10]), .value(0x03, []), .value(0x04, []), .value(0x0C, Array("ü".utf8)),
            .value(0x01, [0xFF]),
        ]

    /// The contents of object identifiers of RFC 7292, RFC 8018, RFC 5652 and Microsoft.
    private static let identifiers: [[UInt8]] =
        [1, 2, 3, 6].map { pkcs(7, $0) } + [12, 13, 14].map { pkcs(5, $0) } + [20, 21].map { pkcs(9, $0) }
        + (1...6).map { pkcs(12, 10, 1, $0) } + (1...6).map { pkcs(12, 1, $0) }
        + [pkcs(9, 22, 1), pkcs(9, 23, 1), pkcs(1, 1), pkcs(1, 7), pkcs(1, 10)]
        + [5, 7, 8, 9, 10, 11].map { [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, $0] }
        + [[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 2], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 7]]
        + [2, 22, 42, 46].map { [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, $0] }
        + [1, 2, 3, 4, 8].map { [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, $0] }
        + [[0x2B, 0x0E, 3, 2, 0x1A], [0x55, 0x1D, 0x0F], [0x55, 0x1D, 0x0E], [0x55, 0x1D, 0x23], [0x55, 4, 3]]
        + [1, 2, 3, 4].map { [0x2B, 6, 1, 4, 1, 0x82, 0x37, 0x11, $0] }
        + [[0x2B, 6, 1, 4, 1, 0x82, 0x37, 0x11, 3, 20], [], [0x80], Array(repeating: 0xFF, count: 20)]

    /// 1.2.840.113549.1 and what follows.
    private static func pkcs(_ arcs: UInt8...) -> [UInt8] { [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1] + arcs }
}

extension DERTree {
    /// An octet string, or whatever else, as a constructed one of pieces (X.690 §8.7.3).
    fileprivate func inPieces(of size: Int) -> DERTree {
        guard tag & 0x20 == 0 else { return self }
        let bytes = contentBytes
        var constructed = DERTree.value(
            tag | 0x20,
            children: stride(from: 0, to: bytes.count, by: size).map { .value(0x04, Array(bytes[$0...].prefix(size))) })
        constructed.length = .indefinite
        return constructed
    }
}
