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

    @Test func errorsAreOneSentenceWithAHint() throws {
        let output = try Recapi.run("inspect", "a.pfx", "--password", "hunter2")
        #expect(output.standardOutput.isEmpty)
        let lines = output.errorText.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first == "recapi: --password: not a password source")
        #expect(lines.last?.hasPrefix("  hint: name a source, not the password: ") == true)
    }
}
