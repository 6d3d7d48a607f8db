import Foundation
import PKCS12
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs after runs that came to their end.
@Suite struct ResumeTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private func items(_ options: RunOptions = RunOptions(), _ configuration: PipelineConfiguration? = nil) throws
        -> [Manifest.Item]
    {
        let result = try workshop.run(configuration ?? workshop.configuration, options: options)
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
        return try Manifest.read(from: result.manifest).items
    }

    private func redoing(_ redo: Redo) -> RunOptions {
        var options = RunOptions()
        options.redo = redo
        return options
    }

    private func editManifest(_ old: String, _ new: String) throws {
        let text = try workshop.text("out/manifest.json")
        #expect(text.contains(old))
        try workshop.write(text.replacing(old, with: new), to: "out/manifest.json")
    }

    @Test func whatStillHoldsIsKeptByDigestsAlone() throws {
        for index in 0..<20 { try workshop.write("x\(index)", to: "in/\(index + 10).pfx") }
        try workshop.write("done already", to: "in/done.pfx")
        let first = try items()
        #expect(first.count { $0.status == .converted } == 20)
        // No password is fetched, and nobody asked to prove anything.
        unlink(workshop.folder.path("password"))
        let log = ProgressLog()
        let result = try workshop.run(workshop.configuration, progress: log) { _ in
            throw PKCS12Error(.notPKCS12, "asked")
        }
        let second = try Manifest.read(from: result.manifest)
        #expect(result.verdict == .allDone && second.notes?.withoutThatOfOneProvider ?? [] == [])
        #expect(log.steps.withLock { $0.map(\.item) } == second.items)
        #expect(second.items.allSatisfy { $0.status == .unchanged && $0.durationMilliseconds == 0 })
        for (before, after) in zip(first, second.items) {
            var before = before
            before.status = .unchanged
            before.durationMilliseconds = 0
            #expect(before == after)
        }
        let third = try Manifest.read(from: workshop.run(workshop.configuration).manifest)
        #expect(third.items == second.items && third.itemsSHA256 == second.itemsSHA256)
    }

    @Test func whatDoesNotHoldIsDoneAnew() throws {
        for name in ["a", "b", "c", "d", "e"] { try workshop.write(name, to: "in/\(name).pfx") }
        _ = try items()
        try workshop.write("another", to: "in/b.pfx")
        unlink(workshop.folder.path("out/site/c.pfx"))
        unlink(workshop.folder.path("in/d.pfx"))
        try workshop.write("precious", to: "out/site/e.pfx")
        let items = try items()
        #expect(items.map(\.status) == [.unchanged, .converted, .converted, .failed])
        // What the first run wrote was replaced; what somebody else wrote was not.
        #expect(try workshop.text("out/site/b.pfx") == "another converted")
        #expect(items[1].earlierOutputSHA256 != nil && items[2].earlierOutputSHA256 == nil)
        #expect(try workshop.text("out/site/c.pfx") == "c converted")
        #expect(items[3].error?.code == "outputExists")
        #expect(try workshop.text("out/site/e.pfx") == "precious")
        #expect(workshop.exists("out/site/d.pfx"))
    }

    @Test func anOwnOutputIsStillKnownAfterAFailure() throws {
        try workshop.write("one", to: "in/one.pfx")
        _ = try items()
        try workshop.write("two", to: "in/one.pfx")
        let failed = try workshop.items(workshop.configuration) { _ in throw PKCS12Error(.wrongPassword, "no") }
        #expect(failed[0].status == .failed && failed[0].earlierOutputSHA256 != nil)
        #expect(try items().map(\.status) == [.converted])
        #expect(try workshop.text("out/site/one.pfx") == "two converted")
    }

    @Test func otherSettingsAreNotTheSame() throws {
        try workshop.write("one", to: "in/one.pfx")
        _ = try items()
        var others: [PipelineConfiguration] = []
        for _ in 0..<5 { others.append(workshop.configuration) }
        others[0].profile = .rsaAES
        others[1].limits.iterations = 7
        others[2].output.password = .environment("PATH")
        others[3].output.name = try OutputName("{name}.pfx")
        others[4].verify = .same
        for configuration in others {
            #expect(try status(configuration).counts == [.settings: 1])
            _ = try items(RunOptions(), configuration)
            #expect(try !status(configuration).hasWork)
        }
    }

    @Test func anEditedManifestIsNotBelieved() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/two.pfx")
        _ = try items()
        try editManifest("\"verifiedBy\": [\n        \"fake\"", "\"verifiedBy\": [\n        \"nobody\"")
        let result = try workshop.run(workshop.configuration)
        #expect(result.notes.contains { $0.contains("were changed after it was written") })
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.map(\.status) == [.unchanged, .unchanged] && items.map(\.verifiedBy) == [["fake"], ["fake"]])
        // Blanks are nobody's edit.
        try editManifest(",\n", ",\n\n\t")
        #expect(try workshop.run(workshop.configuration).notes.withoutThatOfOneProvider == [])
        try workshop.write("{]", to: "out/manifest.json")
        #expect(try workshop.run(workshop.configuration).summary.unchanged == 2)
    }

    @Test func anOutputThatTheManifestIsMadeToFitDoesNotCountEither() throws {
        try workshop.write("one", to: "in/one.pfx")
        let before = try #require(try items()[0].outputSHA256)
        try workshop.write("wrong", to: "out/site/one.pfx")
        let wrong = hexText(try FakeCrypto().digest(Array("wrong".utf8)[...], with: .sha256))
        try editManifest(before, wrong)
        #expect(try items().map(\.error?.code) == ["outputExists"])
    }

    @Test func forceMakesOwnOutputsAnewAndNoOthers() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/two.pfx")
        _ = try items()
        let identity = FileStatus(workshop.path("out/site/one.pfx"))?.identity
        try workshop.write("precious", to: "out/site/two.pfx")
        let items = try items(redoing(.everything))
        #expect(items.map(\.status) == [.converted, .failed] && items[1].error?.code == "outputExists")
        #expect(FileStatus(workshop.path("out/site/one.pfx"))?.identity != identity)
        // Without a record, an output that is right is known by being so.
        unlink(workshop.folder.path("out/manifest.json"))
        #expect(try self.items(redoing(.everything)).map(\.status) == [.converted, .failed])
        #expect(try workshop.text("out/site/two.pfx") == "precious")
    }

    @Test func onlyFailuresAreRetried() throws {
        for name in ["a", "b", "c", "d"] { try workshop.write(name, to: "in/\(name).pfx") }
        _ = try workshop.items(workshop.configuration) {
            if $0.bytes == Array("b".utf8) { throw PKCS12Error(.wrongPassword, "no") }
        }
        try workshop.write("changed", to: "in/c.pfx")
        try workshop.write("new", to: "in/new.pfx")
        let log = ProgressLog()
        let result = try workshop.run(workshop.configuration, options: redoing(.failures), progress: log)
        let manifest = try Manifest.read(from: result.manifest)
        #expect(manifest.items.map { $0.source.suffix(6) } == ["/a.pfx", "/b.pfx", "/c.pfx", "/d.pfx"])
        #expect(manifest.items.map(\.status) == [.unchanged, .converted, .converted, .unchanged])
        #expect(try workshop.text("out/site/c.pfx") == "c converted")
        #expect(result.notes.withoutThatOfOneProvider.count == 2)
        #expect(log.steps.withLock { $0.last?.done == 4 && $0.last?.total == 4 })
        // The others are still to do.
        #expect(try items().map(\.status) == [.unchanged, .unchanged, .converted, .unchanged, .converted])
    }

    /// Else the manifest would be one of nothing, and the run a success.
    @Test func failuresThatNobodyKnowsAreNotRetried() throws {
        for name in ["a", "b"] { try workshop.write(name, to: "in/\(name).pfx") }
        let retrying = redoing(.failures)
        #expect(code { try workshop.run(workshop.configuration, options: retrying) } == "notRecorded")
        #expect(workshop.names("out") == [])
        _ = try items()
        try editManifest("converted\"", "unchanged\"")
        let edited = try workshop.text("out/manifest.json")
        #expect(code { try workshop.run(workshop.configuration, options: retrying) } == "notRecorded")
        #expect(code { try status(nil, .failures) } == "notRecorded")
        #expect(try workshop.text("out/manifest.json") == edited)
        unlink(workshop.folder.path("out/manifest.json"))
        #expect(code { try workshop.run(workshop.configuration, options: retrying) } == "notRecorded")
        #expect(workshop.names("out") == ["site", "site/a.pfx", "site/b.pfx"])
        #expect(try items().map(\.status) == [.unchanged, .unchanged])
    }

    // MARK: - Before a run

    private func status(_ configuration: PipelineConfiguration? = nil, _ redo: Redo = .whatChanged) throws
        -> PipelineStatus
    {
        try PipelineStatus(
            configuration: configuration ?? workshop.configuration, providers: [fakeProvider("fake")],
            tool: .init(name: "recapi", version: "0"), redo: redo)
    }

    @Test func statusSaysWhatIsToDoAndWritesNothing() throws {
        for name in ["a", "b", "c", "d", "e", "f"] { try workshop.write(name, to: "in/\(name).pfx") }
        #expect(try status().counts == [.new: 6])
        #expect(!workshop.exists("out"))
        let cancellation = Cancellation()
        var configuration = workshop.configuration
        configuration.jobs = 1
        _ = try workshop.run(configuration, cancellation: cancellation) {
            if $0.bytes == Array("a".utf8) { throw PKCS12Error(.wrongPassword, "no") }
        }
        try workshop.write("another", to: "in/b.pfx")
        unlink(workshop.folder.path("out/site/c.pfx"))
        try workshop.write("another", to: "out/site/d.pfx")
        rename(workshop.folder.path("in/e.pfx"), workshop.folder.path("in/g.pfx"))
        let names = workshop.names("out")
        let manifest = try workshop.text("out/manifest.json")
        let status = try status()
        #expect(status.counts == [.failed: 1, .changed: 1, .outputMissing: 1, .outputChanged: 1, .new: 1])
        #expect(status.total == 6 && status.asRecorded == 1 && status.hasWork)
        #expect(status.gone == [.init(site: "site", source: workshop.folder.path("in/e.pfx"))])
        var items: [PipelineStatus.Item] = []
        status.forEachItem { items.append($0) }
        #expect(items.map(\.reason) == [.failed, .changed, .outputMissing, .outputChanged, .new])
        #expect(items[0].output == workshop.folder.path("out/site/a.pfx"))
        #expect(try self.status(nil, .everything).counts == [.forced: 6])
        #expect(try self.status(nil, .failures).counts == [.failed: 1])
        #expect(workshop.names("out") == names)
        #expect(try workshop.text("out/manifest.json") == manifest)
    }

    @Test func whatWasInterruptedIsStillToDo() throws {
        for index in 0..<100 { try workshop.write("x\(index)", to: "in/\(index + 100).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        let cancellation = Cancellation()
        let result = try workshop.run(configuration, cancellation: cancellation) { _ in cancellation.cancel() }
        #expect(try status().counts == [.interrupted: result.summary.failed])
        let next = try workshop.run(configuration)
        #expect(next.summary.converted == result.summary.failed && next.summary.unchanged == result.summary.converted)
        #expect(try !status().hasWork)
    }

    @Test func whatIsInterruptedKeepsTheOutputThatIsThere() throws {
        for index in 0..<100 { try workshop.write("x\(index)", to: "in/\(index + 100).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        let before = try items(RunOptions(), configuration)
        // One of those that the run will not come to is touched, and one is gone.
        try workshop.write("precious", to: "out/site/198.pfx")
        unlink(workshop.folder.path("out/site/199.pfx"))
        for _ in 0..<2 {
            let cancellation = Cancellation()
            let result = try workshop.run(
                configuration, options: redoing(.everything), cancellation: cancellation
            ) { _ in cancellation.cancel() }
            #expect(result.verdict == .interrupted && result.summary.failed > 10)
            #expect(
                try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
            let after = try Manifest.read(from: result.manifest).items
            #expect(after.suffix(10).allSatisfy { $0.error?.code == "interrupted" })
            for (before, after) in zip(before, after).suffix(10).dropLast(2) {
                #expect(after.output == before.output && after.outputSHA256 == before.outputSHA256)
                #expect(after.verifiedBy == before.verifiedBy && after.sourceSHA256 == before.sourceSHA256)
            }
            #expect(after.suffix(2).allSatisfy { $0.outputSHA256 == nil && $0.earlierOutputSHA256 != nil })
            #expect(after.map(\.output) == before.map(\.output))
        }
        #expect(try status(configuration).counts[.interrupted] ?? 0 > 10)
        let next = try items(RunOptions(), configuration)
        #expect(next.dropLast(2).allSatisfy { $0.status == .unchanged })
        #expect(next.suffix(2).map(\.status) == [.failed, .converted])
    }

    @Test func aRunThatIsStoppedBeforeItDidAnythingChangesNothing() throws {
        try workshop.write("one", to: "in/one.pfx")
        _ = try items()
        let manifest = try workshop.text("out/manifest.json")
        let cancellation = Cancellation()
        cancellation.cancel()
        #expect(code { try workshop.run(workshop.configuration, cancellation: cancellation) } == "interrupted")
        #expect(try workshop.text("out/manifest.json") == manifest)
        #expect(workshop.names("out") == ["manifest.json", "site", "site/one.pfx"])
    }

    // MARK: - Other runs

    @Test func aRunWaitsForAnotherAndLooksAnew() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("", to: "out/x")
        let workshop = workshop
        var options = RunOptions()
        let lock = Mutex<FolderLock?>(try FolderLock(workshop.path("out")))
        options.whenWaiting = { error in
            #expect(error.reason.contains("process \(getpid()) on "))
            // What comes while it waits is done as well.
            _ = try? workshop.write("two", to: "in/two.pfx")
            lock.withLock { $0 = nil }
        }
        #expect(code { try workshop.run(workshop.configuration, options: options) } == "outputBusy")
        options.patience = .seconds(60)
        #expect(try workshop.run(workshop.configuration, options: options).summary.converted == 2)
    }

    @Test func aWaitEndsWhenItIsOverAndWhenTold() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("", to: "out/x")
        let lock = try FolderLock(workshop.path("out"))
        defer { withExtendedLifetime(lock) {} }
        var options = RunOptions()
        options.patience = .milliseconds(200)
        let start = ContinuousClock.now
        #expect(code { try workshop.run(workshop.configuration, options: options) } == "outputBusy")
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        let cancellation = Cancellation()
        options.patience = .seconds(3_600)
        options.whenWaiting = { _ in cancellation.cancel() }
        #expect(
            code { try workshop.run(workshop.configuration, options: options, cancellation: cancellation) }
                == "interrupted")
    }

    @Test func whatKilledRunsLeftIsSwept() throws {
        try workshop.write("one", to: "in/one.pfx")
        try FileManager.default.createDirectory(
            atPath: workshop.folder.path("out/site"), withIntermediateDirectories: true)
        let alive = try TemporaryFile(in: OpenFolder(workshop.path("out/site")), for: "x")
        defer { withExtendedLifetime(alive) {} }
        let living = workshop.names("out")
        try workshop.write("dead", to: "out/.recapi-0123456789abcdef.tmp")
        try workshop.write("dead", to: "out/site/.recapi-f.tmp")
        try workshop.write("torn", to: "out/manifest.json.journal")
        try workshop.write("other", to: "out/site/.recapi-12345678901234567.tmp")
        try workshop.write("other", to: "out/.recapi-x.tmp")
        try workshop.write("other", to: "out/site/recapi-f.tmp")
        try workshop.write("elsewhere", to: "elsewhere/.recapi-a.tmp")
        symlink(workshop.folder.path("elsewhere"), workshop.folder.path("out/link"))
        _ = try items()
        #expect(
            workshop.names("out").filter { $0.contains("recapi") }
                == (living + [".recapi-x.tmp", "site/.recapi-12345678901234567.tmp", "site/recapi-f.tmp"])
                .filter { $0 != "site" }.sorted())
        #expect(workshop.exists("elsewhere/.recapi-a.tmp"))
        // Of a signature or a report: the run had come to its end otherwise.
        try workshop.write("dead", to: "out/.recapi-5.tmp")
        _ = try items()
        #expect(!workshop.exists("out/.recapi-5.tmp"))
    }
}
