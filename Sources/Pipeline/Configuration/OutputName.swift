import Reissue

/// The pattern that outputs are named by, such as `{site}/{folder}/{name}.pfx`.
///
/// Fields: `{site}`, the input's site; `{folder}`, the source's folder below its input's; `{name}`, the source's name
/// without its extension, or the label of a key on a token; `{id}`, the CKA_ID of such a key in hex, empty for files. Parts
/// of the path that become empty vanish.
public struct OutputName: Sendable, Hashable {
    /// As it was written.
    public let pattern: String
    private let segments: [Segment]

    public static let standard = OutputName(
        pattern: "{site}/{folder}/{name}.pfx",
        segments: [.site, .literal("/"), .folder, .literal("/"), .name, .literal(".pfx")])

    private enum Segment: Hashable {
        case literal(String)
        case site
        case folder
        case name
        case id
    }

    /// - Throws: ``PipelineError`` `configurationInvalid`, the reason without a path.
    public init(_ pattern: String) throws(PipelineError) {
        self.init(pattern: pattern, segments: try Self.parse(pattern))
        guard segments.contains(.name) else { throw Self.invalid("the pattern must contain {name}") }
        guard !pattern.hasPrefix("/") else { throw Self.invalid("the pattern must not start with a slash") }
        guard !pattern.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            throw Self.invalid("the pattern contains a control character")
        }
        guard !pattern.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) else {
            throw Self.invalid("the pattern must not contain . or .. as a folder")
        }
        guard !pattern.hasSuffix("/") else { throw Self.invalid("the pattern must not end with a slash") }
    }

    private init(pattern: String, segments: [Segment]) {
        self.pattern = pattern
        self.segments = segments
    }

    /// The output's path below the output folder.
    ///
    /// - Parameters:
    ///   - folder: without slashes at its ends; may be empty.
    ///   - name: without an extension.
    ///   - id: of a key on a token.
    /// - Throws: ``PipelineError`` `outputNameInvalid` where a source's name would lead out of the output folder.
    func path(
        site: String, folder: ArraySlice<UInt8>, name: some Collection<UInt8>, id: [UInt8] = []
    ) throws(PipelineError) -> FilePath {
        var bytes: [UInt8] = []
        for segment in segments {
            switch segment {
            case .literal(let text): bytes += text.utf8
            case .site: bytes += site.utf8
            case .folder: bytes += folder
            case .name: bytes += name
            case .id: bytes += hexText(id).utf8
            }
        }
        let parts = bytes.split(separator: UInt8(ascii: "/"))
        guard !parts.isEmpty, !parts.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
        else {
            throw PipelineError(
                .outputNameInvalid, "the name pattern \(pattern) gives no usable name for \(FilePath(name))",
                hint: "rename the source or change output.name")
        }
        return FilePath(joining: parts)
    }

    /// A dot at the very start begins no extension.
    static func withoutExtension(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return name }
        return name[..<dot]
    }

    private static func parse(_ pattern: String) throws(PipelineError) -> [Segment] {
        var segments: [Segment] = []
        var rest = Substring(pattern)
        while !rest.isEmpty {
            let literal = rest.prefix { $0 != "{" && $0 != "}" }
            if !literal.isEmpty { segments.append(.literal(String(literal))) }
            rest = rest.dropFirst(literal.count)
            guard let brace = rest.first else { break }
            guard brace == "{", let end = rest.firstIndex(of: "}") else { throw invalid("a brace has no partner") }
            switch rest[rest.index(after: rest.startIndex)..<end] {
            case "site": segments.append(.site)
            case "folder": segments.append(.folder)
            case "name": segments.append(.name)
            case "id": segments.append(.id)
            case let field: throw invalid("{\(field)} is not a field; there are {site}, {folder}, {name} and {id}")
            }
            rest = rest[rest.index(after: end)...]
        }
        return segments
    }

    private static func invalid(_ reason: String) -> PipelineError { PipelineError(.configurationInvalid, reason) }
}
