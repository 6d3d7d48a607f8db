import Foundation
import Testing

@testable import Windows

@Suite struct DiagnosisTests {
    private func answer(_ name: String, _ service: String) throws -> ServiceVerdict {
        let diagnosis = Dumps.diagnosis([name])
        return try #require(diagnosis.certificates.last?.verdicts.first { $0.service.hasPrefix(service) })
    }

    @Test func edgeSyncAndCNG() throws {
        let verdict = try answer("ksp.txt", "Exchange EdgeSync")
        #expect(verdict.answer == .fails && verdict.evidence == .documented && verdict.why.contains("1035"))
        #expect(try answer("csp.txt", "Exchange EdgeSync").answer == .works)
    }

    /// What is only reported says so, and contrary evidence is not hidden.
    @Test func evidence() throws {
        #expect(try answer("ksp.txt", "Exchange OWA").evidence == .reported)
        let sql = try answer("ksp.txt", "SQL Server")
        #expect(sql.answer == .unknown && sql.evidence == .disputed)
    }

    @Test func keySpec() throws {
        #expect(try answer("csp.txt", "AD FS").answer == .unknown)
        #expect(try answer("hex-with-decimal.txt", "AD FS").answer == .works)
        let signature =
            "======= Certificate 0 =======\nSerial Number: 01\nCert Hash(sha1): \(Thumbprint.csp)\n"
            + "  Provider = Microsoft Strong Cryptographic Provider\n  KeySpec = 2 -- AT_SIGNATURE\n"
        let text = try WindowsText(reading: Array(signature.utf8))
        let verdicts = ServiceVerdict.all(of: text.dump.certificates[0])
        #expect(verdicts.first { $0.service.hasPrefix("AD FS") }?.answer == .fails)
        #expect(verdicts.first { $0.service.hasPrefix("Exchange EdgeSync") }?.answer == .works)
        #expect(verdicts.first { $0.service.hasPrefix("SQL") }?.answer == .fails)
        #expect(verdicts.first { $0.service.hasPrefix("SQL") }?.evidence == .documented)
    }

    /// Exchange's federation wants a key that can be exported; a dump says at most that it cannot.
    @Test func federation() throws {
        #expect(try answer("csp.txt", "Exchange federation").answer == .fails)
        #expect(try answer("hex-with-decimal.txt", "Exchange federation").answer == .unknown)
        #expect(try answer("ksp.txt", "Exchange federation").answer == .fails)
    }

    /// A command that failed may have left out what matters; one that was to do something else has not.
    @Test(arguments: [
        ("store-failed.txt", 1, true), ("store-cut-short.txt", 1, false), ("failed-command.txt", 0, false),
    ])
    func failedCommands(_ name: String, failed: Int, isEmpty: Bool) {
        let diagnosis = Dumps.diagnosis([name])
        #expect(diagnosis.failedFiles == failed && diagnosis.isEmpty == isEmpty)
    }

    @Test(arguments: [
        ("csp.txt", nil), ("no-key.txt", nil), ("ksp.txt", Diagnosis.Action.Kind.export),
        ("verbose-ksp.txt", .export), ("elliptic-curve.txt", .reissue), ("key-lost.txt", .look),
        ("unknown-provider.txt", .look), ("smart-card.txt", .reissue), ("test-failed.txt", .look),
    ])
    func whatToDo(_ name: String, kind: Diagnosis.Action.Kind?) {
        let diagnosis = Dumps.diagnosis([name])
        #expect(diagnosis.certificates.last?.action?.kind == kind)
        #expect(diagnosis.hasWork == (kind != nil))
    }

    @Test func archivedOnesAreLeftAlone() {
        #expect(Dumps.diagnosis(["archived.txt"]).certificates.map { $0.action?.kind } == [nil, .export])
    }

    @Test func anEventOfWhichThereIsNoDump() {
        let diagnosis = Dumps.diagnosis(["event-1035.txt", "csp.txt"])
        #expect(diagnosis.events[0].unseen == [Thumbprint.ksp] && diagnosis.hasWork)
        #expect(!Dumps.diagnosis(["event-1035-of-another-source.txt"]).hasWork)
    }

    @Test func filesAtHand() {
        func action(_ keys: PFXAtHand.Key...) -> Diagnosis.Action.Kind? {
            let files = keys.enumerated().map { PFXAtHand(path: "\($0).pfx", keys: [$1]) }
            return Dumps.diagnosis(["ksp.txt"], pfxFiles: files).certificates[0].action?.kind
        }
        let open = PFXAtHand.Key(thumbprint: Thumbprint.ksp, isCAPI1: false, refusal: nil)
        let done = PFXAtHand.Key(thumbprint: Thumbprint.ksp, isCAPI1: true, refusal: nil)
        let refused = PFXAtHand.Key(thumbprint: Thumbprint.ksp, isCAPI1: false, refusal: "it is so")
        let other = PFXAtHand.Key(thumbprint: Thumbprint.csp, isCAPI1: true, refusal: nil)
        #expect(action(open) == .convert)
        #expect(action(open, done) == .import)
        #expect(action(refused) == .reissue)
        #expect(action(other) == .export)
    }

    @Test func itIsJSONAndBack() throws {
        let diagnosis = Dumps.diagnosis(["event-with-dump.txt", "broken-hash.txt", "nothing.txt"], pfxFiles: [])
        let encoded = try JSONEncoder().encode(diagnosis)
        let decoded = try JSONDecoder().decode(Diagnosis.self, from: encoded)
        #expect(decoded.certificates.count == 2 && decoded.files.map { $0.error == nil } == [true, true, false])
        #expect(decoded.files[1].notUnderstood.map(\.line) == [5, 10])
    }

    /// Whatever a file holds, it is read or refused; nothing of it ends the process.
    @Test func damagedDumps() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Dumps.folder.path) {
            let bytes = try Dumps.bytes(name)
            for step in 0..<60 {
                var damaged = bytes
                damaged[(step * 7919) % damaged.count] = UInt8(truncatingIfNeeded: step * 31)
                damaged.removeLast((step * 13) % damaged.count)
                _ = try? WindowsText(reading: damaged)
            }
        }
    }
}
