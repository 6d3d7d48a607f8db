import Glibc

/// A shell pattern for one name (POSIX fnmatch).
struct NamePattern: Sendable {
    private let pattern: FilePath
    private let ignoresCase: Bool

    /// - Parameter ignoresCase: for ASCII letters only, so that it does not depend on a locale.
    init(_ pattern: some Sequence<UInt8>, ignoresCase: Bool = false) {
        self.ignoresCase = ignoresCase
        self.pattern = FilePath(ignoresCase ? pattern.map(Self.lowercased) : Array(pattern))
    }

    /// Whether `bytes` has any character that means something in a pattern.
    static func isPattern(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// - Parameter hidingDots: whether a dot at the start of a name has to be matched by a dot, as in a shell.
    func matches(_ name: ArraySlice<UInt8>, hidingDots: Bool = false) -> Bool {
        let name = FilePath(ignoresCase ? name.map(Self.lowercased) : Array(name))
        return pattern.withCString { pattern in
            name.withCString { fnmatch(pattern, $0, hidingDots ? FNM_PERIOD : 0) == 0 }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
