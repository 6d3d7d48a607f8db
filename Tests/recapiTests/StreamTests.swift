import Foundation
import TestSupport
import Testing

/// Results on standard output, prose on standard error, and a moving line for those who watch a terminal only.
@Suite struct StreamTests {
    private static let escape = "\u{1B}"

    @Test func pipesGetNoEscapesAndNoProgress() throws {
        let sample = try Sample(broken: true)
        let run = try Recapi.run("run", sample.pipeline)
        for text in [run.text, run.errorText] {
            #expect(!text.contains(Self.escape) && !text.contains("\r"))
        }
        #expect(run.text.hasPrefix("SITE    FILE"))
        #expect(!run.text.contains("manifest: ") && run.errorText.contains("manifest: \(sample.manifest)\n"))
        #expect(!run.errorText.contains("of 6 files"))
    }

    @Test func terminalsGetAProgressLine() throws {
        let sample = try Sample(broken: true)
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(
            ["run", sample.pipeline], setting: .init(environment: ["TERM": "xterm"], terminal: terminal))
        let shown = terminal.readToEnd()
        let output = try process.wait()
        #expect(output.status == 3)
        #expect(shown.contains("\r\(Self.escape)[K6 of 6 files, 2 failed"))
        #expect(shown.contains("manifest: \(sample.manifest)"))
        #expect(!output.text.contains(Self.escape) && output.text.hasPrefix("SITE"))
    }

    @Test func dumbTerminalsGetNone() throws {
        let sample = try Sample()
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(
            ["run", sample.pipeline], setting: .init(environment: ["TERM": "dumb"], terminal: terminal))
        let shown = terminal.readToEnd()
        #expect(try process.wait().status == 0)
        #expect(shown.contains("manifest: ") && !shown.contains(Self.escape))
    }

    @Test func jsonIsAllOfStandardOutput() throws {
        let sample = try Sample(broken: true)
        let run = try Recapi.run("run", sample.pipeline, "--json")
        let summary = try JSONDocument(run.standardOutput)
        #expect(summary["total"].int == 6 && summary["converted"].int == 4 && summary["failed"].int == 2)
        #expect(summary["bySite"]["berlin"]["failed"].int == 2)
        for arguments in [
            ["schema", "pipeline"], ["schema", "manifest"], ["providers", "--json"],
            ["inspect", "--json", sample.path("berlin/cut-short.pfx"), "--password", "empty"],
            ["verify", sample.manifest, "--json", "--password", "file:" + sample.path("passwords/output")],
        ] {
            let output = try Recapi.run(arguments)
            #expect(throws: Never.self, "\(arguments)") { try JSONDocument(output.standardOutput) }
        }
    }

    @Test func resultsThatCannotBeWrittenAreNotLostInSilence() throws {
        let output = try Recapi.run("schema", "manifest", setting: .init(output: "/dev/full"))
        #expect(output.status == 74)
        #expect(output.errorText.contains("cannot be written to standard output: No space left on device"))
    }

    /// What is opened first takes the lowest free descriptor: no output may become a standard stream.
    @Test func closedStreamsDoNotBecomeOutputs() throws {
        let sample = try Sample(broken: true)
        #expect(try Recapi.run("run", sample.pipeline, setting: .init(closed: [0, 1, 2])).status == 3)
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        #expect(verified.status == 0 && verified.text.hasPrefix("4 outputs are as the manifest says"))
    }

    @Test func hintThatSeveralFilesShareComesOnce() throws {
        let sample = try Sample()
        try sample.editPipeline("file:passwords/berlin", "file:passwords/output")
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 3)
        let lines = run.text.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("failed: ") }.count == 2)
        #expect(lines.filter { $0.hasPrefix("  hint: give the password that the file was exported with") }.count == 1)
    }

    @Test(arguments: [("passwords/berlin", "the grammar of JSON"), ("pipeline.json", "schemaVersion is missing")])
    func whatIsNoManifest(_ name: String, said: String) throws {
        let sample = try Sample()
        let output = try Recapi.run("verify", sample.path(name), "--password", "empty")
        #expect(output.status == 1)
        #expect(
            output.errorText.contains("\(sample.path(name)) is not a manifest: ") && output.errorText.contains(said))
        #expect(output.errorText.contains("hint: name the manifest.json that a run wrote"))
        #expect(!output.errorText.contains("Error") && !output.errorText.contains("CodingKeys"))
    }

    @Test func errorsAreOneSentenceWithAHint() throws {
        let output = try Recapi.run("inspect", "a.pfx", "--password", "hunter2")
        #expect(output.standardOutput.isEmpty)
        let lines = output.errorText.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first == "recapi: --password: not a password source")
        #expect(lines.last?.hasPrefix("  hint: name a source, not the password: ") == true)
    }
}
