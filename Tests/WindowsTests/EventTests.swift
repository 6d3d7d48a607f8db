import Testing

@testable import Windows

@Suite struct EventTests {
    @Test(arguments: ["event-1035.txt", "event-1035-german.txt", "event-1035-utf16.xml"])
    func edgeSyncRefusesACertificate(_ name: String) throws {
        let text = try Dumps.text(name)
        #expect(text.notUnderstood.isEmpty && text.events.count == 1)
        let event = try #require(text.events.first)
        #expect(event.meaning == .notCAPI && event.source == "MSExchange EdgeSync" && event.number == 1035)
        #expect(event.thumbprints == [Thumbprint.ksp] && event.line == 1)
    }

    /// Receive connectors report failed authentication under the same number.
    @Test func theSameNumberOfAnotherSource() throws {
        let event = try #require(try Dumps.text("event-1035-of-another-source.txt").events.first)
        #expect(event.meaning == .other && event.source == "MSExchangeFrontEndTransport")
    }

    @Test func severalEventsInOneFile() throws {
        let events = try Dumps.text("event-1035.xml").events
        #expect(events.map(\.meaning) == [.other, .notCAPI])
        #expect(events.map(\.thumbprints) == [[], [Thumbprint.ksp]])
    }

    /// With and without attributes, one of which only ends like `Name`.
    @Test func twoEventsOnOneLine() throws {
        let events = try Dumps.text("event-two-on-a-line.xml").events
        #expect(events.map(\.thumbprints) == [[Thumbprint.csp], [Thumbprint.ksp]])
        #expect(events.map(\.source) == ["MSExchange EdgeSync", "MSExchange EdgeSync"])
    }

    @Test func aThumbprintInPairs() throws {
        #expect(try Dumps.text("event-spaced-thumbprint.txt").events.map(\.thumbprints) == [[Thumbprint.ksp]])
    }

    /// The time goes with the length, whatever a text is made of.
    @Test(arguments: ["<Event >\n", "<Event></Event>", "<Event x=\"", "<Event>\n</Event>\n"])
    func manyThatOnlyBeginLikeEvents(_ text: String) {
        let bytes = Array(String(repeating: text, count: 400_000 / text.utf8.count).utf8)
        let time = ContinuousClock().measure { _ = try? WindowsText(reading: bytes) }
        #expect(time < .seconds(30))
    }

    @Test func anEventAndADumpInOneFile() throws {
        let text = try Dumps.text("event-with-dump.txt")
        #expect(text.events.map(\.meaning) == [.notCAPI] && text.dump.certificates.count == 1)
        let diagnosis = Dumps.diagnosis(["event-with-dump.txt"])
        #expect(diagnosis.certificates[0].isNamedByEvent && diagnosis.events[0].unseen.isEmpty)
    }

    @Test func theSentenceByItself() throws {
        let sentence =
            "EdgeSync failed to synchronize because it only supports Cryptographic API certificates. The certificate with thumbprint \(Thumbprint.csp.lowercased()) isn't a CAPI certificate."
        let event = try #require(try WindowsText(reading: Array(sentence.utf8)).events.first)
        #expect(event.meaning == .notCAPI && event.thumbprints == [Thumbprint.csp] && event.number == nil)
    }

    @Test(arguments: [
        "Exchange EdgeSync (event 1035, \"only supports Cryptographic API certificates\") refuses such keys.",
        "Source: https://example/MSExchange", "Note: EdgeSync 1035",
    ])
    func wordsAboutEdgeSyncAreNoEvent(_ text: String) {
        #expect(throws: WindowsError.self) { try WindowsText(reading: Array(text.utf8)) }
    }

    /// A dump behind something that looks like the start of an event is read all the same.
    @Test(arguments: ["<Event ", "<Event>", "<Events><Event x></Event>", "<?xml version=\"1.0\"?>\n<Event>\n"])
    func whatOnlyBeginsLikeAnEvent(_ text: String) throws {
        let dump = String(decoding: try Dumps.bytes("ksp.txt"), as: UTF8.self)
        let read = try WindowsText(reading: Array((text + "\n" + dump).utf8))
        #expect(read.events.isEmpty && read.dump.certificates.map(\.thumbprint) == [Thumbprint.ksp])
    }

    @Test func anEventLaidOutOverLines() throws {
        let xml = String(decoding: try Dumps.bytes("event-1035.xml"), as: UTF8.self).replacing("><", with: ">\r\n  <")
        #expect(try WindowsText(reading: Array(xml.utf8)).events.map(\.thumbprints) == [[], [Thumbprint.ksp]])
    }

    @Test func xmlThatIsCutShort() throws {
        let whole = String(decoding: try Dumps.bytes("event-1035.xml"), as: UTF8.self)
        for count in stride(from: 0, to: whole.count, by: 7) {
            _ = try? WindowsText(reading: Array(whole.prefix(count).utf8))
        }
    }
}
