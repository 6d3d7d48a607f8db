import CFileSystem
import Glibc

/// A file that appears under its name whole, or not at all: written beside it, then synced, then moved there.
///
/// One queue at a time uses it. What has not been moved is removed when this goes.
final class TemporaryFile: Sendable {
    /// What happens to a file that has the name already.
    enum Existing: Equatable {
        case keep
        case replace
        /// It goes where it is these bytes still, and stays where somebody else has put something in its place.
        case replaceOnly([UInt8])
    }

    private let folder: OpenFolder
    private let name: FilePath
    private let temporary: FilePath
    private let file: OpenFile
    private let fileSystem: FileSystem

    /// Makes an empty file.
    ///
    /// - Throws: ``SystemError``.
    init(in folder: OpenFolder, for name: FilePath, mode: mode_t = 0o600, fileSystem: FileSystem = .live) throws {
        self.folder = folder
        self.name = name
        self.fileSystem = fileSystem
        var temporary = FilePath("")
        file = try Self.make(in: folder, mode, &temporary)
        self.temporary = temporary
    }

    /// Held from the start, so that nobody takes it for one of a run that died. Another run that sweeps may have got hold of it
    /// before, and then it goes.
    private static func make(in folder: OpenFolder, _ mode: mode_t, _ name: inout FilePath) throws -> OpenFile {
        for _ in 0..<100 {
            name = FilePath(".recapi-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp")
            let file = try folder.file.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            if file.lock(), FileStatus(file)?.linkCount != 0 { return file }
        }
        throw SystemError(number: EAGAIN)
    }

    /// Whether a name is one that only such files have.
    static func isNamedLikeOne(_ name: ArraySlice<UInt8>) -> Bool {
        let (head, tail) = (Array(".recapi-".utf8), Array(".tmp".utf8))
        let digits = name.dropFirst(head.count).dropLast(tail.count)
        return name.starts(with: head) && name.suffix(tail.count).elementsEqual(tail) && (1...16).contains(digits.count)
            && digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    deinit {
        // After a rename there is nothing of this name left to remove.
        temporary.withCString { _ = unlinkat(folder.file.descriptor, $0, 0) }
    }

    /// Does all of it at once.
    ///
    /// - Throws: ``SystemError``, `EEXIST` for `existing` `.keep` where the name is taken; what `body` throws.
    static func write(
        to path: FilePath, mode: mode_t = 0o600, existing: Existing = .replace,
        _ body: (TemporaryFile) throws -> Void
    ) throws {
        let file = try TemporaryFile(in: try OpenFolder(path.folder), for: FilePath(path.name), mode: mode)
        try body(file)
        try file.synchronize()
        try file.move(existing)
    }

    func write(_ bytes: some Collection<UInt8>) throws {
        try file.write(bytes)
    }

    /// Has the disk begin with what was written. It is a hint: ``synchronize()`` is what counts.
    func startWriteBack() {
        // Linux writes pages back before it drops them; sync_file_range would say it plainer, but Swift does not see it.
        _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Waits until what was written is on the disk.
    func synchronize() throws {
        try fileSystem.synchronize(file.descriptor)
    }

    /// Gives the file its name.
    ///
    /// - Throws: ``SystemError``, `EEXIST` for `existing` `.keep` where the name is taken, and for `.replaceOnly` where
    ///   another file has it, `ENOENT` where the folder is no longer at its path. It can be called again then.
    func move(_ existing: Existing) throws {
        guard folder.isInPlace else { throw SystemError(number: ENOENT) }
        switch existing {
        case .replace: try fileSystem.rename(folder.file.descriptor, temporary, name)
        case .replaceOnly(let bytes): try moveReplacing(bytes)
        case .keep: try moveKeeping()
        }
    }

    /// No system call replaces a file only where it is a certain one. Who wants to holds it meanwhile, so that of two the
    /// second finds another file; who cannot get hold of it for long has come second as well.
    private func moveReplacing(_ expected: [UInt8]) throws {
        let old: OpenFile
        do {
            old = try folder.file.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch let error as SystemError where error.number == ENOENT {
            return try moveKeeping()
        } catch let error as SystemError where error.number == ELOOP {
            throw SystemError(number: EEXIST)
        }
        let another = SystemError(number: EEXIST)
        guard let status = FileStatus(old), status.kind == .file, status.byteCount == expected.count,
            try old.read(expected.count, at: 0) == expected
        else { throw another }
        var patience = 200
        while !old.lock() {
            patience -= 1
            guard patience > 0 else { throw another }
            usleep(10_000)
        }
        guard FileStatus(folder.path.appending(name), followingLink: false)?.identity == status.identity else {
            throw another
        }
        try fileSystem.rename(folder.file.descriptor, temporary, name)
    }

    /// Neither a hard link nor a rename that is told not to replace ever replaces. Where a file system has neither, an empty file
    /// made for the purpose holds the name.
    ///
    /// The rename is one step, where a link and its removal are two. But only local file systems are trusted with it: SMB
    /// servers are not told, and replace what another machine has just put there.
    private func moveKeeping() throws {
        let hasNot = [EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EINVAL]
        let (first, second) =
            folder.isLocal ? (fileSystem.renameNew, fileSystem.link) : (fileSystem.link, fileSystem.renameNew)
        do {
            do {
                try first(folder.file.descriptor, temporary, name)
            } catch let error as SystemError where hasNot.contains(error.number) {
                try second(folder.file.descriptor, temporary, name)
            }
        } catch let error as SystemError where hasNot.contains(error.number) {
            _ = try folder.file.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            do {
                try fileSystem.rename(folder.file.descriptor, temporary, name)
            } catch {
                name.withCString { _ = unlinkat(folder.file.descriptor, $0, 0) }
                throw error
            }
        }
    }
}

/// The calls that file systems differ in.
struct FileSystem: Sendable {
    /// Gives a file in a folder a second name; fails with `EEXIST` where that is taken.
    var link: @Sendable (_ folder: Int32, _ old: FilePath, _ new: FilePath) throws -> Void
    /// Renames a file in a folder; fails with `EEXIST` where the name is taken.
    var renameNew: @Sendable (_ folder: Int32, _ old: FilePath, _ new: FilePath) throws -> Void
    /// Renames a file in a folder, replacing what has the name.
    var rename: @Sendable (_ folder: Int32, _ old: FilePath, _ new: FilePath) throws -> Void
    /// Waits until a file is on the disk.
    var synchronize: @Sendable (_ file: Int32) throws -> Void

    static let live = FileSystem(
        link: { folder, old, new in
            let call = { old.withCString { old in new.withCString { linkat(folder, old, folder, $0, 0) } } }
            _ = try OpenFile.retrying(call)
        },
        renameNew: { folder, old, new in
            let call = { old.withCString { old in new.withCString { recapi_rename_new(folder, old, $0) } } }
            _ = try OpenFile.retrying(call)
        },
        rename: { folder, old, new in
            let call = { old.withCString { old in new.withCString { renameat(folder, old, folder, $0) } } }
            _ = try OpenFile.retrying(call)
        },
        synchronize: { file in
            _ = try OpenFile.retrying { fsync(file) }
        })
}
