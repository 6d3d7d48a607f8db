import PKCS12

/// A share of a pipeline's inputs, for one of several machines.
///
/// Which share an input belongs to depends on its own name alone, and so is the same on every machine and after every
/// restart, whatever comes and goes beside it. Shares are equal as far as chance has it: of 10,000 inputs in a share, within
/// about 1 %.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
    /// From 0.
    public let index: Int
    public let count: Int

    /// More would not be a share of anything.
    public static let largestCount = 1_000_000

    /// - Returns: nil where there is no such share.
    public init?(_ index: Int, of count: Int) {
        guard (1...Self.largestCount).contains(count), (0..<count).contains(index) else { return nil }
        self.index = index
        self.count = count
    }

    /// - Parameter text: `I/N`, I from 0.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]) else { return nil }
        self.init(index, of: count)
    }

    public var description: String { "\(index)/\(count)" }

    /// A number in plain digits; `Int` would take a sign.
    static func number(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    /// The share of an input, from 0: the first eight bytes of SHA-256 over its name as a big-endian number, modulo the count.
    ///
    /// - Parameter name: see ``OutputPlan/shardName(of:)``.
    static func index(of name: [UInt8], count: Int, _ digester: Digester) throws -> Int {
        let digest = try digester.sha256(name).prefix(16)
        guard let number = UInt64(digest, radix: 16) else {
            throw PipelineError(.unexpected, "a digest is not one")
        }
        return Int(number % UInt64(count))
    }
}

extension OutputPlan {
    /// What stands for an input wherever its files are mounted: its site, a byte 0, and its path below the input's folder or
    /// its URI.
    func shardName(of source: RunSource) -> [UInt8] {
        let name: [UInt8] =
            switch source {
            case .file(let file):
                Array([file.folder, file.path.name].filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: "/")]))
            case .key(let key): Array(key.uri.utf8)
            }
        return Array(site(of: source).utf8) + [0] + name
    }

    /// The same plan with one share of its sources.
    func share(_ shard: Shard, _ digester: Digester) throws -> OutputPlan {
        try keeping { try Shard.index(of: shardName(of: $0), count: shard.count, digester) == shard.index }
    }
}
