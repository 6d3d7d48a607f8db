import Glibc

/// Files that appear under their name whole, or not at all.
enum TemporaryFile {
    /// What happens to a file that has the name already.
    enum Existing {
        case keep
        case replace
    }

    /// Writes beside `path`, waits until that is on the disk, and moves it there. Nothing is left after a failure.
    ///
    /// - Throws: ``SystemError``, `EEXIST` for `existing` `.keep` where the name is taken; what `body` throws.
    static func write(
        to path: FilePath, mode: mode_t = 0o600, existing: Existing = .replace, fileSystem: FileSystem = .live,
        _ body: (borrowing OpenFile) throws -> Void
    ) throws {
        let folder = try OpenFile(path.folder, O_RDONLY | O_DIRECTORY)
        let name = FilePath(path.name)
        let temporary = FilePath(".recapi-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp")
        let file = try folder.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        // After a rename there is nothing of this name left to remove.
        defer { temporary.withCString { _ = unlinkat(folder.descriptor, $0, 0) } }
        try body(file)
        try file.synchronize()
        switch existing {
        case .replace: try fileSystem.rename(folder.descriptor, temporary, name)
        case .keep: try moveKeeping(temporary, to: name, in: folder, fileSystem)
        }
    }

    /// A hard link never replaces. Where a file system has none, an empty file made for the purpose holds the name.
    private static func moveKeeping(
        _ temporary: FilePath, to name: FilePath, in folder: borrowing OpenFile, _ fileSystem: FileSystem
    ) throws {
        do {
            try fileSystem.link(folder.descriptor, temporary, name)
        } catch let error as SystemError where [EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EINVAL].contains(error.number) {
            _ = try folder.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            do {
                try fileSystem.rename(folder.descriptor, temporary, name)
            } catch {
                name.withCString { _ = unlinkat(folder.descriptor, $0, 0) }
                throw error
            }
        }
    }
}

/// The calls that file systems differ in.
struct FileSystem: Sendable {
    /// Gives a file in a folder a second name; fails with `EEXIST` where that is taken.
    var link: @Sendable (_ folder: Int32, _ old: FilePath, _ new: FilePath) throws -> Void
    /// Renames a file in a folder, replacing what has the name.
    var rename: @Sendable (_ folder: Int32, _ old: FilePath, _ new: FilePath) throws -> Void

    static let live = FileSystem(
        link: { folder, old, new in
            let call = { old.withCString { old in new.withCString { linkat(folder, old, folder, $0, 0) } } }
            _ = try OpenFile.retrying(call)
        },
        rename: { folder, old, new in
            let call = { old.withCString { old in new.withCString { renameat(folder, old, folder, $0) } } }
            _ = try OpenFile.retrying(call)
        })
}
