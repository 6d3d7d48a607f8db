import Glibc

/// What has been done so far, one JSON object a line, while a run goes on; the manifest is made from it.
///
/// Of each item only its place in the file stays in memory. One queue at a time may use a journal:
/// the recording queue, and after it has ended the run's own thread.
final class Journal {
    let path: FilePath
    private let file: OpenFile
    private var end = 0
    /// By source; a length of 0 where nothing was recorded.
    private var places: [Place]

    private struct Place {
        var offset: Int
        var length: UInt32
        var status: Manifest.Status
    }

    /// - Parameter count: the number of sources.
    /// - Throws: ``PipelineError`` `writeFailed`.
    init(_ path: FilePath, count: Int) throws(PipelineError) {
        self.path = path
        do {
            file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
        } catch {
            throw PipelineError(writing: path, error)
        }
        // Runs with other output folders may have the same manifest. A file system without locks is no reason not to run.
        let isHeld = flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
        guard !isHeld, FileStatus(path)?.identity == FileStatus(file)?.identity else {
            throw PipelineError(
                .outputBusy, "another run writes the manifest beside \(path)",
                hint: "wait for it, or name another manifest")
        }
        guard ftruncate(file.descriptor, 0) == 0 else { throw PipelineError(writing: path, SystemError()) }
        places = Array(repeating: Place(offset: 0, length: 0, status: .failed), count: count)
    }

    /// Writes items in one go.
    ///
    /// - Parameter items: each with its JSON, without a line end.
    /// - Throws: ``PipelineError`` `writeFailed`; the journal then ends with the item before.
    func append(_ items: [(line: [UInt8], source: Int, status: Manifest.Status)]) throws(PipelineError) {
        do {
            try file.write(items.flatMap { $0.line + [UInt8(ascii: "\n")] })
        } catch {
            _ = ftruncate(file.descriptor, end)
            _ = lseek(file.descriptor, end, SEEK_SET)
            throw PipelineError(writing: path, error)
        }
        for item in items {
            places[item.source] = Place(offset: end, length: UInt32(item.line.count), status: item.status)
            end += item.line.count + 1
        }
    }

    /// Calls `body` with each recorded line, in the order of the sources.
    func forEachLine(_ body: ([UInt8]) throws -> Void) throws {
        for place in places where place.length > 0 {
            try body(try file.read(Int(place.length), at: place.offset))
        }
    }

    /// The sources recorded as `status`, in order.
    func sources(_ status: Manifest.Status) -> some Sequence<Int> {
        places.indices.lazy.filter { self.places[$0].length > 0 && self.places[$0].status == status }
    }

    func remove() {
        _ = path.withCString { unlink($0) }
    }
}
