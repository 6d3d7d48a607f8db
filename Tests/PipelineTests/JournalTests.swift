import Foundation
import PKCS12
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs after runs that were killed: what such a run leaves is what is on the disk at some moment.
@Suite struct JournalTests {
    private let workshop: Workshop
    private let digester = Digester([fakeProvider("fake")])
    private static let count = 40

    init() throws {
        workshop = try Workshop()
        for index in 0..<Self.count { try workshop.write("x\(index)", to: "in/\(index + 10).pfx") }
    }

    /// Has a run convert what is left, and leaves of it what was there when it came to one of its sources.
    private func killedRun(at name: String = "40.pfx", _ redo: Redo = .whatChanged) throws {
        let (folder, workshop) = (workshop.folder, workshop)
        let isCopied = Mutex(false)
        var options = RunOptions()
        options.redo = redo
        _ = try workshop.run(workshop.configuration, options: options) { source in
            guard source.path.hasSuffix(name) else { return }
            isCopied.withLock { $0 = true }
            // Lines come before outputs.
            while try FilePath(folder.path("out/manifest.json.journal")).lineCount < 10
                || workshop.names("out/site").count(where: { $0.hasSuffix(".pfx") }) < 9
            {
                usleep(1_000)
            }
            // It is not one moment, but as if the journal had come to the disk first. A name may go while it is copied.
            let names = workshop.names("out/site").map { "site/" + $0 } + ["manifest.json", "manifest.json.journal"]
            for name in names {
                guard var bytes = try? folder.read("out/" + name) else { continue }
                // A line may be half written at that moment; torn lines have a test of their own.
                if name.hasSuffix(".journal") { bytes = bytes[...(bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0)] + [] }
                try folder.write(bytes, to: "killed/" + name)
            }
        }
        #expect(isCopied.withLock { $0 })
        try FileManager.default.removeItem(atPath: folder.path("out"))
        rename(folder.path("killed"), folder.path("out"))
    }

    private var lines: [String] {
        get throws { try workshop.text("out/manifest.json.journal").split(separator: "\n").map(String.init) }
    }

    private func write(_ lines: [String]) throws {
        try workshop.write(lines.map { $0 + "\n" }.joined(), to: "out/manifest.json.journal")
    }

    /// The next run, which gives what one would have given that was never killed.
    private func takeUp(asking expected: ClosedRange<Int>, _ redo: Redo = .whatChanged) throws -> [String] {
        let asked = Atomic(0)
        var options = RunOptions()
        options.redo = redo
        let result = try workshop.run(workshop.configuration, options: options) { _ in asked.add(1, ordering: .relaxed)
        }
        #expect(expected.contains(asked.load(ordering: .relaxed)), "\(asked.load(ordering: .relaxed))")
        let manifest = try Manifest.read(from: result.manifest)
        #expect(manifest.items.count == Self.count && manifest.items.allSatisfy { $0.status == .converted })
        #expect(
            workshop.names("out")
                == (["manifest.json", "site"] + (0..<Self.count).map { "site/\($0 + 10).pfx" }).sorted())
        return result.notes.withoutThatOfOneProvider
    }

    @Test func everyLineHasTheDigestOfTheOneBefore() throws {
        try killedRun()
        let lines = try lines
        #expect(try JSONValue(parsing: Array(lines[0].utf8)).member("journal") == .integer(1))
        #expect(try JSONValue(parsing: Array(lines[0].utf8)).member("run")?.member("pid") == .integer(Int(getpid())))
        for (before, line) in zip(lines, lines.dropFirst()) {
            let digest = try digester.sha256(Array(before.utf8))
            #expect(try JSONValue(parsing: Array(line.utf8)).member("previous") == .string(digest))
        }
    }

    @Test func aKilledRunIsTakenUp() throws {
        try killedRun()
        let recorded = try lines.count - 1
        #expect(recorded >= 9)
        // At most the batch in hand was recorded and had no output yet.
        #expect(try takeUp(asking: (Self.count - recorded)...Self.count) == [])
    }

    @Test func aTornLastLineIsDropped() throws {
        try killedRun()
        let text = try workshop.text("out/manifest.json.journal")
        for cut in [1, 2, 30, 120] {
            try workshop.write(String(text.dropLast(cut)), to: "out/manifest.json.journal")
            let file = try OpenFile(workshop.path("out/manifest.json.journal"), O_RDONLY)
            let reading = try JournalReading(file, digester) { _ in 0 }
            #expect(reading.brokenLine == nil)
            #expect(reading.items.count == text.split(separator: "\n").count - 2)
        }
        // Lines come before outputs: that of the torn one was not there yet. In the copy it is, where the run was idle just then.
        let whole = try lines.dropLast()
        for name in workshop.names("out/site") where !whole.contains(where: { $0.contains("site/" + name) }) {
            try FileManager.default.removeItem(atPath: workshop.folder.path("out/site/" + name))
        }
        #expect(try takeUp(asking: 1...Self.count) == [])
    }

    @Test func anEditShowsAndWhatFollowsIsDoneAnew() throws {
        try killedRun()
        var lines = try lines
        lines[5] = lines[5].replacing("\"fake\"", with: "\"nobody\"")
        try write(lines)
        let kept = lines[1..<5]
        let present = workshop.names("out/site").filter { $0.hasSuffix(".pfx") }
        let result = try workshop.run(workshop.configuration)
        #expect(result.notes.withoutThatOfOneProvider.count == 1)
        #expect(result.notes.contains { $0.contains("from line 6 on") })
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.count == Self.count && items.allSatisfy { $0.verifiedBy == ["fake"] })
        // What lost its record and has its output is found to be right, and not made again.
        let unchanged = items.filter { $0.status == .unchanged }.map { String($0.source.suffix(6)) }
        #expect(unchanged.sorted() == present.filter { name in !kept.contains { $0.contains("/\(name)") } }.sorted())
        #expect(!workshop.exists("out/manifest.json.journal"))
    }

    @Test(arguments: [
        "", "\n", "{}\n", "rubbish", #"{"journal":2,"run":{}}"# + "\n", String(repeating: "\0", count: 99),
    ])
    func whatIsNoJournalIsNotTakenForOne(text: String) throws {
        try workshop.write(text, to: "out/manifest.json.journal")
        _ = try takeUp(asking: Self.count...Self.count)
    }

    @Test func aJournalOfARunThatEndedIsNotTakenUp() throws {
        let folder = workshop.folder
        let kept = Mutex<Data?>(nil)
        let options = RunOptions()
        _ = try workshop.run(workshop.configuration, options: options, progress: nil) { _ in
            kept.withLock { $0 = try? Data(contentsOf: URL(filePath: folder.path("out/manifest.json.journal"))) }
        }
        // The run died between its manifest and the end of its journal.
        try kept.withLock { $0 }?.write(to: URL(filePath: folder.path("out/manifest.json.journal")))
        let result = try workshop.run(workshop.configuration)
        #expect(result.summary.unchanged == Self.count && result.notes.withoutThatOfOneProvider == [])
        #expect(!workshop.exists("out/manifest.json.journal"))
    }

    @Test func aRunIsTakenUpTimeAfterTime() throws {
        try killedRun(at: "20.pfx")
        let first = try lines.count
        // The only source that is certain to be left: the other worker may have come to the end.
        try killedRun(at: "20.pfx")
        #expect(try lines.count > first)
        #expect(try lines.count { $0.contains("\"run\":{") } == 2)
        #expect(try takeUp(asking: 1...Self.count) == [])
    }

    /// Whatever the next run is told; otherwise it would take the old outputs for what was to be made anew.
    @Test(arguments: [Redo.whatChanged, .everything, .failures])
    func aRunThatDoesEverythingAnewIsGoneOnWith(_ next: Redo) throws {
        _ = try workshop.run(workshop.configuration)
        try killedRun(at: "45.pfx", .everything)
        let first = 12
        try write(Array(lines.prefix(first)))
        #expect(try lines.count { $0.contains("\"force\":true") } == 1)
        try killedRun(at: "45.pfx", next)
        #expect(try lines.count { $0.contains("\"force\":true") } == 1)
        let done = try lines.count - 2
        #expect(done > first)
        let notes = try takeUp(asking: (Self.count - done)...(Self.count - done), next)
        #expect(notes.count == 1 && notes[0].hasPrefix("a run that was to do everything anew was interrupted"))
        #expect(try workshop.run(workshop.configuration).summary.unchanged == Self.count)
    }

    @Test func whatWasDoneBeforeEverythingWasToBeDoneAnewDoesNotCount() throws {
        try killedRun(at: "45.pfx")
        let before = try lines.count - 1
        try killedRun(at: "45.pfx", .everything)
        let done = 5
        try write(Array(lines.prefix(before + 2 + done)))
        _ = try takeUp(asking: (Self.count - done)...Self.count)
    }

    @Test func aReplacementThatWasAnnouncedAndNotMadeIsMade() throws {
        _ = try workshop.run(workshop.configuration)
        for index in 0..<Self.count { try workshop.write("y\(index)", to: "in/\(index + 10).pfx") }
        let folder = workshop.folder
        try FileManager.default.copyItem(atPath: folder.path("out"), toPath: folder.path("before"))
        try killedRun()
        // All that was recorded, and not one output.
        let journal = try workshop.text("out/manifest.json.journal")
        try FileManager.default.removeItem(atPath: folder.path("out"))
        rename(folder.path("before"), folder.path("out"))
        try workshop.write(journal, to: "out/manifest.json.journal")
        // A night on which the sources cannot be read does not change whose the outputs are.
        for index in 0..<5 {
            let name = "in/\(index + 10).pfx"
            unlink(folder.path(name))
            symlink("nowhere", folder.path(name))
        }
        let night = try workshop.items(workshop.configuration) { _ in }
        #expect(night.prefix(5).allSatisfy { $0.status == .failed && $0.earlierOutputSHA256 != nil })
        for index in 0..<5 {
            unlink(folder.path("in/\(index + 10).pfx"))
            try workshop.write("y\(index)", to: "in/\(index + 10).pfx")
        }
        let result = try workshop.run(workshop.configuration)
        #expect(result.summary.converted == 5 && result.summary.failed == 0)
        #expect(try workshop.text("out/site/10.pfx") == "y0 converted")
        #expect(try workshop.text("out/site/49.pfx") == "y39 converted")
    }

    @Test func aFullDiskUnderTheJournalIsNoMatterForTheNextRun() throws {
        try withSmallDisk(at: workshop.path("report")) {
            for index in 0..<500 { try workshop.write("x\(index)", to: "in/\(index + 10).pfx") }
            var configuration = workshop.configuration
            configuration.manifest = workshop.path("report/manifest.json")
            #expect(code { try workshop.run(configuration) } == "writeFailed")
            let before = workshop.names("out/site").count
            #expect(before > 10)
            let remount = ["-o", "remount,size=8m", workshop.folder.path("report")]
            try ExternalTool(name: "mount", package: "mount").check(remount)
            let asked = Atomic(0)
            let result = try workshop.run(configuration) { _ in asked.add(1, ordering: .relaxed) }
            #expect(result.summary.converted == 500)
            #expect(asked.load(ordering: .relaxed) <= 500 - before)
            #expect(workshop.names("out/site").count == 500 && workshop.names("report") == ["manifest.json"])
        }
    }
}

extension FilePath {
    fileprivate var lineCount: Int {
        get throws { try FileReader(byteLimit: 1 << 24).read(self).bytes.count { $0 == UInt8(ascii: "\n") } }
    }
}

extension JSONValue {
    fileprivate func member(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}
