/// Finds events in text, as Event Viewer copies and saves them.
///
/// Labels and sentences are translated; the source's name, the number and the thumbprint are not.
enum EventReader {
    /// Takes the XML of events (`<Event …>…</Event>`) out of a text, in one pass. What only begins like one stays.
    static func takeXML(from lines: inout [TextLine]) -> [EdgeSyncEvent] {
        var events: [EdgeSyncEvent] = []
        var taken: Set<Int> = []
        var open: (line: Int, index: Substring.Index)?
        for (number, line) in lines.enumerated() where line.trimmed.utf8.first == UInt8(ascii: "<") {
            for tag in EventTag.all(in: line.text) {
                if !tag.isEnd {
                    // Events do not nest: what was open before has no end.
                    open = (number, tag.range.lowerBound)
                } else if let start = open {
                    open = nil
                    guard number - start.line < mostXMLLines else { continue }
                    let xml = text(of: lines[start.line...number], from: start.index, to: tag.range.upperBound)
                    guard let event = event(xml: xml[...], line: lines[start.line].number) else { continue }
                    events.append(event)
                    taken.formUnion(start.line...number)
                }
            }
        }
        lines = lines.enumerated().filter { !taken.contains($0) && !isWrapper($1.trimmed) }.map(\.element)
        return events
    }

    private static func text(of lines: ArraySlice<TextLine>, from start: Substring.Index, to end: Substring.Index)
        -> String
    {
        guard let first = lines.first, let last = lines.last, lines.count > 1 else {
            return String(lines.first?.text[start..<end] ?? "")
        }
        let inner = lines.dropFirst().dropLast().map(\.text)
        return ([first.text[start...]] + inner + [last.text[..<end]]).joined(separator: "\n")
    }

    /// An event laid out over lines has some thirty.
    private static let mostXMLLines = 500

    /// Whether a line that follows a dump is one of an event's text.
    static func isOfEvent(_ line: TextLine) -> Bool {
        guard line.has("E") else { return false }
        return DumpLine.labelled(line)?.value.hasPrefix("MSExchange") == true || isAboutEdgeSync(String(line.text))
    }

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
        text.utf8.first == UInt8(ascii: "<")
            && (text.hasPrefix("<?xml") || text.hasPrefix("<Events") || text.hasPrefix("</Events"))
    }

    private static func content(of element: String, in xml: Substring) -> Substring? {
        guard let start = xml.firstRange(of: "<\(element)"),
            let open = xml[start.upperBound...].firstIndex(of: ">")
        else { return nil }
        return xml[open...].dropFirst().prefix { $0 != "<" }
    }

    /// Of a tag without its name.
    private static func attribute(_ name: String, in tag: Substring) -> String? {
        var rest = tag
        while let start = rest.firstRange(of: "\(name)=") {
            let isWhole = start.lowerBound == tag.startIndex || tag[tag.index(before: start.lowerBound)].isWhitespace
            rest = rest[start.upperBound...]
            guard isWhole, let quote = rest.first else { continue }
            return String(rest.dropFirst().prefix { $0 != quote })
        }
        return nil
    }

    /// Words of 40 hex digits, or of 20 pairs with blanks between them, each once.
    private static func thumbprints(in text: String) -> [String] {
        var found: [String] = []
        func add(_ digits: some StringProtocol) {
            guard let thumbprint = DumpLine.thumbprint(digits), !found.contains(thumbprint) else { return }
            found.append(thumbprint)
        }
        let words = text.utf8.split(whereSeparator: { !$0.isHexDigit })
        var run: Substring.UTF8View?
        for word in words {
            if word.count == 40 { add(Substring(word)) }
            let isNext = run.map { Array(text.utf8[$0.endIndex..<word.startIndex]) == [UInt8(ascii: " ")] } ?? false
            if word.count == 2, isNext, let start = run?.startIndex {
                run = text[start..<word.endIndex].utf8
            } else {
                if let run { add(Substring(run)) }
                run = word.count == 2 ? word : nil
            }
        }
        if let run { add(Substring(run)) }
        return found
    }
}
