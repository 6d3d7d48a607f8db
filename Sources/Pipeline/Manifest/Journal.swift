import Glibc

/// What has been done so far, one JSON object a line, while a run goes on; the manifest is made from it.
///
/// One queue at a time may use a journal: the recording queue, and before it has begun and after it has ended the run's
/// own thread.
final class Journal {
    let path: FilePath
    let file: SharedFile
    private let digest: Digester
    private var end = 0
    /// Nil before the first line.
    private var lastDigest: String?

    /// Opens the journal, or makes it, and holds it for one run. What is in it stays until ``begin(_:after:)``.
    ///
    /// - Throws: ``PipelineError`` `writeFailed`, `outputBusy`.
    init(_ path: FilePath, _ digest: Digester) throws(PipelineError) {
        self.path = path
        self.digest = digest
        do {
            file = SharedFile(try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644))
        } catch {
            throw PipelineError(writing: path, error)
        }
        // Runs with other output folders may have the same manifest. A run that has just ended has removed its journal.
        let isHeld = !file.file.lock()
        guard !isHeld, FileStatus(path)?.identity == FileStatus(file.file)?.identity else {
            throw Self.isHeld(path, file.file)
        }
    }

    /// One that is there, to be read; it may be something else that has the name. Nil where it cannot be opened.
    static func existing(_ path: FilePath) -> SharedFile? {
        try? SharedFile(OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
    }

    /// - Throws: ``PipelineError`` `outputBusy` where a run holds the journal; ``SystemError`` where it cannot be looked at.
    static func checkForHolder(_ path: FilePath) throws {
        let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard file.lock(isShared: true) else { throw isHeld(path, file) }
    }

    private static func isHeld(_ path: FilePath, _ file: borrowing OpenFile) -> PipelineError {
        PipelineError(
            .outputBusy, "another run writes the manifest beside \(path)\(LockHolder.text(file))",
            hint: "wait for it (--wait), or name another manifest")
    }

    /// Starts or goes on: drops what does not count of what was there, and adds the line of a run.
    ///
    /// - Parameter reading: what there was, where it is to be gone on with.
    /// - Throws: ``PipelineError`` `writeFailed`; what the providers throw.
    func begin(_ run: JournalLine.Run, after reading: JournalReading?) throws {
        end = reading?.end ?? 0
        lastDigest = reading?.lastDigest
        guard ftruncate(file.file.descriptor, end) == 0, lseek(file.file.descriptor, end, SEEK_SET) == end else {
            throw PipelineError(writing: path, SystemError())
        }
        let line = try JournalLine.run(run, previous: lastDigest)
        let digest = try digest.sha256(line)
        try write(line + [UInt8(ascii: "\n")], isDurable: true)
        do { try Folders.synchronize(path.folder) } catch { throw PipelineError(writing: path, error) }
        lastDigest = digest
    }

    /// Writes items in one go.
    ///
    /// - Parameters:
    ///   - items: each as JSON without a line end.
    ///   - isDurable: whether they have to be on the disk when this returns.
    /// - Returns: where in the file the items are.
    /// - Throws: ``PipelineError`` `writeFailed`, what the providers throw; the journal then ends with the item before.
    func append(_ items: [[UInt8]], isDurable: Bool) throws -> [Range<Int>] {
        var bytes: [UInt8] = []
        var places: [Range<Int>] = []
        var digest = lastDigest ?? ""
        for item in items {
            let (line, place) = JournalLine.item(item, previous: digest)
            let start = end + bytes.count
            places.append((start + place.lowerBound)..<(start + place.upperBound))
            digest = try self.digest.sha256(line)
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        try write(bytes, isDurable: isDurable)
        lastDigest = digest
        return places
    }

    private func write(_ bytes: [UInt8], isDurable: Bool) throws(PipelineError) {
        do {
            try file.file.write(bytes)
            if isDurable { try file.file.synchronize() }
        } catch {
            _ = ftruncate(file.file.descriptor, end)
            _ = lseek(file.file.descriptor, end, SEEK_SET)
            throw PipelineError(writing: path, error)
        }
        end += bytes.count
    }

    /// Whether nothing is in it: a run that began has left at least a line.
    var isEmpty: Bool { FileStatus(file.file)?.byteCount == 0 }

    func remove() {
        _ = path.withCString { unlink($0) }
    }
}
