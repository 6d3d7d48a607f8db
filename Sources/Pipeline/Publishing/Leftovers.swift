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
            let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), file.lock()
        else { return }
        _ = path.withCString { unlink($0) }
    }
}
