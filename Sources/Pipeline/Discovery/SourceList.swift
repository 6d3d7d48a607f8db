/// The files of a run, in the order of their paths' bytes, as compactly as they can be kept: a run may have millions.
///
/// A source costs the bytes of its path and 16 more.
struct SourceList: Sendable {
    /// One source, or what stood in the way of finding some.
    struct Source: Sendable {
        var path: FilePath
        var input: Int
        /// The source's folder below its input's, without slashes at its ends.
        var folder: ArraySlice<UInt8>
        /// Why there is no file to read here; nil where there is one, as far as is known.
        var problem: PipelineError?
    }

    /// What discovery can find wrong with a path before it is read.
    enum Problem {
        case symlinkLoop
        case unreadableFolder(SystemError)
        case missing(SystemError)
    }

    private struct Entry {
        var offset: Int
        var length: UInt16
        /// Where the path below the input's folder starts.
        var relativeStart: UInt16
        var input: UInt16
        /// 0, or a `Problem`; see `encode(_:)`.
        var problem: Int16

        var range: Range<Int> { offset..<(offset + Int(length)) }
    }

    private var arena: [UInt8] = []
    private var entries: [Entry] = []
    /// Takes the place of `relativeStart` where the folder is not a part of the path as it is written.
    private static let namedByText = UInt16.max

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// - Parameters:
    ///   - relativeStart: where the path below the input's folder starts; nil to name it by its text alone, as paths
    ///     of lists are: below the folder of the list, or else below `/`.
    mutating func append(_ path: FilePath, relativeStart: Int?, input: Int, problem: Problem? = nil) {
        // Nothing longer than PATH_MAX can be opened, so what is cut off here could not be read anyway.
        let bytes = path.bytes.prefix(Int(UInt16.max) - 1)
        let start = relativeStart.map { UInt16(min($0, bytes.count)) } ?? Self.namedByText
        entries.append(
            Entry(
                offset: arena.count, length: UInt16(bytes.count), relativeStart: start, input: UInt16(input),
                problem: Self.encode(problem)))
        arena += bytes
    }

    /// Sorts by path, then by input, and keeps one of each path that an input reaches twice.
    mutating func sort() {
        let arena = arena
        entries.sort { left, right in
            let (leftPath, rightPath) = (arena[left.range], arena[right.range])
            if leftPath.lexicographicallyPrecedes(rightPath) { return true }
            return leftPath.elementsEqual(rightPath) && left.input < right.input
        }
        var kept = 0
        for entry in entries {
            if kept > 0, entries[kept - 1].input == entry.input,
                arena[entries[kept - 1].range].elementsEqual(arena[entry.range])
            {
                continue
            }
            entries[kept] = entry
            kept += 1
        }
        entries.removeLast(entries.count - kept)
    }

    /// Drops the sources that are not wanted, and gives back what they took.
    mutating func keep(_ isWanted: (_ index: Int) throws -> Bool) rethrows {
        var kept = SourceList()
        for (index, entry) in entries.enumerated() where try isWanted(index) {
            var entry = entry
            let path = arena[entry.range]
            entry.offset = kept.arena.count
            kept.arena += path
            kept.entries.append(entry)
        }
        self = kept
    }

    /// - Parameter listFolders: the folder of each input's list, where it has one.
    func source(at index: Int, listFolders: [FilePath?]) -> Source {
        let entry = entries[index]
        let path = FilePath(arena[entry.range])
        return Source(
            path: path, input: Int(entry.input), folder: folder(of: entry, path, listFolders[Int(entry.input)]),
            problem: Self.decode(entry.problem, path))
    }

    func hasPath(_ path: FilePath, at index: Int) -> Bool {
        index < entries.count && arena[entries[index].range].elementsEqual(path.bytes)
    }

    /// The first source whose path does not sort before `path`.
    func firstIndex(notBefore path: FilePath) -> Int {
        var range = 0..<entries.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if arena[entries[middle].range].lexicographicallyPrecedes(path.bytes) {
                range = (middle + 1)..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    func input(at index: Int) -> Int { Int(entries[index].input) }

    private func folder(of entry: Entry, _ path: FilePath, _ listFolder: FilePath?) -> ArraySlice<UInt8> {
        if entry.relativeStart != Self.namedByText {
            let relative = path.bytes[min(Int(entry.relativeStart), path.bytes.count)...]
            return relative.lastIndex(of: UInt8(ascii: "/")).map { relative[..<$0] } ?? []
        }
        let folder = path.withoutParentReferences.folder
        guard let listFolder = listFolder?.withoutParentReferences else { return folder.bytes.dropFirst() }
        return folder == listFolder ? [] : folder.relative(to: listFolder) ?? folder.bytes.dropFirst()
    }

    private static func encode(_ problem: Problem?) -> Int16 {
        switch problem {
        case nil: 0
        case .symlinkLoop: Int16.max
        case .unreadableFolder(let error): Int16(clamping: error.number)
        case .missing(let error): -Int16(clamping: error.number)
        }
    }

    private static func decode(_ problem: Int16, _ path: FilePath) -> PipelineError? {
        switch problem {
        case 0:
            return nil
        case Int16.max:
            return PipelineError(.symlinkLoop, "\(path) is a symbolic link to a folder that it is in")
        case 1...:
            let error = SystemError(number: Int32(problem))
            return PipelineError(
                error.mayPass ? .storageUnavailable : .folderUnreadable,
                "the folder \(path) cannot be read: \(error.text)")
        default:
            return PipelineError(reading: path, SystemError(number: -Int32(problem)))
        }
    }
}
