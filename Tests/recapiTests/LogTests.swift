import Foundation
import Logging
import TestSupport
import Testing

@testable import recapi

/// The log that takes the place of prose.
@Suite struct LogTests {
    private static let prose = ["recapi: note: ", "manifest: /"]

    private func records(_ run: Recapi.Output) throws -> [JSONDocument] {
        #expect(run.errorText.isEmpty || run.errorText.hasSuffix("}\n"))
        return try run.errorText.split(separator: "\n").map { try JSONDocument(Array($0.utf8)) }
    }

    @Test func recordsAreOneObjectALine() throws {
        let sample = try Sample(broken: true)
        let records = try records(Recapi.run("run", sample.pipeline, "--log-format", "json"))
        #expect(records.map { $0["level"].string } == ["info", "error", "error", "info"])
        let manifest = try JSONDocument(contentsOf: sample.manifest)
        #expect(Set(records.map { $0["run"].string }) == [manifest["run"]["id"].string])
        #expect(records.allSatisfy { $0["time"].string?.hasSuffix("Z") == true })
        let failures = records.filter { $0["level"].string == "error" }
        #expect(Set(failures.map { $0["code"].string }) == ["truncated", "wrongPassword"])
        #expect(failures.allSatisfy { $0["site"].string == "berlin" && $0["hint"].string != nil })
        #expect(failures.allSatisfy { $0["source"].string?.hasPrefix(sample.path("berlin/")) == true })
        #expect(records.last?["failed"].int == 2 && records.last?["exitCode"].int == 3)
        #expect(records.last?["manifest"].string == sample.manifest)
    }

    @Test func levelsChooseWhatIsSaid() throws {
        let sample = try Sample(broken: true)
        let debug = try records(Recapi.run("run", sample.pipeline, "--log-format", "json", "--log-level", "debug"))
        #expect(debug.filter { $0["level"].string == "debug" }.count == 4)
        #expect(debug.filter { $0["thumbprint"].string?.count == 40 }.count == 4)
        #expect(
            try records(Recapi.run("run", sample.pipeline, "--log-format", "json", "--log-level", "error")).count == 2)
        #expect(try Recapi.run("run", sample.pipeline, "--log-level", "critical").errorText.isEmpty)
    }

    @Test func proseIsNotSaidAsWell() throws {
        let sample = try Sample(broken: true)
        let prose = try Recapi.run("run", sample.pipeline, "--provider", "x")
        #expect(prose.status == 64)
        let text = try Recapi.run("run", sample.pipeline, "--log-level", "info")
        let lines = text.errorText.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(
            lines.allSatisfy { $0.firstMatch(of: #/^20[0-9]{2}-[0-9-]+T[0-9:.]+Z (info|error) [a-z]/#) != nil },
            "\(lines)")
        #expect(!lines.contains { line in Self.prose.contains { line.hasPrefix($0) } })
        let path = sample.path("berlin/cut-short.pfx")
        #expect(
            lines.contains {
                $0.contains(" code=truncated hint=\"the file is not complete") && $0.hasSuffix("source=\(path)")
            })
    }

    @Test func withoutALogPeopleGetProse() throws {
        let sample = try Sample(broken: true)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.errorText == "manifest: \(sample.manifest)\n")
    }

    @Test func errorsThatEndTheCommandAreLogged() throws {
        let folder = try TemporaryFolder()
        let run = try Recapi.run("run", folder.path("none.json"), "--log-format", "json")
        #expect(run.status == 78)
        let record = try #require(try records(run).first)
        #expect(record["level"].string == "error" && record["code"].string == "configurationUnreadable")
    }

    @Test func signalsAreLogged() throws {
        let workshop = try Workshop()
        let bytes = try Vectors.named("openssl-iterations-600000").bytes
        for index in 0..<60 { try workshop.folder.write(bytes, to: "in/server\(index).pfx") }
        let process = try Recapi.start([
            "convert", workshop.folder.path("in"), "--out", workshop.out, "--jobs", "1", "--password",
            workshop.password,
            "--output-password", workshop.password, "--log-format", "json",
        ])
        try process.wait { process.errorText.contains("the run begins") }
        process.signal(SIGTERM)
        let records = try records(process.wait())
        #expect(
            records.contains { $0["level"].string == "notice" && $0["message"].string?.hasPrefix("finishing") == true })
    }

    @Test func journaldGetsLevelsAndKeepsTheTime() throws {
        let sample = try Sample(broken: true)
        let folder = try TemporaryFolder()
        let log = try folder.write([], to: "journal")
        // As systemd does it: the variable names the device and inode of standard error.
        let script = #"exec 2>"$0"; JOURNAL_STREAM=$(stat -L -c %d:%i "$0") exec "$@""#
        _ = try ExternalTool(name: "sh", package: "dash").run(
            ["-c", script, log, Recapi.executable, "run", sample.pipeline, "--log-level", "info"])
        let lines = String(decoding: try folder.read("journal"), as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.prefix(5) } == ["<6>th", "<3>th", "<3>th", "<6>th"], "\(lines)")
        // Inherited, but another stream.
        let other = try Recapi.run(
            "run", sample.pipeline, "--log-level", "info", setting: .init(environment: ["JOURNAL_STREAM": "1:1"]))
        #expect(other.errorText.hasPrefix("20"))
    }

    @Test func textStaysOnItsLine() {
        let text = StandardErrorLog.text(
            "a\nb", ["site": "x y", "code": "ok", "hint": "say \"no\" \\ \u{202E}", "none": ""])
        #expect(text == "a\u{FFFD}b code=ok hint=\"say \\\"no\\\" \\\\ \u{FFFD}\" none=\"\" site=\"x y\"")
    }

    @Test func jsonKeepsWhatItHolds() throws {
        let hostile = "a\nb\"\\\u{0}\u{1}\u{202E}\u{2028} é 木 \u{1F600}"
        let line = StandardErrorLog.json(
            .error, hostile, ["site": "\(hostile)", "done": .stringConvertible(4), "rate": .stringConvertible(2.5)],
            time: "now")
        #expect(!line.contains("\n"))
        let python = "import json, sys; json.dump(json.load(sys.stdin), sys.stdout)"
        let read = try JSONDocument(ExternalTool.python3.check(["-c", python], input: Array(line.utf8)).standardOutput)
        #expect(read["message"].string == hostile && read["site"].string == hostile)
        #expect(read["done"].int == 4 && read["rate"].value as? Double == 2.5)
    }
}
