import Glibc

/// Files that each run writes anew, beside what it converts.
package enum ReplacedFile {
    /// Writes beside `path`, syncs, and renames, so that whoever reads it finds the old file or the new one, and makes the
    /// folders above it with mode 0700. What runs that were killed at that have left in the folder goes.
    ///
    /// - Throws: ``PipelineError`` `writeFailed`.
    package static func write(_ bytes: [UInt8], to path: FilePath, mode: mode_t = 0o644) throws(PipelineError) {
        do {
            try Folders.make(path.folder)
            Leftovers.sweep([path.folder])
            try TemporaryFile.write(to: path, mode: mode) { try $0.write(bytes) }
        } catch {
            throw PipelineError(writing: path, error)
        }
    }
}
