import Glibc

/// What `stat` says of a file, as far as this module asks.
struct FileStatus {
    /// Two names of one file have one identity.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    enum Kind {
        case file
        case folder
        case symbolicLink
        case other
    }

    let identity: Identity
    let kind: Kind
    let byteCount: Int
    let linkCount: Int
    let permissions: mode_t
    let owner: uid_t

    /// - Returns: nil with `errno` set where the system says no.
    init?(_ path: FilePath, followingLink: Bool = true) {
        var status = stat()
        let result = path.withCString { followingLink ? stat($0, &status) : lstat($0, &status) }
        guard result == 0 else { return nil }
        self.init(status)
    }

    init?(_ file: borrowing OpenFile) {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            default: .other
            }
        byteCount = Int(status.st_size)
        linkCount = Int(status.st_nlink)
        permissions = status.st_mode & 0o7777
        owner = status.st_uid
    }
}
