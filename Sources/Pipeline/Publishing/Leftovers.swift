import Glibc

/// What runs that were killed have left: files that never got their names.
enum Leftovers {
    /// Removes them from folders, not from those inside. Where that cannot be, they stay: they are in nobody's way.
    ///
    /// One that another run still writes is held by it, and stays.
    static func sweep(_ folders: Set<FilePath>) {
        for folder in folders {
            guard let listing = try? FolderListing(folder, isWanted: TemporaryFile.isNamedLikeOne) else { continue }
            for index in 0..<listing.count where !listing[index].isFolder {
                remove(folder.appending(FilePath(listing[index].bytes)))
            }
        }
    }

    private static func remove(_ path: FilePath) {
        guard FileStatus(path, followingLink: false)?.kind == .file,
            let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), file.lock(), isDead(file)
        else { return }
        _ = path.withCString { unlink($0) }
    }

    /// Where only this machine writes to a file system, a lock that is free is a run's that ended. Elsewhere locks may not
    /// reach other machines, and a file counts as left behind when it is older than any run keeps one.
    private static func isDead(_ file: borrowing OpenFile) -> Bool {
        file.isOnLocalFileSystem || isOlderThanAnyRunKeepsIt(file)
    }

    /// Whether nobody has written to a file for so long that no run can be about to.
    static func isOlderThanAnyRunKeepsIt(_ file: borrowing OpenFile) -> Bool {
        var status = stat()
        return fstat(file.descriptor, &status) == 0 && time(nil) - status.st_mtim.tv_sec > patience
    }

    /// In seconds. A run keeps such a file for less than one; two machines' clocks may differ.
    private static let patience = 3_600
}
