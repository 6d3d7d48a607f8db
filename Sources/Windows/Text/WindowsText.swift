/// What a file from a server says: certificates of certutil's, events of Exchange.
public struct WindowsText: Sendable, Equatable {
    public var encoding: TextEncoding
    public var dump: CertutilDump
    public var events: [EdgeSyncEvent]
    /// What is neither: the first line of each part, with its text.
    public var notUnderstood: [Remark]

    /// - Parameter encoding: nil to tell it from the bytes.
    /// - Throws: ``WindowsError`` `notText`, `notUnderstood` where nothing in the file is either.
    public init(reading bytes: [UInt8], as encoding: TextEncoding? = nil) throws(WindowsError) {
        let (text, encoding) = try TextEncoding.decode(bytes, as: encoding)
        self.encoding = encoding
        var lines = TextLine.all(of: text)
        events = EventReader.takeXML(from: &lines)
        dump = DumpReader.read(lines)
        let (told, rest) = EventReader.read(dump.rest)
        events += told
        notUnderstood = rest.map { lines in
            let more = lines.count > 1 ? " (and \(lines.count - 1) more lines)" : ""
            return Remark(line: lines[0].number, text: "\(lines[0].trimmed.prefix(200))\(more)")
        }
        guard !dump.certificates.isEmpty || !events.isEmpty || !dump.failures.isEmpty else {
            throw WindowsError(
                .notUnderstood, "neither a dump of certutil nor an event of Exchange is in it",
                hint: "save what certutil -v -store my prints, or event 1035 as text or XML")
        }
    }
}
