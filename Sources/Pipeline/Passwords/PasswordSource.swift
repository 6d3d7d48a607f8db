/// Where a password comes from; never the password itself (design.md §6).
public enum PasswordSource: Sendable, Hashable {
    /// The first line of a file that only its owner can read.
    case file(FilePath)
    /// An environment variable.
    case environment(String)
    /// The next line of a file descriptor that is already open.
    case descriptor(Int32)
    /// A systemd credential: the first line of a file in `$CREDENTIALS_DIRECTORY`.
    case credential(String)
    /// The first output line of a program, given with its arguments; no shell comes in between.
    case command([String])
    /// Asked for at the terminal.
    case prompt
    /// The empty password.
    case empty

    /// Reads `file:PATH`, `env:NAME`, `fd:N`, `cred:NAME`, `cmd:PROGRAM ARG…`, `prompt` or `empty`.
    ///
    /// - Parameter folder: what a relative PATH is relative to.
    /// - Throws: ``PipelineError`` `configurationInvalid`. The text is not repeated: it may be a password.
    public init(_ text: String, relativeTo folder: FilePath) throws(PipelineError) {
        switch text {
        case "prompt":
            self = .prompt
        case "empty":
            self = .empty
        default:
            guard let colon = text.firstIndex(of: ":") else { throw Self.notASource }
            self = try Self.parse(text[..<colon], String(text[text.index(after: colon)...]), relativeTo: folder)
        }
    }

    /// The environment variable that holds the password; nil for another source.
    package var environmentVariable: String? {
        if case .environment(let name) = self { name } else { nil }
    }

    private static func parse(
        _ prefix: Substring, _ value: String, relativeTo folder: FilePath
    ) throws(PipelineError) -> PasswordSource {
        switch prefix {
        case "file":
            guard !value.isEmpty, !value.utf8.contains(0) else { throw invalid("file: needs a path") }
            return .file(folder.appending(value))
        case "env":
            guard !value.isEmpty, !value.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else {
                throw invalid("env: needs the name of an environment variable")
            }
            return .environment(value)
        case "fd":
            guard let descriptor = Int32(value), descriptor >= 0 else { throw invalid("fd: needs a number from 0") }
            return .descriptor(descriptor)
        case "cred":
            guard !value.isEmpty, value != ".", value != "..", !value.utf8.contains(where: { $0 == 0 || $0 == 0x2F })
            else { throw invalid("cred: needs the name of a credential") }
            return .credential(value)
        case "cmd":
            let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard !words.isEmpty, !value.utf8.contains(0) else { throw invalid("cmd: needs a program") }
            return .command(words)
        default:
            throw notASource
        }
    }

    private static let notASource = PipelineError(
        .configurationInvalid, "not a password source",
        hint: "name a source, not the password: file:PATH, env:NAME, fd:N, cred:NAME, cmd:PROGRAM ARG…, prompt or empty"
    )

    private static func invalid(_ reason: String) -> PipelineError { PipelineError(.configurationInvalid, reason) }
}

extension PasswordSource: CustomStringConvertible {
    /// As in pipeline.json, with paths absolute.
    public var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .environment(let name): "env:\(name)"
        case .descriptor(let descriptor): "fd:\(descriptor)"
        case .credential(let name): "cred:\(name)"
        case .command(let words): "cmd:\(words.joined(separator: " "))"
        case .prompt: "prompt"
        case .empty: "empty"
        }
    }
}
