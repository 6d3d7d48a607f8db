import Glibc

/// The names in a folder, sorted by their bytes, each with its kind.
struct FolderListing {
    struct Name {
        var bytes: ArraySlice<UInt8>
        var isFolder: Bool
    }

    private struct Entry {
        var offset: Int
        var length: UInt16
        var isFolder: Bool

        var range: Range<Int> { offset..<(offset + Int(length)) }
    }

    // One array for all names: a folder may hold very many.
    private var arena: [UInt8] = []
    private var entries: [Entry] = []

    /// - Parameter isWanted: called with the name of each thing that is not a folder.
    /// - Throws: ``SystemError``.
    init(_ folder: FilePath, isWanted: (ArraySlice<UInt8>) -> Bool) throws {
        guard let stream = folder.withCString({ opendir($0) }) else { throw SystemError() }
        defer { closedir(stream) }
        errno = 0
        while let entry = readdir(stream) {
            append(entry, in: stream, isWanted: isWanted)
            errno = 0
        }
        guard errno == 0 else { throw SystemError() }
        // A folder sorts as if its name ended with a slash, so that whole paths come in the order of their bytes.
        let arena = arena
        entries.sort { Self.precedes($0, $1, in: arena) }
    }

    var count: Int { entries.count }

    subscript(index: Int) -> Name { Name(bytes: arena[entries[index].range], isFolder: entries[index].isFolder) }

    private mutating func append(
        _ entry: UnsafeMutablePointer<dirent>, in stream: OpaquePointer, isWanted: (ArraySlice<UInt8>) -> Bool
    ) {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            let start = UnsafeRawPointer(pointer)
            let length = strlen(start.assumingMemoryBound(to: CChar.self))
            let name = UnsafeRawBufferPointer(start: start, count: length)
            guard !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else { return }
            let isFolder = Self.isFolder(entry.pointee.d_type, start.assumingMemoryBound(to: CChar.self), stream)
            guard isFolder || isWanted(Array(name)[...]) else { return }
            entries.append(Entry(offset: arena.count, length: UInt16(length), isFolder: isFolder))
            arena += name
        }
    }

    /// Follows symbolic links.
    private static func isFolder(_ type: UInt8, _ name: UnsafePointer<CChar>, _ stream: OpaquePointer) -> Bool {
        if type == UInt8(DT_DIR) { return true }
        guard type == UInt8(DT_LNK) || type == UInt8(DT_UNKNOWN) else { return false }
        var status = stat()
        return fstatat(dirfd(stream), name, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func precedes(_ left: Entry, _ right: Entry, in arena: [UInt8]) -> Bool {
        var index = 0
        while let second = byte(at: index, of: right, in: arena) {
            guard let first = byte(at: index, of: left, in: arena) else { return true }
            if first != second { return first < second }
            index += 1
        }
        return false
    }

    private static func byte(at index: Int, of entry: Entry, in arena: [UInt8]) -> UInt8? {
        if index < entry.length { return arena[entry.offset + index] }
        return index == entry.length && entry.isFolder ? UInt8(ascii: "/") : nil
    }
}
