import Glibc
import Synchronization

/// A folder that stays the same one while it is open, whatever becomes of its path.
final class OpenFolder: Sendable {
    let path: FilePath
    let file: OpenFile
    let isLocal: Bool
    private let identity: FileStatus.Identity

    /// - Parameter isLocal: whether it is on a local file system; nil to look.
    /// - Throws: ``SystemError``.
    init(_ path: FilePath, isLocal: Bool? = nil) throws {
        self.path = path
        file = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        self.isLocal = isLocal ?? file.isOnLocalFileSystem
        guard let status = FileStatus(file) else { throw SystemError() }
        identity = status.identity
    }

    /// Whether the path still leads here: the folder may have been removed, renamed or replaced.
    var isInPlace: Bool { FileStatus(path)?.identity == identity }
}

/// Makes and opens the folders of outputs. The last one stays open, since outputs come folder by folder.
final class OutputFolders: Sendable {
    // Asked by all workers.
    private let last = Mutex<OpenFolder?>(nil)

    /// - Throws: ``SystemError``.
    func open(_ path: FilePath) throws -> OpenFolder {
        if let last = last.withLock({ $0 }), last.path == path, last.isInPlace { return last }
        try Folders.make(path)
        let folder = try OpenFolder(path)
        last.withLock { $0 = folder }
        return folder
    }
}
