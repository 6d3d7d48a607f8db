import FoundationEssentials
import Glibc

/// Writes a manifest without holding its items.
enum ManifestWriter {
    /// Writes beside `path`, syncs, and renames, so that there is a whole manifest at `path` or the one before.
    ///
    /// - Parameters:
    ///   - forEachItem: calls its argument with each item, as JSON without blanks.
    ///   - forEachGone: as `forEachItem`, for `itemsGone`.
    ///   - head: the manifest without its items; asked after all items.
    /// - Throws: ``PipelineError`` `writeFailed`, and what the parameters throw of it.
    static func write(
        to path: FilePath, _ digester: Digester,
        forEachItem: (_ body: ([UInt8]) throws -> Void) throws -> Void,
        forEachGone: (_ body: ([UInt8]) throws -> Void) throws -> Void, head: () -> Manifest
    ) throws(PipelineError) {
        do {
            var chain = try ItemChain(digester)
            try TemporaryFile.write(to: path, mode: 0o644) { file in
                var buffer = Buffer()
                let between = ",\n    "
                var separator = "\n    "
                func write(_ line: [UInt8], isGone: Bool) throws {
                    try chain.add(line, isGone: isGone)
                    buffer.bytes += separator.utf8
                    buffer.bytes += JSONLayout.lines(line, depth: 2)
                    separator = between
                    if buffer.isFull { try buffer.empty(into: file) }
                }
                // "items" and "itemsGone" sort before every other key.
                buffer.bytes += "{\n  \"items\": [".utf8
                try forEachItem { try write($0, isGone: false) }
                buffer.bytes += (separator == between ? "\n  ]" : "]").utf8
                separator = ",\n  \"itemsGone\": [\n    "
                try forEachGone { try write($0, isGone: true) }
                if separator == between { buffer.bytes += "\n  ]".utf8 }
                var head = head()
                head.itemsSHA256 = chain.digest
                buffer.bytes += try restOfMembers(head)
                buffer.bytes.append(UInt8(ascii: "\n"))
                try buffer.empty(into: file)
            }
            try Folders.synchronize(path.folder)
        } catch {
            throw (error as? PipelineError) ?? PipelineError(writing: path, error)
        }
    }

    private struct Buffer {
        var bytes: [UInt8] = []
        var isFull: Bool { bytes.count > 1 << 16 }

        mutating func empty(into file: TemporaryFile) throws {
            try file.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// What follows the items: a comma, the other members, and the end of the object.
    private static func restOfMembers(_ head: Manifest) throws -> [UInt8] {
        var head = head
        head.items = []
        let empty = "{\"items\":[],"
        let json = Array(try makeJSONEncoder().encode(head))
        guard json.starts(with: empty.utf8) else {
            throw PipelineError(.unexpected, "the manifest's keys are not in order")
        }
        let lines = JSONLayout.lines([UInt8(ascii: "{")] + json.dropFirst(empty.utf8.count))
        return [UInt8(ascii: ",")] + lines.dropFirst()
    }
}
