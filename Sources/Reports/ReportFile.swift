import Pipeline

/// A report's place on the disk. What is there and is no earlier report of the same kind stays as it is: sources, outputs
/// and manifests lie in the same folders.
public struct ReportFile: Sendable {
    public enum Kind: Sendable {
        case metrics
        case junit
        case html

        /// What one of ours has near its beginning.
        var mark: String {
            switch self {
            case .metrics: "# HELP recapi_"
            case .junit: #"<testsuites name="recapi""#
            case .html: #"<meta name="generator" content="recapi "#
            }
        }

        /// For people.
        var name: String {
            switch self {
            case .metrics: "metrics file"
            case .junit: "JUnit file"
            case .html: "report"
            }
        }
    }

    public let kind: Kind
    public let path: FilePath

    /// - Parameter path: below the working folder unless absolute.
    public init(_ kind: Kind, at path: String) {
        self.kind = kind
        self.path = FilePath.workingFolder().appending(FilePath(path))
    }

    /// What an earlier run wrote there; nil where there is nothing.
    ///
    /// - Throws: ``PipelineError`` `outputExists` where there is something else; `readFailed`.
    @discardableResult
    public func earlier() throws(PipelineError) -> [UInt8]? {
        guard path.isTaken else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try FileReader(byteLimit: .max >> 1).read(path, followingLink: false).bytes
        } catch {
            throw error.code == .notARegularFile || error.code == .symlinkLoop ? isSomethingElse() : error
        }
        let isOurs = bytes.isEmpty || String(decoding: bytes.prefix(1_024), as: UTF8.self).contains(kind.mark)
        guard isOurs else { throw isSomethingElse() }
        return bytes
    }

    /// Puts a report in its place, whole or not at all.
    ///
    /// - Throws: ``PipelineError`` `outputExists`, `readFailed`, `writeFailed`.
    public func write(_ text: String) throws(PipelineError) {
        try earlier()
        try ReplacedFile.write(Array(text.utf8), to: path)
    }

    private func isSomethingElse() -> PipelineError {
        PipelineError(
            .outputExists, "\(path) exists and is no \(kind.name) that recapi wrote",
            hint: "choose another path; only earlier reports are replaced")
    }
}
