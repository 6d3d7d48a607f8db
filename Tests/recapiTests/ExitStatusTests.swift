import Foundation
import TestSupport
import Testing

/// The exit codes of design.md §6, each where a user meets it.
@Suite struct ExitStatusTests {
    @Test func someFailed() throws {
        let sample = try Sample(broken: true)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 3)
        #expect(run.text.contains("failed: \(sample.path("berlin/cut-short.pfx")) (truncated): "))
        #expect(run.text.contains("failed: \(sample.path("berlin/other-password.pfx")) (wrongPassword): "))
        #expect(run.text.hasSuffix("6 files: 4 converted, 0 unchanged, 2 failed\n"))
    }

    @Test func allFailed() throws {
        let workshop = try Workshop()
        let run = try workshop.convert([Vectors.named("key-ec-p256").path, Vectors.named("truncated-half").path])
        #expect(run.status == 1)
        #expect(run.text.contains("(keyNotRSA)") && run.text.contains("(truncated)"))
    }

    @Test func noFiles() throws {
        let workshop = try Workshop()
        try FileManager.default.createDirectory(
            atPath: workshop.folder.path("empty"), withIntermediateDirectories: false)
        let run = try workshop.convert([workshop.folder.path("empty")])
        #expect(run.status == 1)
        #expect(run.errorText.contains("no input gives any file"))
        #expect(!FileManager.default.fileExists(atPath: workshop.out))
    }

    @Test func noProvider() throws {
        let sample = try Sample()
        let elsewhere = sample.folder.path("bin/recapi")
        try FileManager.default.createDirectory(
            atPath: sample.folder.path("bin"), withIntermediateDirectories: false)
        // By another process: one that is started while this one writes the file would keep it busy.
        try ExternalTool(name: "cp", package: "coreutils").check([Recapi.executable, elsewhere])
        let setting = Recapi.Setting(
            executable: elsewhere, environment: ["RECAPI_PROVIDER_PATH": sample.path("passwords")])
        for arguments in [["providers"], ["run", sample.pipeline], ["inspect", sample.path("berlin/server1.pfx")]] {
            let output = try Recapi.run(arguments, setting: setting)
            #expect(output.status == 1, "\(arguments)")
            #expect((output.text + output.errorText).contains("provider"))
        }
        #expect(!FileManager.default.fileExists(atPath: sample.path("converted")))
    }

    @Test func changedOutput() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        var bytes = try sample.folder.read("x/converted/paris/server1.pfx")
        bytes[bytes.count / 2] ^= 1
        try sample.folder.write(bytes, to: "x/converted/paris/server1.pfx")
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        #expect(verified.status == 4)
        #expect(verified.text.contains("failed: \(sample.path("converted/paris/server1.pfx")) (verificationMismatch)"))
        #expect(verified.text.contains("3 outputs are as the manifest says"))
    }

    @Test func outputsThatNoPasswordOpens() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let verified = try Recapi.run(
            "verify", sample.manifest, "--json", "--password", "file:" + sample.path("passwords/berlin"))
        #expect(verified.status == 1)
        let failures = try JSONDocument(verified.standardOutput)["failures"].array
        #expect(failures.map { $0["error"]["code"].string } == Array(repeating: "wrongPassword", count: 4))
    }

    @Test(arguments: [
        ["convert"], ["inspect"], ["verify"], ["sample"], ["schema"], ["schema", "certificate"], ["frobnicate"],
        ["run", "--colour"], ["convert", "a.pfx"], ["convert", "a.pfx", "--out", "o", "--profile", "cng"],
        ["convert", "a.pfx", "--out", "o", "--jobs", "0"], ["convert", "a.pfx", "--out", "o", "--key-spec", "both"],
        ["convert", "", "--out", "o"], ["convert", "a.pfx", "--out", ""], ["inspect", ""], ["run", ""], ["sample", ""],
        ["inspect", "not-UTF-8-\u{FFFD}.pfx"], ["sample", "o", "--key-bits", "1023"], ["sample", "o", "--count", "0"],
        ["sample", "o", "--site", "a/b"],
        ["sample", "o", "--site", "passwords"],
    ])
    func usage(_ arguments: [String]) throws {
        let output = try Recapi.run(arguments)
        #expect(output.status == 64)
        #expect(output.standardOutput.isEmpty && !output.errorText.isEmpty)
    }

    @Test func outputFolderThatAnotherRunHolds() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let folder = open(sample.path("converted"), O_RDONLY | O_CLOEXEC)
        defer { close(folder) }
        #expect(flock(folder, LOCK_EX | LOCK_NB) == 0)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 75)
        #expect(run.errorText.contains("another run works on \(sample.path("converted"))"))
        #expect(flock(folder, LOCK_UN) == 0)
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
    }

    /// A change to the sample's pipeline.json that makes it one to refuse, and what is said of it.
    struct Mistake: CustomTestStringConvertible {
        let old: String
        let new: String
        let said: String
        var testDescription: String { said }
    }

    @Test(arguments: [
        Mistake(old: #""version": 1"#, new: #""version": 1, "colour": 1"#, said: "colour: unknown key"),
        Mistake(old: #""version": 1"#, new: #""version": 2"#, said: "version: version 2 is not known here"),
        Mistake(old: "file:passwords/berlin", new: "hunter2", said: "inputs[0].password: not a password source"),
        Mistake(old: "file:passwords/berlin", new: "file:passwords/rome", said: "No such file or directory"),
        Mistake(old: "file:passwords/output", new: "empty", said: "output.password: an output must not have the empty"),
        Mistake(
            old: #""site": "paris", "path": "paris""#, new: #""site": "berlin", "path": "berlin/server1.pfx""#,
            said: "would both become"),
        Mistake(old: "schannel", new: "cng", said: "profile: expected schannel, rsa-aes, enhanced, unnamed"),
        Mistake(old: "{", new: "[", said: "pipeline.json"),
    ])
    func configuration(_ mistake: Mistake) throws {
        let sample = try Sample()
        try sample.editPipeline(mistake.old, mistake.new)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 78)
        #expect(run.errorText.contains(mistake.said), "\(run.errorText)")
        #expect(!run.errorText.contains("hunter2"))
        #expect(run.standardOutput.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: sample.path("converted")))
    }

    @Test func configurationThatIsNotThere() throws {
        let folder = try TemporaryFolder()
        let run = try Recapi.run("run", setting: .init(folder: folder.path))
        #expect(run.status == 78)
        #expect(run.errorText.contains("\(folder.path("pipeline.json")) cannot be read: No such file or directory"))
    }

    @Test func passwordFileThatOthersCanRead() throws {
        let sample = try Sample()
        let path = sample.path("passwords/berlin")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 78)
        #expect(run.errorText.contains("others than its owner have access to the password file \(path)"))
        #expect(run.errorText.contains("hint: chmod 600"))
    }
}
