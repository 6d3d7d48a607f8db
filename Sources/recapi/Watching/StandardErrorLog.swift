import Glibc
import Logging
import Pipeline
import Reissue

/// A log on standard error, one line a record.
struct StandardErrorLog: LogHandler {
    enum Format: String, CaseIterable, Sendable {
        /// For people, and for journald where it reads standard error.
        case text
        /// An object a line (https://jsonlines.org).
        case json
    }

    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    /// Whether journald reads standard error, keeps the time itself, and takes levels from a prefix (sd-daemon(3)).
    private let isForJournal: Bool

    init(_ format: Format, level: Logger.Level) {
        self.format = format
        logLevel = level
        isForJournal = format == .text && Self.isJournal(STDERR_FILENO)
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        let line =
            switch format {
            case .text: text(event.level, "\(event.message)", metadata)
            case .json: Self.json(event.level, "\(event.message)", metadata, time: timestamp())
            }
        Terminal.line(line)
    }

    private func text(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let head = isForJournal ? "<\(level.priority)>" : "\(timestamp()) \(level.rawValue) "
        return head + Self.text(message, metadata)
    }

    /// The message, and the metadata as `key=value` after it.
    static func text(_ message: String, _ metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(word("\($0.value)"))" }
        return message.printable + pairs.joined()
    }

    /// In quotes where it would not end at a blank.
    private static func word(_ text: String) -> String {
        let line = text.printable
        let isPlain = !line.isEmpty && line.unicodeScalars.allSatisfy { !" \"=\\".unicodeScalars.contains($0) }
        return isPlain ? line : "\"\(line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// - Parameter time: ISO 8601.
    static func json(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, time: String) -> String {
        var members = metadata.mapValues(JSONMember.init)
        members["time"] = JSONMember(.string(time))
        members["level"] = JSONMember(.string(level.rawValue))
        members["message"] = JSONMember(.string(message))
        return (try? makeJSONEncoder().encode(members)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// JOURNAL_STREAM names the device and inode of the journal's socket (systemd.exec(5)); others may have inherited it.
    private static func isJournal(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard let stream = getenv("JOURNAL_STREAM"), fstat(descriptor, &status) == 0 else { return false }
        return String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }
}

/// A value of metadata; numbers stay numbers.
private struct JSONMember: Encodable {
    let value: Logger.MetadataValue

    init(_ value: Logger.MetadataValue) {
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .string(let text): try container.encode(text)
        case .stringConvertible(let number as any BinaryInteger & Encodable): try container.encode(number)
        case .stringConvertible(let number as Double) where number.isFinite: try container.encode(number)
        case .stringConvertible(let other): try container.encode(other.description)
        case .array(let values): try container.encode(values.map(JSONMember.init))
        case .dictionary(let members): try container.encode(members.mapValues(JSONMember.init))
        }
    }
}

extension Logger.Level {
    /// As syslog counts (RFC 5424, section 6.2.1).
    fileprivate var priority: Int {
        switch self {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
