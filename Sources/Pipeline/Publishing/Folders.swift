import Glibc

/// Folders of outputs: only their owner gets in.
enum Folders {
    /// Makes `path` and what is missing above it, with mode 0700. Safe to call from several threads at once.
    ///
    /// - Throws: ``SystemError``.
    static func make(_ path: FilePath) throws {
        if FileStatus(path)?.kind == .folder { return }
        if path.folder != path { try make(path.folder) }
        do {
            _ = try OpenFile.retrying { path.withCString { mkdir($0, 0o700) } }
        } catch let error as SystemError where error.number == EEXIST {
            guard FileStatus(path)?.kind == .folder else { throw SystemError(number: ENOTDIR) }
            return
        }
        try synchronize(path.folder)
    }

    /// Waits until the folder's names are on the disk.
    static func synchronize(_ path: FilePath) throws {
        do {
            try OpenFile(path, O_RDONLY | O_DIRECTORY).synchronize()
        } catch let error as SystemError where error.number == EINVAL {
            // Some network file systems do not sync folders, and have nothing to sync there.
        }
    }
}

/// Holds an output folder for one run, or for all that take shares of the same inputs.
final class FolderLock {
    private let folder: OpenFile

    /// - Throws: ``PipelineError`` `outputBusy` where another run holds it; ``SystemError``.
    init(_ path: FilePath, isShared: Bool = false) throws {
        let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        guard folder.lock(isShared: isShared) else {
            throw PipelineError(
                .outputBusy, "another run works on \(path)\(LockHolder.text(folder))",
                hint: "wait for it (--wait), or choose another output folder")
        }
        self.folder = folder
    }
}
