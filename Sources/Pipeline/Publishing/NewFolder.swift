import Glibc

/// Folders that appear whole, or not at all.
package enum NewFolder {
    /// Writes files below a folder that does not exist yet or is empty, each with mode 0600.
    ///
    /// - Parameter files: paths below the folder, without `..`.
    /// - Throws: ``PipelineError`` `outputExists`, `writeFailed`.
    package static func write(_ files: [(path: String, bytes: [UInt8])], to folder: FilePath) throws(PipelineError) {
        let folder = FilePath.workingFolder().appending(folder)
        let temporary = folder.folder.appending(".recapi-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp")
        var isMoved = false
        defer { if !isMoved { remove(files.map(\.path), below: temporary) } }
        for file in files { try NewFile.write(file.bytes, to: temporary.appending(file.path)) }
        do {
            // An empty folder in the place is replaced; anything else stays.
            _ = try OpenFile.retrying { temporary.withCString { old in folder.withCString { rename(old, $0) } } }
            isMoved = true
            try Folders.synchronize(folder.folder)
        } catch let error as SystemError where [EEXIST, ENOTEMPTY, ENOTDIR].contains(error.number) {
            throw PipelineError(
                .outputExists, "\(folder) exists already",
                hint: "name a folder that does not exist, or is empty, or remove it")
        } catch {
            throw PipelineError(writing: folder, error)
        }
    }

    private static func remove(_ paths: [String], below folder: FilePath) {
        var folders: Set<FilePath> = [folder]
        for path in paths.map(folder.appending) {
            _ = path.withCString { unlink($0) }
            var parent = path.folder
            while parent != folder, folders.insert(parent).inserted { parent = parent.folder }
        }
        for folder in folders.sorted(by: { $0.bytes.count > $1.bytes.count }) { _ = folder.withCString { rmdir($0) } }
    }
}
