import Foundation
import TestSupport
import Testing

/// Runs that come again, wait, are stopped and killed, as a user starts them.
@Suite struct ResumeTests {
    /// The smaller form of scripts/test-resume.
    @Test(.patientLimit(minutes: 5)) func killedRunsLoseNothing() throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "scripts/test-resume.d/main.py").path
        let output = try ExternalTool.python3.check(
            [script, "--recapi", Recapi.executable, "--files", "150", "--kills", "15"], timeLimit: 240)
        #expect(output.text.contains("15 kills"))
    }

    @Test func statusAnswersAsExecConditionAsks() throws {
        let sample = try Sample()
        let first = try Recapi.run("status", sample.pipeline)
        #expect(first.status == 0)
        #expect(first.text.hasSuffix("4 files: 0 as recorded, 4 new\n"))
        #expect(!FileManager.default.fileExists(atPath: sample.path("converted")))
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let second = try Recapi.run("status", sample.pipeline)
        #expect(second.status == 1)
        #expect(second.text == "4 files: 4 as recorded\n")

        try FileManager.default.removeItem(atPath: sample.path("paris/server1.pfx"))
        let gone = try Recapi.run("status", sample.pipeline)
        #expect(gone.status == 1)
        #expect(gone.text.hasPrefix("gone: paris  \(sample.path("paris/server1.pfx"))\n"))
        try FileManager.default.removeItem(atPath: sample.path("converted/berlin/server1.pfx"))
        let missing = try Recapi.run("status", sample.pipeline, "--json")
        #expect(missing.status == 0)
        let document = try JSONDocument(missing.standardOutput)
        #expect(document["counts"]["outputMissing"].int == 1 && document["hasWork"].bool == true)
        #expect(document["items"][0]["source"].string == sample.path("berlin/server1.pfx"))
    }

    @Test func statusNamesWhatExpires() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        #expect(try Recapi.run("status", sample.pipeline, "--expiring", "0").text == "4 files: 4 as recorded\n")
        let soon = try Recapi.run("status", sample.pipeline, "--expiring", "3650")
        #expect(soon.status == 1)
        #expect(soon.text.contains("expires 2028-01-01T00:00:00Z: berlin  \(sample.path("berlin/server1.pfx"))  "))
        #expect(soon.text.hasSuffix("4 files: 4 as recorded, 4 expiring\n"))
        let openssl = try OpenSSLReading.fingerprint(
            sample.path("converted/berlin/server1.pfx"), password: "file:" + sample.path("passwords/output"))
        let document = try JSONDocument(
            Recapi.run("status", sample.pipeline, "--expiring", "3650", "--json").standardOutput)
        let manifest = try JSONDocument(contentsOf: sample.manifest)
        #expect(document["expiring"].array.count == 4)
        let thumbprint = try #require(manifest["items"][0]["identities"][0]["thumbprintSHA256"].string)
        #expect(openssl.replacing(":", with: "").contains(thumbprint))
    }

    @Test func statusThatCannotTellSaysSo() throws {
        let folder = try TemporaryFolder()
        #expect(try Recapi.run("status", folder.path("none.json")).status == 255)
        #expect(try Recapi.run("status", "--no-such-option").status == 255)
        #expect(try Recapi.run("status", "--expiring", "-1").status == 255)
        #expect(try Recapi.run("status", "--help").status == 0)
    }

    @Test func aDryRunSaysWhatAndWhyAndWritesNothing() throws {
        let sample = try Sample()
        try sample.editPipeline("\"file:passwords/output\"", "\"prompt\"")
        let first = try Recapi.run("run", sample.pipeline, "--dry-run")
        #expect(first.status == 0)
        let lines = first.text.split(separator: "\n")
        #expect(
            lines[0] == "would convert: berlin  \(sample.path("berlin/server1.pfx")) -> "
                + "\(sample.path("converted/berlin/server1.pfx")): new")
        #expect(lines.last == "4 files: 0 as recorded, 4 new")
        #expect(!FileManager.default.fileExists(atPath: sample.path("converted")))

        try sample.editPipeline("\"prompt\"", "\"file:passwords/output\"")
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        #expect(try Recapi.run("run", sample.pipeline, "--dry-run").text == "4 files: 4 as recorded\n")
        let forced = try Recapi.run("run", sample.pipeline, "--dry-run", "--force", "--json")
        #expect(try JSONDocument(forced.standardOutput)["counts"]["forced"].int == 4)
        try FileManager.default.removeItem(atPath: sample.path("berlin/server1.pfx"))
        try FileManager.default.createSymbolicLink(
            atPath: sample.path("berlin/server1.pfx"), withDestinationPath: "nowhere")
        let failing = try Recapi.run("run", sample.pipeline, "--dry-run")
        #expect(failing.status == 3)
        #expect(failing.text.hasPrefix("would fail: berlin  \(sample.path("berlin/server1.pfx")): "))
        #expect(try Recapi.run("run", sample.pipeline).status == 3)

        // What a run would find out when it reads a file that it knows.
        try FileManager.default.removeItem(atPath: sample.path("berlin/server2.pfx"))
        mkfifo(sample.path("berlin/server2.pfx"), 0o600)
        let unreadable = try Recapi.run("run", sample.pipeline, "--dry-run")
        #expect(unreadable.status == 3)
        #expect(unreadable.text.contains("would fail: berlin  \(sample.path("berlin/server2.pfx")): "))
    }

    @Test func forceAndRetryFailedDoWhatTheySay() throws {
        let sample = try Sample(broken: true)
        #expect(try Recapi.run("run", sample.pipeline).status == 3)
        let before = try sample.files.map { try sample.folder.read("x/converted/" + $0) }
        let retried = try Recapi.run("run", sample.pipeline, "--retry-failed", "--json")
        #expect(retried.status == 3)
        let summary = try JSONDocument(retried.standardOutput)
        #expect(summary["unchanged"].int == 4 && summary["failed"].int == 2)
        #expect(try sample.files.map { try sample.folder.read("x/converted/" + $0) } == before)
        let forced = try Recapi.run("run", sample.pipeline, "--force", "--json")
        #expect(try JSONDocument(forced.standardOutput)["converted"].int == 4)
        let after = try sample.files.map { try sample.folder.read("x/converted/" + $0) }
        #expect(zip(before, after).allSatisfy { $0 != $1 })
        #expect(try Recapi.run("run", sample.pipeline, "--force", "--retry-failed").status == 64)
        try checkAgainstSchema("manifest", document: sample.manifest)
    }

    @Test func outputsOfSourcesThatAreGoneAreVerified() throws {
        let sample = try Sample()
        let metrics = sample.path("run.prom")
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        for name in ["server1", "server2"] {
            try FileManager.default.removeItem(atPath: sample.path("paris/\(name).pfx"))
        }
        let run = try Recapi.run("run", sample.pipeline, "--metrics-file", metrics)
        #expect(run.status == 0)
        #expect(run.errorText.contains("gave no file, and of its site 2 recorded sources are gone: is it mounted?"))
        let text = String(decoding: try sample.folder.read("x/run.prom"), as: UTF8.self)
        #expect(text.contains("site=\"berlin\"} 0\n") && text.contains("site=\"paris\"} 2\n"))
        func verify() throws -> Recapi.Output {
            try Recapi.run(
                "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        }
        let all = try verify()
        #expect(all.status == 0 && all.text.hasPrefix("4 outputs are as the manifest says"))
        #expect(all.text.contains("2 of the outputs are of sources that were gone when the manifest was written"))
        let output = "x/converted/paris/server1.pfx"
        try sample.folder.write(try sample.folder.read(output) + "JUNKJUNK".utf8, to: output)
        #expect(try verify().status == 4)
        // Whoever removes what is of no use any more need not tell.
        try FileManager.default.removeItem(atPath: sample.folder.path(output))
        let rest = try verify()
        #expect(rest.status == 0 && rest.text.hasPrefix("3 outputs are as the manifest says"))
    }

    @Test func aDamagedOutputIsNotTakenForARightOne() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let damaged = try sample.files.map { name in
            let bytes = try sample.folder.read("x/converted/" + name) + "JUNKJUNK".utf8
            try sample.folder.write(bytes, to: "x/converted/" + name)
            return bytes
        }
        // With the records of them and without.
        for _ in 0..<2 {
            #expect(try Recapi.run("run", sample.pipeline).status == 1)
            let items = try JSONDocument(contentsOf: sample.manifest)["items"].array
            #expect(items.map { $0["error"]["code"].string } == Array(repeating: "outputExists", count: 4))
            #expect(try sample.files.map { try sample.folder.read("x/converted/" + $0) } == damaged)
            try FileManager.default.removeItem(atPath: sample.manifest)
        }
    }

    @Test func aDryRunSaysWhatWouldStopARun() throws {
        let sample = try Sample()
        func dryRun(_ options: String...) throws -> Recapi.Output {
            try Recapi.run(["run", sample.pipeline, "--dry-run"] + options)
        }
        // Another run with another output folder, and the same manifest.
        try sample.folder.write([], to: "x/converted/manifest.json.journal")
        let descriptor = open(sample.path("converted/manifest.json.journal"), O_RDONLY | O_CLOEXEC)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let busy = try dryRun()
        #expect(
            busy.status == 0 && busy.errorText.contains("now, it would have to wait: another run writes the manifest"))
        close(descriptor)
        #expect(try !dryRun().errorText.contains("wait"))

        let source = sample.path("berlin/server1.pfx")
        #expect(try dryRun("--sign", source, "--sign-password", "file:" + sample.path("passwords/berlin")).status == 0)
        let unfit = ["--sign", source, "--sign-password", "empty"]
        let (dry, real) = (
            try Recapi.run(["run", sample.pipeline, "--dry-run"] + unfit),
            try Recapi.run(["run", sample.pipeline] + unfit)
        )
        #expect(dry.status == 1 && dry.status == real.status && dry.errorText == real.errorText)
        #expect(dry.errorText.contains("--sign: \(source): "))
        // Nobody is asked for a password; what needs none shows all the same.
        #expect(try dryRun("--sign", source).status == 0)
        #expect(try dryRun("--sign", sample.path("none.pfx")).status == 1)
        #expect(try dryRun("--junit", source).errorText.contains("exists and is no JUnit file"))
        #expect(!FileManager.default.fileExists(atPath: sample.manifest))
    }

    @Test func anotherRunIsWaitedForWhenToldAndNamed() throws {
        let sample = try Sample()
        try FileManager.default.createDirectory(atPath: sample.path("converted"), withIntermediateDirectories: true)
        let descriptor = open(sample.path("converted"), O_RDONLY | O_CLOEXEC)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let busy = try Recapi.run("run", sample.pipeline)
        #expect(busy.status == 75)
        #expect(busy.errorText.contains("process \(getpid()) on ") && busy.errorText.contains(", since 20"))
        let forecast = try Recapi.run("run", sample.pipeline, "--dry-run")
        #expect(forecast.status == 0 && forecast.text.hasSuffix("4 files: 0 as recorded, 4 new\n"))
        #expect(forecast.errorText.contains("now, it would have to wait: another run works on "))
        #expect(forecast.errorText.contains("process \(getpid()) on "))
        #expect(try Recapi.run("run", sample.pipeline, "--wait", "1").status == 75)

        let waiting = try Recapi.start(["run", sample.pipeline, "--wait", "60"])
        try waiting.wait { waiting.errorText.contains("waiting: another run") }
        close(descriptor)
        #expect(try waiting.wait().status == 0)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func aSignalThatStopsTheWaitIsTheExitCode(
        signal: Int32, status: Int32
    ) throws {
        let sample = try Sample()
        try FileManager.default.createDirectory(atPath: sample.path("converted"), withIntermediateDirectories: true)
        let descriptor = open(sample.path("converted"), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        let waiting = try Recapi.start([
            "run", sample.pipeline, "--wait", "60", "--metrics-file", sample.path("recapi.prom"),
        ])
        try waiting.wait { waiting.errorText.contains("waiting: another run") }
        waiting.signal(signal)
        #expect(try waiting.wait().status == status)
        #expect(try FileManager.default.contentsOfDirectory(atPath: sample.path("converted")) == [])
        let metrics = String(decoding: try sample.folder.read("x/recapi.prom"), as: UTF8.self)
        #expect(metrics.contains("recapi_last_run_exit_code{manifest=\"\(sample.manifest)\"} \(status)\n"))
    }
}
