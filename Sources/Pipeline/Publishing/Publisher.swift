import Glibc
import Reissue

/// Puts verified outputs in their places, and nothing else.
struct Publisher: Sendable {
    var overwrite: PipelineConfiguration.Overwrite
    var fileSystem = FileSystem.live

    /// Writes `pfx` to `path` with mode 0600, and makes the folders above it with mode 0700.
    ///
    /// A symbolic link at `path` is never followed: it counts as a file that exists.
    /// - Parameter source: what the output must not be.
    /// - Throws: ``PipelineError`` `outputExists`, `outputIsInput`, `writeFailed`.
    func publish(_ pfx: VerifiedPFX, to path: FilePath, source: FileStatus.Identity) throws(PipelineError) {
        if FileStatus(path)?.identity == source {
            throw PipelineError(
                .outputIsInput, "\(path) is the source itself", hint: "choose another output folder, or change output.name")
        }
        do {
            try Folders.make(path.folder)
            let existing: TemporaryFile.Existing = overwrite == .replace ? .replace : .keep
            try TemporaryFile.write(to: path, existing: existing, fileSystem: fileSystem) { try $0.write(pfx.bytes) }
        } catch let error as SystemError where error.number == EEXIST {
            throw PipelineError(
                .outputExists, "\(path) exists and is not a right conversion of its source",
                hint: "look at what it is; to replace it, set output.overwrite to replace (convert: --overwrite)")
        } catch {
            throw PipelineError(writing: path, error)
        }
    }
}
