/// Files that are written once, beside what runs write.
package enum NewFile {
    /// Writes a file with mode 0600 that nobody else has, and makes the folders above it with mode 0700.
    ///
    /// - Throws: ``PipelineError`` `writeFailed`, also where the name is taken.
    package static func write(_ bytes: [UInt8], to path: FilePath) throws(PipelineError) {
        do {
            try Folders.make(path.folder)
            try TemporaryFile.write(to: path, existing: .keep) { try $0.write(bytes) }
        } catch {
            throw PipelineError(writing: path, error)
        }
    }
}

extension FilePath {
    /// Whether the name is taken, by whatever it may be.
    package var isTaken: Bool { FileStatus(self, followingLink: false) != nil }
}
