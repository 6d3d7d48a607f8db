import Glibc

/// Finds the files of a configuration's inputs.
///
/// What cannot be looked into becomes a source with a problem, which fails by itself while the others go on.
struct Discovery {
    private let outputFolder: FileStatus.Identity?
    private var sources = SourceList()

    // Of the input in hand.
    private var input = 0
    private var isWanted: (ArraySlice<UInt8>) -> Bool = { _ in true }
    private var recursive = true
    private var seenFiles: Set<FileStatus.Identity> = []
    private var seenFolders: Set<FileStatus.Identity> = []

    /// The sources of all inputs, sorted by path; the output folder is left out where it is inside an input's folder.
    ///
    /// - Throws: ``PipelineError`` `configurationInvalid` where an input is the output folder itself.
    static func sources(of configuration: PipelineConfiguration) throws(PipelineError) -> SourceList {
        var discovery = Discovery(outputFolder: FileStatus(configuration.output.directory)?.identity)
        for (index, input) in configuration.inputs.enumerated() {
            try discovery.discover(input, index)
        }
        discovery.sources.sort()
        return discovery.sources
    }

    private init(outputFolder: FileStatus.Identity?) {
        self.outputFolder = outputFolder
    }

    private mutating func discover(_ input: PipelineConfiguration.Input, _ index: Int) throws(PipelineError) {
        let patterns = input.match.map { NamePattern($0.utf8, ignoresCase: true) }
        self.input = index
        isWanted = { name in patterns.contains { $0.matches(name) } }
        recursive = input.recursive
        seenFiles = []
        seenFolders = []
        switch input.location {
        case .path(let path): try discover(path)
        case .list(let list): try discover(list: list)
        case .token: break
        }
    }

    private mutating func discover(_ path: FilePath) throws(PipelineError) {
        if FileStatus(path, followingLink: false) == nil, NamePattern.isPattern(path.bytes) {
            try expand(path)
        } else {
            try take(path, relativeStart: relativeStart(below: path.folder), isExplicit: true)
        }
    }

    private mutating func discover(list: FilePath) throws(PipelineError) {
        let text: [UInt8]
        do {
            text = try FileReader(byteLimit: 1 << 30).read(list).bytes
        } catch {
            let number: Int32 = error.code == .notFound ? ENOENT : EIO
            sources.append(list, relativeStart: nil, input: input, problem: .missing(SystemError(number: number)))
            return
        }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if !line.isEmpty { try take(list.folder.appending(FilePath(line)), relativeStart: nil, isExplicit: true) }
        }
    }

    /// Takes a file as it is, and what is wanted of a folder.
    private mutating func take(_ path: FilePath, relativeStart: Int?, isExplicit: Bool) throws(PipelineError) {
        guard let status = FileStatus(path) else {
            sources.append(path, relativeStart: relativeStart, input: input, problem: .missing(SystemError()))
            return
        }
        guard status.kind == .folder else { return takeFile(path, status, relativeStart: relativeStart) }
        if status.identity == outputFolder {
            guard isExplicit else { return }
            throw PipelineError(
                .configurationInvalid, "inputs[\(input)]: \(path) is the output folder",
                hint: "choose an output folder of its own")
        }
        let isInputFolder = isExplicit && relativeStart != nil
        walk(path, status.identity, relativeStart: isInputFolder ? self.relativeStart(below: path) : relativeStart)
    }

    private mutating func takeFile(_ path: FilePath, _ status: FileStatus, relativeStart: Int?) {
        // Hard links are files of their own, each with its own name; a file reached through symbolic links is one.
        let isNew = status.linkCount > 1 || seenFiles.insert(status.identity).inserted
        if isNew { sources.append(path, relativeStart: relativeStart, input: input) }
    }

    private struct Level {
        var path: FilePath
        var identity: FileStatus.Identity
        var listing: FolderListing
        var next = 0
    }

    /// Walks a folder in the order of paths. Not by recursion: a hostile tree can be deeper than a stack.
    private mutating func walk(_ folder: FilePath, _ identity: FileStatus.Identity, relativeStart: Int?) {
        var levels: [Level] = []
        enter(folder, identity, &levels, relativeStart)
        while let level = levels.last {
            guard level.next < level.listing.count else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].next += 1
            let name = level.listing[level.next]
            let path = level.path.appending(FilePath(name.bytes))
            guard let status = FileStatus(path) else {
                sources.append(path, relativeStart: relativeStart, input: input, problem: .missing(SystemError()))
                continue
            }
            if status.kind != .folder {
                takeFile(path, status, relativeStart: relativeStart)
            } else if recursive, status.identity != outputFolder {
                enter(path, status.identity, &levels, relativeStart)
            }
        }
    }

    private mutating func enter(
        _ path: FilePath, _ identity: FileStatus.Identity, _ levels: inout [Level], _ relativeStart: Int?
    ) {
        if levels.contains(where: { $0.identity == identity }) {
            sources.append(path, relativeStart: relativeStart, input: input, problem: .symlinkLoop)
            return
        }
        guard seenFolders.insert(identity).inserted else { return }
        do {
            levels.append(Level(path: path, identity: identity, listing: try FolderListing(path, isWanted: isWanted)))
        } catch {
            let error = error as? SystemError ?? SystemError(number: EIO)
            sources.append(path, relativeStart: relativeStart, input: input, problem: .unreadableFolder(error))
        }
    }

    /// Expands a pattern name by name; the folder before the first pattern is the input's.
    private mutating func expand(_ pattern: FilePath) throws(PipelineError) {
        let names = pattern.bytes.split(separator: UInt8(ascii: "/"))
        let fixed = names.prefix { !NamePattern.isPattern($0) }
        let base = FilePath([UInt8(ascii: "/")] + Array(fixed.joined(separator: [UInt8(ascii: "/")])))
        try expand(names[fixed.endIndex...], in: base, relativeStart: relativeStart(below: base))
    }

    private mutating func expand(
        _ names: ArraySlice<ArraySlice<UInt8>>, in folder: FilePath, relativeStart: Int
    ) throws(PipelineError) {
        guard let name = names.first else {
            return try take(folder, relativeStart: relativeStart, isExplicit: false)
        }
        guard NamePattern.isPattern(name) else {
            let next = folder.appending(FilePath(name))
            if FileStatus(next, followingLink: false) != nil {
                try expand(names.dropFirst(), in: next, relativeStart: relativeStart)
            }
            return
        }
        let pattern = NamePattern(name)
        let listing: FolderListing
        do {
            listing = try FolderListing(folder) { pattern.matches($0, hidingDots: true) }
        } catch {
            let error = error as? SystemError ?? SystemError(number: EIO)
            if error.number != ENOTDIR {
                sources.append(folder, relativeStart: relativeStart, input: input, problem: .unreadableFolder(error))
            }
            return
        }
        for index in 0..<listing.count where pattern.matches(listing[index].bytes, hidingDots: true) {
            let next = folder.appending(FilePath(listing[index].bytes))
            if FileStatus(next)?.identity == outputFolder, outputFolder != nil { continue }
            try expand(names.dropFirst(), in: next, relativeStart: relativeStart)
        }
    }

    private func relativeStart(below folder: FilePath) -> Int {
        folder.bytes.last == UInt8(ascii: "/") ? folder.bytes.count : folder.bytes.count + 1
    }
}
