import FoundationEssentials
import Glibc

/// The lines of a journal: compact JSON, each with the SHA-256 of the line before, so that an edit shows.
///
///     {"journal":1,"run":{…}}
///     {"previous":"DIGEST","item":{…}}
///     {"previous":"DIGEST","run":{…}}
///
/// A run that takes an interrupted one up writes a line of its own before its items. Of several items of one source
/// the last counts. `sed -n 1p | head -c -1 | sha256sum` gives the `previous` of the second line, in small letters.
enum JournalLine {
    static let version = 1

    /// What a journal says of a run.
    struct Run: Codable {
        var id: String
        /// ISO 8601, UTC.
        var start: String
        var tool: String
        var pid: Int32
        var host: String
        /// True where the run began to do everything anew: what was recorded before this line does not count. One that
        /// goes on with such a run does not say it again.
        var force: Bool?

        init(id: String, start: String, tool: Manifest.Tool, force: Bool) {
            self.id = id
            self.start = start
            self.tool = "\(tool.name) \(tool.version)"
            pid = getpid()
            host = hostName()
            self.force = force ? true : nil
        }
    }

    /// - Returns: the line, and where the item is in it.
    static func item(_ item: [UInt8], previous: String) -> (line: [UInt8], item: Range<Int>) {
        let head = "{\"previous\":\"\(previous)\",\"item\":".utf8
        return (head + item + [UInt8(ascii: "}")], head.count..<(head.count + item.count))
    }

    /// - Parameter previous: nil for the first line of a journal.
    static func run(_ run: Run, previous: String?) throws -> [UInt8] {
        let head = previous.map { "{\"previous\":\"\($0)\"," } ?? "{\"journal\":\(version),"
        return Array(head.utf8) + "\"run\":".utf8 + (try makeJSONEncoder().encode(run)) + [UInt8(ascii: "}")]
    }

    /// What a line says.
    enum Content {
        case run(Run, version: Int?)
        /// Where the item's text is in the line.
        case item(ItemText, Range<Int>)
    }

    /// - Returns: nil where the line is none of a journal's.
    static func read(_ line: [UInt8]) -> (previous: String?, content: Content)? {
        guard let text = ItemText(line) else { return nil }
        if let range = text.range("item"), let item = ItemText(Array(line[range])) {
            return (text.string("previous"), .item(item, range))
        }
        guard let range = text.range("run"), let run = try? JSONDecoder().decode(Run.self, from: Data(line[range]))
        else { return nil }
        let version = text.range("journal").flatMap { Int(String(decoding: line[$0], as: UTF8.self)) }
        return (text.string("previous"), .run(run, version: version))
    }
}

/// This machine's, as far as it has one.
func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    return gethostname(&name, name.count - 1) == 0 ? FilePath(name.map(UInt8.init(bitPattern:))).text : ""
}
