import Foundation
import PKCS12
import Providers
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct RunTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    @Test func aRunConvertsRecordsAndEnds() throws {
        try workshop.write("one", to: "in/a/one.pfx")
        try workshop.write("done", to: "in/two.p12")
        try workshop.write("bad", to: "in/bad.pfx")
        let sources = ["a/one.pfx", "bad.pfx", "two.p12"].map { workshop.folder.path("in/" + $0) }
        let log = ProgressLog()
        let result = try workshop.run(workshop.configuration, progress: log) {
            if $0.bytes == Array("bad".utf8) { throw PKCS12Error(.notPKCS12, "no PFX", hint: "look") }
        }
        #expect(result.verdict == .someFailed)
        #expect(result.summary.bySite == ["site": .init(total: 3, converted: 1, unchanged: 1, failed: 1)])
        #expect(try workshop.text("out/site/a/one.pfx") == "one converted")
        #expect(workshop.names("out") == ["manifest.json", "site", "site/a", "site/a/one.pfx"])
        #expect(log.steps.withLock { $0.map(\.done) } == [1, 2, 3])
        #expect(log.steps.withLock { $0.map(\.total) } == [3, 3, 3])
        #expect(log.steps.withLock { $0.last?.failed } == 1)
        #expect(log.steps.withLock { $0.map(\.item.source).sorted() } == sources)

        let manifest = try Manifest.read(from: result.manifest)
        #expect(manifest.items.map(\.status) == [.converted, .failed, .unchanged])
        #expect(manifest.items.map(\.source) == sources)
        #expect(manifest.items[0].output == "site/a/one.pfx")
        #expect(manifest.items[0].sealedBy == "fake")
        #expect(manifest.items[0].outputPath(forManifestAt: result.manifest) == workshop.path("out/site/a/one.pfx"))
        let digest = try FakeCrypto().digest(Array("one converted".utf8)[...], with: .sha256)
        #expect(manifest.items[0].outputSHA256 == hexText(digest))
        #expect(manifest.items[1].error == .init(code: "notPKCS12", message: "no PFX", hint: "look"))
        #expect(manifest.items[1].sourceSHA256 != nil)
        #expect(manifest.items[2].notes == ["already so"])
        #expect(manifest.summary == result.summary)
        #expect(manifest.providers == [.init(name: "fake", library: "Fake 1.0")])
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
    }

    @Test func whatWasDoneBeforeIsUnchanged() throws {
        try workshop.write("one", to: "in/one.pfx")
        #expect(try workshop.run(workshop.configuration).summary.converted == 1)
        let output = try #require(FileStatus(workshop.path("out/site/one.pfx"))).identity
        let items = try workshop.items(workshop.configuration)
        #expect(items.map(\.status) == [.unchanged])
        #expect(items[0].output == "site/one.pfx")
        #expect(items[0].outputSHA256 != nil)
        #expect(FileStatus(workshop.path("out/site/one.pfx"))?.identity == output)
    }

    @Test func anotherFileAtTheOutputsPlaceStays() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("precious", to: "out/site/one.pfx")
        let items = try workshop.items(workshop.configuration)
        #expect(items.first?.error?.code == "outputExists")
        #expect(items.first?.error?.hint?.contains("output.overwrite") == true)
        #expect(try workshop.text("out/site/one.pfx") == "precious")
        var configuration = workshop.configuration
        configuration.output.overwrite = .replace
        #expect(try workshop.items(configuration).map(\.status) == [.converted])
        #expect(try workshop.text("out/site/one.pfx") == "one converted")
    }

    @Test func rewritingAndReplacingTogetherWriteAnew() throws {
        try workshop.write("one", to: "in/one.pfx")
        var configuration = workshop.configuration
        configuration.output.overwrite = .replace
        configuration.unchanged = .rewrite
        _ = try workshop.run(configuration)
        #expect(try workshop.items(configuration).map(\.status) == [.converted])
    }

    @Test func collisionsAreFoundBeforeAnythingIsWritten() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/one.p12")
        do {
            _ = try workshop.run(workshop.configuration)
            Issue.record("it ran")
        } catch let error as PipelineError {
            #expect(error.code == .outputCollision)
            #expect(error.reason.contains("in/one.p12 (inputs[0])") && error.reason.contains("in/one.pfx (inputs[0])"))
        }
        #expect(!workshop.exists("out"))
    }

    @Test func collisionsAcrossInputsAndWithTheManifestAreFound() throws {
        try workshop.write("one", to: "in/a/one.pfx")
        try workshop.write("two", to: "in/b/one.pfx")
        var configuration = workshop.configuration
        configuration.inputs = [workshop.input("x", "in/a"), workshop.input("x", "in/b")]
        #expect(code { try workshop.run(configuration) } == "outputCollision")
        configuration.inputs = [workshop.input("x", "in/a"), workshop.input("y", "in/b")]
        #expect(code { try workshop.run(configuration) } == nil)
        configuration.output.name = try OutputName("{name}.pfx")
        #expect(code { try workshop.run(configuration) } == "outputCollision")
        configuration.inputs.removeLast()
        configuration.manifest = workshop.path("out/one.pfx")
        #expect(code { try workshop.run(configuration) } == "outputCollision")
        configuration.manifest = workshop.path("in/a/one.pfx")
        #expect(code { try workshop.run(configuration) } == "outputCollision")
    }

    @Test func noOutputTakesThePlaceOfASource() throws {
        try workshop.write("one", to: "in/sub/x.pfx")
        try workshop.write("two", to: "kept/sub/x.pfx")
        var configuration = workshop.configuration
        configuration.inputs = [workshop.input("a", "in"), workshop.input("b", "kept/sub/x.pfx")]
        configuration.output.directory = workshop.path("kept")
        configuration.output.name = try OutputName("{folder}/{name}.pfx")
        configuration.output.overwrite = .replace
        #expect(code { try workshop.run(configuration) } == "outputCollision")
        #expect(try workshop.text("kept/sub/x.pfx") == "two")
    }

    @Test func twoRunsDoNotShareAManifest() throws {
        try workshop.write("one", to: "in/one.pfx")
        var configuration = workshop.configuration
        configuration.manifest = workshop.path("manifest.json")
        let journal = try Journal(workshop.path("manifest.json.journal"), Digester([fakeProvider("fake")]))
        #expect(code { try workshop.run(configuration) } == "outputBusy")
        journal.remove()
        withExtendedLifetime(journal) {}
        #expect(code { try workshop.run(configuration) } == nil)
    }

    @Test func hostileNamesStayInsideTheOutputFolder() throws {
        for name in ["...pfx", "..pfx", ".pfx", "new\nline.pfx", "$(x) ;'\".pfx", "a..b.pfx"] {
            try workshop.write(name, to: "in/" + name)
        }
        #expect(try workshop.run(workshop.configuration).verdict == .allDone)
        #expect(
            workshop.names("out/site") == ["$(x) ;'\".pfx", "...pfx", "..pfx", ".pfx.pfx", "a..b.pfx", "new\nline.pfx"])
        var configuration = workshop.configuration
        configuration.output.name = try OutputName("{name}/x.pfx")
        let items = try workshop.items(configuration)
        // "...pfx" without its extension is "..", "..pfx" is ".".
        #expect(items.compactMap(\.error?.code) == ["outputNameInvalid", "outputNameInvalid"])
        #expect(!workshop.exists("x.pfx") && !workshop.exists("out/x.pfx"))
    }

    @Test func namesThatAreNotUTF8AreRecordedByTheirBytes() throws {
        let source = FilePath(workshop.path("in/").bytes + [0x2F, 0xE4] + Array(".pfx".utf8))
        try OpenFile(source, O_WRONLY | O_CREAT).write("one".utf8)
        let result = try workshop.run(workshop.configuration)
        let item = try #require(Manifest.read(from: result.manifest).items.first)
        #expect(item.source.hasSuffix("/\u{FFFD}.pfx"))
        #expect(item.sourcePath == FilePath(workshop.path("in").bytes + [0x2F, 0xE4] + Array(".pfx".utf8)))
        let output = try #require(item.outputPath(forManifestAt: result.manifest))
        #expect(item.outputBytes == "site/%E4.pfx")
        #expect(try FileReader(byteLimit: 100).read(output).bytes == Array("one converted".utf8))
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
    }

    @Test(.patientLimit(minutes: 1)) func whatIsNoFileFailsAndTheRestGoesOn() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write(String(repeating: "x", count: 1_000), to: "in/large.pfx")
        mkfifo(workshop.folder.path("in/fifo.pfx"), 0o600)
        symlink("/dev/zero", workshop.folder.path("in/device.pfx"))
        symlink("nowhere", workshop.folder.path("in/gone.pfx"))
        symlink("..", workshop.folder.path("in/up"))
        try workshop.write("", to: "in/up-there")
        var configuration = workshop.configuration
        configuration.limits.fileByteCount = 999
        configuration.inputs.append(workshop.input("elsewhere", "nowhere"))
        let result = try workshop.run(configuration)
        let items = try Manifest.read(from: result.manifest).items
        let codes = Dictionary(
            uniqueKeysWithValues: items.map {
                (String($0.source.dropFirst(workshop.folder.path.count + 1)), $0.error?.code)
            })
        #expect(codes["in/one.pfx"] == .some(nil))
        #expect(codes["in/large.pfx"] == "tooLarge")
        #expect(codes["in/fifo.pfx"] == "notARegularFile")
        #expect(codes["in/device.pfx"] == "notARegularFile")
        #expect(codes["in/gone.pfx"] == "notFound")
        #expect(codes["nowhere"] == "notFound")
        #expect(result.verdict == .someFailed)
    }

    @Test func aFileThatVanishesAfterDiscoveryFails() throws {
        for index in 0..<100 { try workshop.write("x\(index)", to: "in/\(index + 100).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        let folder = workshop.folder
        let items = try workshop.items(configuration) { source in
            // At most 65 items are out of the folder, so that the last is still to be read here.
            if source.path.hasSuffix("/100.pfx") { unlink(folder.path("in/199.pfx")) }
        }
        #expect(items.last?.error?.code == "notFound")
        #expect(items.dropLast().allSatisfy { $0.status == .converted })
    }

    @Test func nothingToDoWritesNothing() throws {
        #expect(code { try workshop.run(workshop.configuration) } == "nothingToDo")
        #expect(!workshop.exists("out"))
    }

    @Test func anInputWithoutFilesIsNoted() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("", to: "empty/readme.txt")
        var configuration = workshop.configuration
        configuration.inputs.append(workshop.input("idle", "empty"))
        let result = try workshop.run(configuration)
        #expect(result.verdict == .allDone)
        #expect(result.notes.contains("inputs[1] (site idle) gave no file"))
    }

    @Test func aMissingPasswordIsSaidBeforeAnythingIsWritten() throws {
        try workshop.write("one", to: "in/one.pfx")
        var configuration = workshop.configuration
        configuration.inputs[0].passwords.append(.environment("RECAPI_TEST_UNSET"))
        do {
            _ = try workshop.run(configuration)
            Issue.record("it ran")
        } catch let error as PipelineError {
            #expect(error.code == .passwordUnavailable)
            #expect(error.reason.hasPrefix("inputs[0].password[1]: "))
        }
        #expect(!workshop.exists("out"))
    }

    @Test func anOutputFolderThatCannotBeEndsInAManifest() throws {
        for index in 0..<5 { try workshop.write("x", to: "in/\(index).pfx") }
        try workshop.write("a file", to: "out")
        var configuration = workshop.configuration
        configuration.manifest = workshop.path("report/manifest.json")
        let result = try workshop.run(configuration)
        #expect(result.verdict == .nothingDone)
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.map(\.error?.code) == Array(repeating: "writeFailed", count: 5))
        #expect(workshop.names("report") == ["manifest.json"])
    }

    @Test func aManifestThatCannotBeWrittenIsAnError() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("a file", to: "report")
        var configuration = workshop.configuration
        configuration.manifest = workshop.path("report/manifest.json")
        #expect(code { try workshop.run(configuration) } == "writeFailed")
    }

    @Test func aJournalThatCannotGrowStopsTheRun() throws {
        for index in 0..<100 { try workshop.write("x", to: "in/\(index).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        configuration.manifest = workshop.path("report/m")
        try FileManager.default.createDirectory(
            atPath: workshop.folder.path("report"), withIntermediateDirectories: true)
        symlink("/dev/full", workshop.folder.path("report/m.journal"))
        // Not even a symbolic link to somewhere else is written through.
        #expect(code { try workshop.run(configuration) } == "writeFailed")
        #expect(!workshop.exists("report/m"))
    }

    @Test func aMismatchHasItsOwnVerdict() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/two.pfx")
        let result = try workshop.run(workshop.configuration) {
            if $0.path.hasSuffix("two.pfx") { throw ReissueError(.verificationMismatch, "the certificate differs") }
        }
        #expect(result.verdict == .verificationMismatch)
        #expect(workshop.names("out/site") == ["one.pfx"])
    }

    @Test func errorsWithoutACodeAreRecordedWithoutTheirText() throws {
        struct Leak: Error { var secret = "hunter2" }
        try workshop.write("one", to: "in/one.pfx")
        let items = try workshop.items(workshop.configuration) { _ in throw Leak() }
        #expect(items.first?.error?.code == "unexpected")
        #expect(try !workshop.text("out/manifest.json").contains("hunter2"))
    }

    @Test func aCancelledRunEndsInAManifest() throws {
        for index in 0..<100 { try workshop.write("x\(index)", to: "in/\(index + 100).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = 1
        let cancellation = Cancellation()
        let result = try workshop.run(configuration, cancellation: cancellation) { _ in cancellation.cancel() }
        #expect(result.verdict == .interrupted)
        #expect(result.summary.total == 100)
        // 32 in the worker's hands, 32 read ahead, one in the reader's.
        #expect((1...65).contains(result.summary.converted))
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.last?.error?.code == "interrupted")
    }

    @Test func aSecondRunOnTheSameFolderIsRefused() throws {
        try workshop.write("one", to: "in/one.pfx")
        let workshop = workshop
        let inner = Mutex<String?>(nil)
        _ = try workshop.run(workshop.configuration) { _ in
            let code = code { try workshop.run(workshop.configuration) }
            inner.withLock { $0 = code }
        }
        #expect(inner.withLock { $0 } == "outputBusy")
    }

    @Test func noPasswordIsInWhatARunLeavesBehind() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/two.pfx")
        let result = try workshop.run(workshop.configuration) {
            if $0.path.hasSuffix("two.pfx") { throw PKCS12Error(.wrongPassword, "no candidate opens the file") }
        }
        let text = try workshop.text("out/manifest.json")
        #expect(!text.contains("secret"))
        #expect(result.summary.failed == 1)
    }

    /// The manifest is laid out as documented: sorted keys, two spaces, slashes as they are.
    @Test func theManifestIsPleasantToRead() throws {
        try workshop.write("one", to: "in/one.pfx")
        _ = try workshop.run(workshop.configuration)
        let text = try workshop.text("out/manifest.json")
        #expect(text.hasPrefix("{\n  \"items\": [\n    {\n      \"durationMilliseconds\": "))
        #expect(text.contains("\n      \"source\": \"\(workshop.folder.path("in/one.pfx"))\",\n"))
        #expect(text.hasSuffix("  \"tool\": {\n    \"name\": \"recapi\",\n    \"version\": \"0\"\n  }\n}\n"))
    }

    @Test func tenThousandFilesAreRecordedInOrder() throws {
        // Discovery, planning, journal and manifest at size; the files are links to one, hard so that each counts.
        try workshop.write("one", to: "in/f00000.pfx")
        for index in 1..<10_000 {
            let name = "in/f" + String(repeating: "0", count: 5 - String(index).count) + "\(index).pfx"
            link(workshop.folder.path("in/f00000.pfx"), workshop.folder.path(name))
        }
        var configuration = workshop.configuration
        configuration.jobs = 4
        let result = try workshop.run(configuration) { _ in throw PKCS12Error(.notPKCS12, "no PFX") }
        #expect(result.summary.failed == 10_000)
        #expect(result.verdict == .nothingDone)
        let sources = try Manifest.read(from: result.manifest).items.map(\.source)
        #expect(sources == sources.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(Set(sources).count == 10_000)
    }
}
