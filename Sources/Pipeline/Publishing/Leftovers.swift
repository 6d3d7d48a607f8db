import Glibc

/// What runs that were killed have left: files that never got their names.
enum Leftovers {
    private static let pattern = NamePattern(".recapi-*.tmp".utf8)

    /// Removes them from a folder. Where that cannot be, they stay: they are in nobody's way.
    ///
    /// One that a run still writes is held by it, and stays.
    /// - Parameter recursive: whether from folders inside as well; symbolic links are not followed.
    static func sweep(_ folder: FilePath, recursive: Bool) {
        var folders = [folder]
        while let folder = folders.popLast() {
            guard let listing = try? FolderListing(folder, isWanted: { pattern.matches($0) }) else { continue }
            for index in 0..<listing.count {
                let path = folder.appending(FilePath(listing[index].bytes))
                if listing[index].isFolder {
                    if recursive, FileStatus(path, followingLink: false)?.kind == .folder { folders.append(path) }
                } else {
                    remove(path)
                }
            }
        }
    }

    private static func remove(_ path: FilePath) {
        guard TemporaryFile.isNamedLikeOne(path.name), FileStatus(path, followingLink: false)?.kind == .file,
            let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), file.lock()
        else { return }
        _ = path.withCString { unlink($0) }
    }
}
