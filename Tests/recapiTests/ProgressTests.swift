import Foundation
import TestSupport
import Testing

/// How far a run is, for those who watch and for programs.
@Suite struct ProgressTests {
    private static let escape = "\u{1B}"

    /// A folder of copies of a file that takes its time: 600,000 iterations.
    private static func slowFiles(_ count: Int) throws -> Workshop {
        let workshop = try Workshop()
        let bytes = try Vectors.named("openssl-iterations-600000").bytes
        for index in 0..<count { try workshop.folder.write(bytes, to: "in/server\(index).pfx") }
        return workshop
    }

    private static func arguments(_ workshop: Workshop, _ options: String...) -> [String] {
        [
            "convert", workshop.folder.path("in"), "--out", workshop.out, "--jobs", "1", "--password",
            workshop.password,
            "--output-password", workshop.password,
        ] + options
    }

    /// What appears on a terminal of 100 columns.
    private func shown(_ options: String..., environment: [String: String] = [:]) throws -> String {
        let sample = try Sample(broken: true)
        let terminal = try PseudoTerminal()
        let settings = ["TERM": "xterm", "COLUMNS": "100", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]
        let process = try Recapi.start(
            ["run", sample.pipeline] + options,
            setting: .init(environment: settings.merging(environment) { $1 }, terminal: terminal))
        let shown = terminal.readToEnd()
        #expect(try process.wait().status == 3)
        return shown
    }

    @Test func barShowsCountsAndFillsUp() throws {
        let shown = try shown()
        let bar = "[\(Self.escape)[33m" + String(repeating: "█", count: 30) + "\(Self.escape)[0m]  100%"
        #expect(shown.contains("\r\(Self.escape)[K6 of 6 files, 2 failed  " + bar))
        #expect(shown.contains("0 of 6 files  [" + String(repeating: "░", count: 30) + "]  0%"))
        // The line is free again before anything else is said.
        let rest = try #require(shown.components(separatedBy: "6 of 6 files").last)
        #expect(rest.contains("\r\(Self.escape)[Kmanifest: "))
    }

    @Test func barHasNoColourWhereNobodyWantsIt() throws {
        let shown = try shown(environment: ["NO_COLOR": "1"])
        #expect(shown.contains("6 of 6 files, 2 failed  [" + String(repeating: "█", count: 30) + "]  100%"))
        #expect(!shown.contains("\(Self.escape)[3"))
    }

    @Test func barIsASCIIWhereTheLocaleIs() throws {
        let shown = try shown(environment: ["LC_ALL": "C", "NO_COLOR": "1"])
        #expect(shown.contains("6 of 6 files, 2 failed  [" + String(repeating: "#", count: 30) + "]  100%"))
        #expect(shown.contains("[" + String(repeating: "-", count: 30) + "]") && !shown.contains("░"))
    }

    @Test(arguments: [12, 24, 40, 60]) func barFitsItsColumns(columns: Int) throws {
        let shown = try shown(environment: ["COLUMNS": "\(columns)", "NO_COLOR": "1"])
        let lines = shown.components(separatedBy: "\r\(Self.escape)[K").filter { $0.contains(" of 6") }
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { $0.count < columns }, "\(lines)")
    }

    @Test func dumbTerminalGetsLinesInsteadOfABar() throws {
        #expect(try !shown("--progress", "bar", environment: ["TERM": "dumb"]).contains(Self.escape))
    }

    @Test func noneIsNone() throws {
        let shown = try shown("--progress", "none")
        #expect(!shown.contains(Self.escape) && !shown.contains("of 6") && shown.contains("manifest: "))
    }

    @Test func messagesStandAboveTheBar() throws {
        let workshop = try Self.slowFiles(60)
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(
            Self.arguments(workshop),
            setting: .init(environment: ["TERM": "xterm", "COLUMNS": "80"], terminal: terminal))
        try terminal.expect("0 of 60 files")
        process.signal(SIGTERM)
        let shown = terminal.readToEnd()
        #expect(try process.wait().status == 143)
        let message = "recapi: finishing the files in hand; once more to stop at once\r\n"
        #expect(shown.contains("\r\(Self.escape)[K\(message)"))
        let after = try #require(shown.components(separatedBy: message).dropFirst().first)
        #expect(after.firstMatch(of: #/^[0-9]+ of 60 files/#) != nil)
    }

    @Test func pipesGetALineFromTimeToTime() throws {
        let workshop = try Self.slowFiles(6)
        let run = try Recapi.run(Self.arguments(workshop, "--progress-interval", "0.2"))
        #expect(run.status == 0, "\(run.errorText)")
        let lines = run.errorText.split(separator: "\n").filter { $0.contains(" of 6 files") }
        #expect(!lines.isEmpty, "\(run.errorText)")
        #expect(
            lines.allSatisfy { $0.wholeMatch(of: #/[0-6] of 6 files(, [0-9.]+\/(s|min))?(, [0-9:]+ left)?/#) != nil },
            "\(lines)")
        #expect(!run.errorText.contains(Self.escape) && !run.errorText.contains("\r"))
    }

    @Test func eventsAreOneObjectALine() throws {
        let sample = try Sample(broken: true)
        let run = try Recapi.run("run", sample.pipeline, "--progress", "json", "--json")
        #expect(run.status == 3)
        let events = try run.errorText.split(separator: "\n").map { try JSONDocument(Array($0.utf8)) }
        #expect(run.errorText.hasSuffix("}\n"))
        #expect(events.map { $0["event"].string } == ["start"] + Array(repeating: "item", count: 6) + ["summary"])
        #expect(events.allSatisfy { $0["schemaVersion"].int == 1 && $0["total"].int == 6 })
        #expect(events.map { $0["done"].int } == [0, 1, 2, 3, 4, 5, 6, 6])
        let manifest = try JSONDocument(contentsOf: sample.manifest)
        #expect(Set(events.map { $0["run"].string }) == [manifest["run"]["id"].string])
        let failed = events.filter { $0["status"].string == "failed" }
        #expect(Set(failed.map { $0["code"].string }) == ["truncated", "wrongPassword"])
        #expect(failed.allSatisfy { $0["site"].string == "berlin" && $0["source"].string?.hasSuffix(".pfx") == true })
        let summary = try #require(events.last)
        #expect(summary["converted"].int == 4 && summary["failed"].int == 2 && summary["exitCode"].int == 3)
        #expect(summary["manifest"].string == sample.manifest)
    }

    @Test func eventsTellOfTimeBetweenItems() throws {
        let workshop = try Self.slowFiles(6)
        let run = try Recapi.run(Self.arguments(workshop, "--progress", "json", "--progress-interval", "0.2"))
        let events = try run.errorText.split(separator: "\n").map { try JSONDocument(Array($0.utf8)) }
        #expect(events.contains { $0["event"].string == "progress" && $0["total"].int == 6 })
    }

    @Test(arguments: [
        ["--progress", "json", "--log-format", "text"], ["--progress", "bar", "--log-format", "json"],
        ["--progress-interval", "0"], ["--progress", "often"], ["--log-level", "loud"],
    ]) func whatMakesNoSenseIsAUsageError(options: [String]) throws {
        #expect(try Recapi.run(["run", "pipeline.json"] + options).status == 64)
    }
}
