import Glibc
import Reissue

/// Puts verified outputs in their places, and nothing else.
struct Publisher: Sendable {
    var overwrite: PipelineConfiguration.Overwrite
    var fileSystem = FileSystem.live
    private let folders = OutputFolders()

    init(overwrite: PipelineConfiguration.Overwrite, fileSystem: FileSystem = .live) {
        self.overwrite = overwrite
        self.fileSystem = fileSystem
    }

    /// An output that is written, but neither on the disk for certain nor under its name. It is removed when this goes
    /// without ``Publisher/commit(_:)``.
    struct Staged: Sendable {
        fileprivate let path: FilePath
        fileprivate let file: TemporaryFile
        fileprivate let source: FileStatus.Identity?
        fileprivate var existing: TemporaryFile.Existing
    }

    /// What was in an output's place when it was made.
    enum Seen {
        case nothing
        case file([UInt8])
        /// Nobody looked.
        case unknown
    }

    /// Writes `pfx` beside `path` with mode 0600, and makes the folders above it with mode 0700.
    ///
    /// - Parameters:
    ///   - source: what the output must not be; nil where the source is no file.
    ///   - mayReplace: whether what is there may go, whatever the configuration says of such files.
    ///   - seen: what may go; another run may put something there meanwhile, and who is first stays.
    /// - Throws: ``PipelineError`` `outputIsInput`, `writeFailed`.
    func stage(
        _ pfx: VerifiedPFX, for path: FilePath, source: FileStatus.Identity?, mayReplace: Bool = false,
        seen: Seen = .unknown
    ) throws(PipelineError) -> Staged {
        let existing = overwrite == .replace || mayReplace ? seen.mayGo : .keep
        if existing != .keep, let source, FileStatus(path)?.identity == source { throw outputIsInput(path) }
        do {
            let file = try TemporaryFile(
                in: try folders.open(path.folder), for: FilePath(path.name), fileSystem: fileSystem)
            try file.write(pfx.bytes)
            return Staged(path: path, file: file, source: source, existing: existing)
        } catch {
            throw PipelineError(writing: path, error)
        }
    }

    /// Syncs outputs, and gives each its name after that.
    ///
    /// All are on their way to the disk before the first is waited for: the file system's journal then takes them in
    /// one go, and most of the time and work of a sync is spent once instead of for each output.
    /// A symbolic link at an output's path is never followed: it counts as a file that exists.
    /// - Returns: for each output nil, or why it is not in its place: ``PipelineError`` `outputExists`,
    ///   `outputIsInput`, `writeFailed`. What one fails with is not the others' concern.
    func commit(_ outputs: [Staged]) -> [PipelineError?] {
        if outputs.count > 1 {
            for output in outputs { output.file.startWriteBack() }
        }
        let failures = outputs.map { output in
            failure(of: output) { try output.file.synchronize() }
        }
        return zip(outputs, failures).map { output, failure in
            failure ?? self.failure(of: output) { try output.file.move(output.existing) }
        }
    }

    /// Has an output take the place of whatever is there, where the configuration says so of such files.
    ///
    /// - Returns: as ``commit(_:)``; nil as well where it does not, and nothing was done.
    func overrule(_ output: Staged) -> (isDone: Bool, failure: PipelineError?) {
        guard overwrite == .replace else { return (false, nil) }
        var output = output
        output.existing = .replace
        return (true, failure(of: output) { try output.file.move(.replace) })
    }

    private func failure(of output: Staged, _ body: () throws -> Void) -> PipelineError? {
        let path = output.path
        do {
            try body()
            return nil
        } catch let error as SystemError where error.number == EEXIST {
            if let source = output.source, FileStatus(path)?.identity == source { return outputIsInput(path) }
            return PipelineError(
                .outputExists, "\(path) exists and is not a right conversion of its source",
                hint: "look at what it is; to replace it, set output.overwrite to replace (convert: --overwrite)")
        } catch {
            return PipelineError(writing: path, error)
        }
    }

    private func outputIsInput(_ path: FilePath) -> PipelineError {
        PipelineError(
            .outputIsInput, "\(path) is the source itself", hint: "choose another output folder, or change output.name")
    }
}

extension Publisher.Seen {
    fileprivate var mayGo: TemporaryFile.Existing {
        switch self {
        case .nothing: .keep
        case .file(let bytes): .replaceOnly(bytes)
        case .unknown: .replace
        }
    }
}
