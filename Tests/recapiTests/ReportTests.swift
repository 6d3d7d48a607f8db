import Foundation
import TestSupport
import Testing

/// The files that a run leaves for those who watch it.
@Suite struct ReportTests {
    private let sample: Sample

    init() throws {
        sample = try Sample(broken: true)
    }

    private func run(_ options: String...) throws -> Recapi.Output {
        try Recapi.run(["run", sample.pipeline] + options)
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try sample.folder.read("x/" + name), as: UTF8.self)
    }

    private func metric(_ name: String) throws -> Substring? {
        try text("recapi.prom").split(separator: "\n").first { $0.hasPrefix(name + "{") }?.split(separator: " ").last
    }

    @Test func allThreeAreWritten() throws {
        let run = try run(
            "--metrics-file", sample.path("recapi.prom"), "--junit", sample.path("junit.xml"), "--report",
            sample.path("pages/report.html"))
        #expect(run.status == 3)
        #expect(try metric("recapi_last_run_exit_code") == "3")
        #expect(try metric("recapi_last_success_timestamp_seconds") == "0")
        #expect(try text("recapi.prom").contains(#"manifest="\#(sample.manifest)",site="berlin",result="failed"} 2"#))
        #expect(try text("junit.xml").contains(#"<testsuites name="recapi" tests="6" failures="2""#))
        let page = try text("pages/report.html")
        #expect(page.hasPrefix("<!doctype html>") && page.contains("2 of 6 failed"))
        // Whoever collects metrics is another user.
        let mode =
            try FileManager.default.attributesOfItem(atPath: sample.path("recapi.prom"))[.posixPermissions] as? Int
        #expect(mode == 0o644 & ~currentMask)
    }

    private var currentMask: Int {
        let mask = umask(0o022)
        umask(mask)
        return Int(mask)
    }

    @Test func lastSuccessIsKeptFromRunToRun() throws {
        let metrics = sample.path("recapi.prom")
        for name in ["cut-short", "other-password"] {
            try FileManager.default.moveItem(atPath: sample.path("berlin/\(name).pfx"), toPath: sample.path(name))
        }
        #expect(try run("--metrics-file", metrics).status == 0)
        let success = try #require(try metric("recapi_last_success_timestamp_seconds"))
        #expect(try success == metric("recapi_last_run_timestamp_seconds"))
        try FileManager.default.moveItem(atPath: sample.path("cut-short"), toPath: sample.path("berlin/cut-short.pfx"))
        #expect(try run("--metrics-file", metrics).status == 3)
        #expect(try metric("recapi_last_success_timestamp_seconds") == success)
        #expect(try metric("recapi_last_run_timestamp_seconds") != success)
        // A run that comes to nothing still says that it ran.
        try sample.editPipeline("file:passwords/output", "env:RECAPI_TEST_UNSET")
        #expect(try run("--metrics-file", metrics, "--junit", sample.path("junit.xml")).status == 78)
        #expect(try metric("recapi_last_run_exit_code") == "78" && metric("recapi_items") == nil)
        #expect(try metric("recapi_last_success_timestamp_seconds") == success)
        #expect(try text("junit.xml").contains(#"<error type="passwordUnavailable""#))
    }

    @Test func neitherSourcesNorManifestsAreReplaced() throws {
        let source = try sample.folder.read("x/berlin/server1.pfx")
        try sample.folder.write("somebody_elses 1\n".utf8, to: "x/node.prom")
        for (option, places) in [
            ("--metrics-file", ["node.prom"]), ("--junit", ["berlin/server1.pfx", "pipeline.json"]),
            ("--report", ["berlin/server1.pfx", "pipeline.json"]),
        ] {
            for place in places {
                let run = try run(option, sample.path(place))
                #expect(run.status == 1 && run.errorText.contains("exists and is no "))
            }
        }
        // The collector would never read it, and nobody would know.
        let unread = try run("--metrics-file", sample.path("recapi.txt"))
        #expect(unread.status == 64 && unread.errorText.contains("ends in .prom"))
        #expect(try sample.folder.read("x/berlin/server1.pfx") == source)
        #expect(!FileManager.default.fileExists(atPath: sample.path("converted")))
    }

    @Test func reportInThePlaceOfAnOutputIsRefusedAfterTheRun() throws {
        let run = try run(
            "--junit", sample.path("converted/berlin/server1.pfx"), "--report", sample.path("report.html"))
        #expect(run.status == 3 && run.errorText.contains("exists and is no JUnit file that recapi wrote"))
        #expect(try text("report.html").contains("</html>"))
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        #expect(verified.status == 0)
    }

    @Test func reportThatCannotBeWrittenShowsInTheExitCode() throws {
        let sample = try Sample()
        try sample.folder.write([], to: "x/file")
        let run = try Recapi.run("run", sample.pipeline, "--report", sample.path("file/report.html"))
        #expect(run.status == 74)
        #expect(run.errorText.contains("report.html cannot be written") && run.errorText.contains("manifest: "))
    }

    @Test func oneFileForTwoReportsIsAUsageError() throws {
        #expect(try run("--junit", "same", "--report", "./same").status == 64)
        #expect(try run("--junit", "").status == 64)
    }

    @Test func pagesAreMadeOfManifestsThatAreThere() throws {
        #expect(try run().status == 3)
        let page = sample.path("page.html")
        let report = try Recapi.run("report", sample.manifest, "--out", page)
        #expect(report.status == 0 && report.text == page + "\n")
        #expect(try text("page.html").contains("2 of 6 failed"))
        #expect(try Recapi.run("report", sample.manifest, "--out", page).status == 0)
        #expect(try Recapi.run("report", sample.manifest, "--out", sample.manifest).status == 1)
        #expect(try Recapi.run("report", sample.pipeline, "--out", page).status == 1)
        #expect(try Recapi.run("report", "--out", page).status == 64)
    }

    @Test func nothingThatWatchesShowsASecret() throws {
        let options = [
            "--log-level", "trace", "--log-format", "json", "--metrics-file", sample.path("recapi.prom"), "--junit",
            sample.path("junit.xml"), "--report", sample.path("report.html"),
        ]
        let run = try Recapi.run(["run", sample.pipeline] + options)
        let said = try run.errorText + text("recapi.prom") + text("junit.xml") + text("report.html")
        #expect(said.contains("server1.pfx"))
        for name in ["berlin", "paris", "output"] { #expect(try !said.contains(sample.password(name))) }
        for file in sample.files {
            let password = "file:" + sample.path("passwords/" + file.prefix { $0 != "/" })
            let exponent = try OpenSSLReading.privateExponent(sample.path(file), password: password)
            for trace in traces(of: exponent) { #expect(!said.contains(trace)) }
        }
    }

    @Test func theWalkThroughRunsAsWritten() throws {
        let walk = try Walkthrough.run("docs/reports.md", section: "Try it")
        #expect(walk.commandCount == 5)
        #expect(walk.text.contains("12 files: 10 converted, 0 unchanged, 2 failed\n"))
        #expect(walk.text.contains(#"site="berlin",result="failed"} 2"#) && walk.text.hasSuffix("\n12\n"))
    }

    @Test func documentationNamesTheMetricsThatThereAre() throws {
        #expect(try run("--metrics-file", sample.path("recapi.prom")).status == 3)
        let written = try text("recapi.prom").matches(of: #/# TYPE (recapi_[a-z_]+) gauge/#).map { String($0.1) }
        let page = try String(contentsOf: PackageFolder.root.appending(path: "docs/reports.md"), encoding: .utf8)
        let documented = page.matches(of: #/\n\| `(recapi_[a-z_]+)` \|/#).map { String($0.1) }
        #expect(Set(written) == Set(documented) && documented.count == 10)
    }
}
