import Glibc
import Reissue

/// A path as the bytes that the system knows it by; names on Linux need not be UTF-8.
public struct FilePath: Hashable, Sendable {
    /// Without a terminator, and without any byte 0.
    public let bytes: [UInt8]

    /// - Parameter bytes: what follows a byte 0 is dropped, as the system would.
    public init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self.bytes = bytes.firstIndex(of: 0).map { Array(bytes[..<$0]) } ?? bytes
    }

    public init(_ text: String) {
        self.init(text.utf8)
    }

    /// The process's working folder.
    public static func workingFolder() -> FilePath {
        guard let path = getcwd(nil, 0) else { return FilePath("/") }
        defer { free(path) }
        return FilePath(UnsafeRawBufferPointer(start: path, count: strlen(path)))
    }

    /// For people: bytes that are not UTF-8 show as U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes with everything percent-encoded but `/` and RFC 3986's unreserved characters,
    /// where ``text`` cannot show them; otherwise nil.
    public var encodedWhenNotUTF8: String? {
        String(validating: bytes, as: UTF8.self) == nil ? Self.percentEncoded(bytes) : nil
    }

    public var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

    /// The path with `other` below it, or `other` where that is absolute; doubled slashes and `.` are left out.
    public func appending(_ other: FilePath) -> FilePath {
        other.isAbsolute ? other.tidied : FilePath(bytes + [UInt8(ascii: "/")] + other.bytes).tidied
    }

    public func appending(_ other: String) -> FilePath { appending(FilePath(other)) }

    /// What the path's last name is in; `/` for a name directly below it, `.` for a lone name.
    public var folder: FilePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(".") }
        return slash == 0 ? FilePath("/") : FilePath(bytes[..<slash])
    }

    /// The last name.
    public var name: ArraySlice<UInt8> {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
    }

    /// The last name without its extension, for people.
    public var nameWithoutExtension: String { FilePath(OutputName.withoutExtension(name)).text }

    /// The path below `folder`, without a leading slash; nil where it is not below it.
    public func relative(to folder: FilePath) -> ArraySlice<UInt8>? {
        let prefix = folder.bytes.last == UInt8(ascii: "/") ? folder.bytes : folder.bytes + [UInt8(ascii: "/")]
        return bytes.starts(with: prefix) ? bytes[prefix.count...] : nil
    }

    /// The path with `..` taken out by its text alone, as for naming; the file system may see it otherwise.
    var withoutParentReferences: FilePath {
        var names: [ArraySlice<UInt8>] = []
        for name in bytes.split(separator: UInt8(ascii: "/")) {
            if name.elementsEqual("..".utf8) { _ = names.popLast() } else { names.append(name) }
        }
        return FilePath(joining: names, isAbsolute: true)
    }

    /// Without doubled slashes, slashes at the end, and `.`.
    private var tidied: FilePath {
        if isTidy { return self }
        let names = bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        return FilePath(joining: names, isAbsolute: isAbsolute)
    }

    private var isTidy: Bool {
        var start = isAbsolute ? 1 : 0
        return bytes.withUnsafeBufferPointer { bytes in
            if start == bytes.count { return true }
            for end in start...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
                if end == start || end == start + 1 && bytes[start] == UInt8(ascii: ".") { return false }
                start = end + 1
            }
            return true
        }
    }

    /// - Parameter names: without slashes.
    init(joining names: [ArraySlice<UInt8>], isAbsolute: Bool = false) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(names.reduce(1) { $0 + $1.count + 1 })
        if isAbsolute { bytes.append(UInt8(ascii: "/")) }
        for (index, name) in names.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "/")) }
            bytes += name
        }
        self.init(bytes)
    }

    /// Calls `body` with the path as a C string.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        let text = [CChar](unsafeUninitializedCapacity: bytes.count + 1) { text, count in
            UnsafeMutableRawBufferPointer(text).copyBytes(from: bytes)
            text[bytes.count] = 0
            count = bytes.count + 1
        }
        return try body(text)
    }

    /// Takes back what ``encodedWhenNotUTF8`` gave.
    init(percentEncoded text: String) {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        self.init(bytes)
    }

    private static func percentEncoded(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default:
                "%" + hexText([byte])
            }
        }.joined()
    }
}

extension FilePath: CustomStringConvertible, ExpressibleByStringLiteral {
    public var description: String { text }
    public init(stringLiteral text: String) { self.init(text) }
}
