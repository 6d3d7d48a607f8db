/// Finds events in text, as Event Viewer copies and saves them.
///
/// Labels and sentences are translated; the source's name, the number and the thumbprint are not.
enum EventReader {
    /// Takes the XML of events (`<Event …>…</Event>`) out of a text. What only begins like one stays.
    static func takeXML(from lines: inout [TextLine]) -> [EdgeSyncEvent] {
        var events: [EdgeSyncEvent] = []
        var others: [TextLine] = []
        var rest = lines[...]
        while let line = rest.first {
            let block = xml(startingAt: rest)
            let found = elements(block.map { String($0.text) }.joined(separator: "\n")).compactMap {
                event(xml: $0, line: line.number)
            }
            events += found
            if found.isEmpty, !isWrapper(line.trimmed) { others.append(line) }
            rest = rest.dropFirst(found.isEmpty ? 1 : block.count)
        }
        lines = others
        return events
    }

    /// The lines of an event, or of several on one line; none where there is no end to it.
    private static func xml(startingAt lines: ArraySlice<TextLine>) -> ArraySlice<TextLine> {
        guard let first = lines.first, first.trimmed.hasPrefix("<"),
            first.text.contains("<Event ") || first.text.contains("<Event>")
        else { return [] }
        let block = lines.prefix(mostXMLLines)
        guard let end = block.firstIndex(where: { $0.text.contains("</Event>") }) else { return [] }
        return block[...end]
    }

    /// An event laid out over lines has some thirty.
    private static let mostXMLLines = 500

    /// Tells events from what else is in a text.
    ///
    /// - Returns: the events, and the parts that are none, each of lines that follow one another.
    static func read(_ lines: [TextLine]) -> (events: [EdgeSyncEvent], rest: [[TextLine]]) {
        // Blank lines were left out before, so that an event's text may have gaps of a few lines.
        var blocks: [[TextLine]] = []
        for line in lines {
            if let last = blocks.last?.last, line.number - last.number <= 3 {
                blocks[blocks.count - 1].append(line)
            } else {
                blocks.append([line])
            }
        }
        var events: [EdgeSyncEvent] = []
        let rest = blocks.filter { block in
            guard let event = event(block) else { return true }
            events.append(event)
            return false
        }
        return (events, rest)
    }

    // MARK: - Parts

    private static let edgeSync = "MSExchange EdgeSync"

    /// Event Viewer's text, which names the source and the number behind labels; or the sentence about a certificate by
    /// itself. Nil for anything else, such as somebody's words about EdgeSync.
    private static func event(_ block: [TextLine]) -> EdgeSyncEvent? {
        let values = block.compactMap { DumpLine.labelled($0)?.value }
        let source = values.first { $0.hasPrefix("MSExchange") }.map(String.init)
        let number = values.contains("1035") ? 1035 : nil
        let text = block.map { String($0.text) }.joined(separator: "\n")
        let event = event(text: text, source: source, number: number, line: block[0].number)
        if source != nil { return event }
        return event.meaning == .notCAPI && !event.thumbprints.isEmpty ? event : nil
    }

    private static func event(text: String, source: String?, number: Int?, line: Int) -> EdgeSyncEvent {
        let isRefusal = source.map { $0 == edgeSync && number == 1035 } ?? isAboutEdgeSync(text)
        return EdgeSyncEvent(
            meaning: isRefusal ? .notCAPI : .other, source: source, number: number,
            thumbprints: thumbprints(in: text), line: line)
    }

    /// Nil for XML without an event's number.
    private static func event(xml: Substring, line: Int) -> EdgeSyncEvent? {
        let provider = xml.firstRange(of: "<Provider ").map { xml[$0.upperBound...].prefix { $0 != ">" } }
        guard let number = content(of: "EventID", in: xml).flatMap({ Int($0.trimmingBlanks) }) else { return nil }
        return event(
            text: String(xml), source: provider.flatMap { attribute("Name", in: $0) }, number: number, line: line)
    }

    private static func isAboutEdgeSync(_ text: String) -> Bool {
        text.contains("EdgeSync") && (text.contains("Cryptographic API") || text.contains("CAPI"))
    }

    private static func isWrapper(_ text: Substring) -> Bool {
        text.hasPrefix("<?xml") || text.hasPrefix("<Events") || text.hasPrefix("</Events")
    }

    private static func elements(_ text: String) -> [Substring] {
        var found: [Substring] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "<Event ") ?? rest.firstRange(of: "<Event>") {
            let end = rest[start.upperBound...].firstRange(of: "</Event>")?.upperBound ?? rest.endIndex
            found.append(rest[start.lowerBound..<end])
            rest = rest[end...]
        }
        return found
    }

    private static func content(of element: String, in xml: Substring) -> Substring? {
        guard let start = xml.firstRange(of: "<\(element)"),
            let open = xml[start.upperBound...].firstIndex(of: ">")
        else { return nil }
        return xml[open...].dropFirst().prefix { $0 != "<" }
    }

    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard let start = tag.firstRange(of: "\(name)="), let quote = tag[start.upperBound...].first else { return nil }
        return String(tag[start.upperBound...].dropFirst().prefix { $0 != quote })
    }

    /// Words of 40 hex digits, each once.
    private static func thumbprints(in text: String) -> [String] {
        var found: [String] = []
        for word in text.utf8.split(whereSeparator: { !$0.isHexDigit }) where word.count == 40 {
            let thumbprint = String(decoding: word, as: UTF8.self).uppercased()
            if !found.contains(thumbprint) { found.append(thumbprint) }
        }
        return found
    }
}
