import PKCS12

/// Where one item of a run comes from.
enum RunSource: Sendable {
    case file(SourceList.Source)
    case key(TokenSource)

    var input: Int {
        switch self {
        case .file(let source): source.input
        case .key(let source): source.input
        }
    }

    /// Nil for a key.
    var path: FilePath? {
        if case .file(let source) = self { source.path } else { nil }
    }

    /// As the record names it.
    var text: String {
        switch self {
        case .file(let source): source.path.text
        case .key(let source): source.uri
        }
    }

    /// What is known to stand in the way.
    var problem: (any CodedError)? {
        switch self {
        case .file(let source): source.problem
        case .key(let source): source.problem
        }
    }
}
