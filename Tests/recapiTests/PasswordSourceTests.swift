import Foundation
import TestSupport
import Testing

/// Every source of a password, with a real process behind it.
@Suite struct PasswordSourceTests {
    private let workshop: Workshop
    private let path = Vectors.named("cng-export").path

    init() throws {
        workshop = try Workshop()
    }

    private func inspect(_ sources: [String], _ setting: Recapi.Setting = .init()) throws -> Recapi.Output {
        try Recapi.run(["inspect", path] + sources.flatMap { ["--password", $0] }, setting: setting)
    }

    @Test func file() throws {
        #expect(try inspect([workshop.password]).status == 0)
        let relative = try inspect(["file:password"], .init(folder: workshop.folder.path))
        #expect(relative.status == 0)
    }

    @Test(arguments: ["vectors", "vectors\r\n", "\u{FEFF}vectors\n", "vectors\nsecond line\n"])
    func fileOfAnotherEditor(_ text: String) throws {
        let path = try workshop.folder.write(Array(text.utf8), to: "other")
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        #expect(try inspect(["file:" + path]).status == 0)
    }

    @Test func emptyFile() throws {
        let output = try inspect([try workshop.write(password: "", to: "blank")])
        #expect(output.status == 78)
        #expect(output.errorText.contains("the first line of file:\(workshop.folder.path("blank")) is empty"))
        #expect(output.errorText.contains("hint: name the empty password as empty"))
    }

    @Test func environment() throws {
        #expect(try inspect(["env:PFX_PASSWORD"], .init(environment: ["PFX_PASSWORD": "vectors"])).status == 0)
        let unset = try inspect(["env:PFX_PASSWORD"])
        #expect(unset.status == 78)
        #expect(unset.errorText.contains("the environment variable PFX_PASSWORD is not set, or empty"))
    }

    @Test func descriptor() throws {
        let file = try workshop.folder.write(Array("vectors\n".utf8), to: "stream")
        #expect(try inspect(["fd:0"], .init(descriptors: [0: file])).status == 0)
        #expect(try inspect(["fd:7"], .init(descriptors: [7: file])).status == 0)
        #expect(try inspect(["fd:7"]).status == 78)
    }

    /// Two sources in one descriptor are two lines of it.
    @Test func descriptorGivesEachItsLine() throws {
        let lines = try workshop.folder.write(Array("vectors\nsealed\n".utf8), to: "stream")
        let run = try Recapi.run(
            "convert", path, "--out", workshop.out, "--password", "fd:0", "--output-password", "cmd:echo sealed",
            setting: .init(descriptors: [0: lines]))
        #expect(run.status == 0)
    }

    @Test func credential() throws {
        try workshop.folder.write(Array("vectors\n".utf8), to: "credentials/pfx")
        let setting = Recapi.Setting(environment: ["CREDENTIALS_DIRECTORY": workshop.folder.path("credentials")])
        #expect(try inspect(["cred:pfx"], setting).status == 0)
        #expect(try inspect(["cred:other"], setting).status == 78)
        #expect(try inspect(["cred:../password"], setting).status == 78)
        let outside = try inspect(["cred:pfx"])
        #expect(outside.status == 78)
        #expect(outside.errorText.contains("there is no CREDENTIALS_DIRECTORY"))
    }

    @Test func command() throws {
        #expect(try inspect(["cmd:printf vectors\\nmore\\n"]).status == 0)
        #expect(try inspect(["cmd:head -n1 \(workshop.folder.path("password"))"]).status == 0)
        let failing = try inspect(["cmd:false"])
        #expect(failing.status == 78)
        #expect(failing.errorText.contains("false failed with exit status 1"))
        #expect(try inspect(["cmd:no-such-program-here"]).status == 78)
    }

    @Test func empty() throws {
        let output = try Recapi.run(
            "inspect", Vectors.named("openssl-password-empty-3des").path, "--password", "empty")
        #expect(output.status == 0)
    }

    @Test func candidatesAreTriedInTurn() throws {
        let wrong = try workshop.write(password: "wrong", to: "wrong")
        #expect(try inspect([wrong, "empty", workshop.password]).status == 0)
        let none = try inspect([wrong, "empty"])
        #expect(none.status == 1)
        #expect(none.text.contains("(wrongPassword): none of the 2 passwords opens the file"))
    }

    @Test func candidatesOfAPipeline() throws {
        let sample = try Sample(broken: true)
        try sample.editPipeline(
            #""file:passwords/berlin""#, #"["file:passwords/paris", "empty", "file:passwords/berlin"]"#)
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 3)
        #expect(run.text.contains("4 converted, 0 unchanged, 2 failed"))
        #expect(run.text.contains("(wrongPassword): none of the 3 passwords opens the file"))
    }

    @Test func promptIsAskedWithoutEcho() throws {
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(["inspect", path], setting: .init(terminal: terminal))
        try terminal.expect("password of the PFX files: ")
        #expect(!terminal.echoes)
        terminal.type("vectors\n")
        let shown = terminal.readToEnd()
        let output = try process.wait()
        #expect(output.status == 0 && output.text.contains("can be converted"))
        #expect(!shown.contains("vectors"))
    }

    @Test func promptForAnOutputAsksTwice() throws {
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(
            ["convert", path, "--out", workshop.out], setting: .init(terminal: terminal))
        try terminal.expect("password of the PFX files: ")
        terminal.type("vectors\n")
        try terminal.expect("output password: ")
        terminal.type("new secret\n")
        try terminal.expect("output password, again: ")
        terminal.type("new secret\n")
        _ = terminal.readToEnd()
        #expect(try process.wait().status == 0)
        let reading = try OpenSSLReading(workshop.out + "/cng-export.pfx", password: "pass:new secret")
        #expect(reading.providerNames.count == 1)
    }

    @Test func promptNamesTheSiteWhereThereAreSeveral() throws {
        let sample = try Sample()
        try sample.editPipeline("file:passwords/berlin", "prompt")
        try sample.editPipeline("file:passwords/paris", "prompt")
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(["run", sample.pipeline], setting: .init(terminal: terminal))
        for site in ["berlin", "paris"] {
            try terminal.expect("password of site \(site): ")
            terminal.type(try sample.password(site) + "\n")
        }
        _ = terminal.readToEnd()
        #expect(try process.wait().status == 0)
    }

    /// Control-C reaches a program that is asked for a password as well.
    @Test func signalWhileAProgramIsAsked() throws {
        let terminal = try PseudoTerminal()
        let marker = workshop.folder.path("started")
        let program = try workshop.folder.writeProgram(
            "#!/bin/sh\n: > \(marker)\nexec sleep 50\n".utf8, to: "program")
        let process = try Recapi.start(
            [
                "convert", path, "--out", workshop.out, "--password", "cmd:\(program)", "--output-password",
                workshop.password,
            ],
            setting: .init(terminal: terminal))
        try process.wait { FileManager.default.fileExists(atPath: marker) }
        terminal.type("\u{3}")
        _ = terminal.readToEnd()
        #expect(try process.wait().status == 130)
        #expect(!FileManager.default.fileExists(atPath: workshop.out))
    }

    @Test func promptRefusesEntriesThatDiffer() throws {
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(
            ["convert", path, "--out", workshop.out, "--password", workshop.password],
            setting: .init(terminal: terminal))
        try terminal.expect("output password: ")
        terminal.type("one\n")
        try terminal.expect("output password, again: ")
        terminal.type("other\n")
        #expect(terminal.readToEnd().contains("the two entries of the output password differ"))
        #expect(try process.wait().status == 78)
        #expect(!FileManager.default.fileExists(atPath: workshop.out))
    }

    @Test func controlCAtThePromptLeavesTheTerminalAsItWas() throws {
        let terminal = try PseudoTerminal()
        let process = try Recapi.start(["inspect", path], setting: .init(terminal: terminal))
        try terminal.expect("password of the PFX files: ")
        terminal.type("\u{3}")
        let shown = terminal.readToEnd()
        #expect(try process.wait().status == 130)
        #expect(shown.contains("interrupted at the prompt"))
        #expect(terminal.echoes)
    }

    /// Of a command that handles no signals the first ends it; of a run the second.
    @Test(arguments: [SIGTERM, SIGHUP]) func signalsAtThePromptLeaveTheTerminalAsItWas(signal: Int32) throws {
        let terminal = try PseudoTerminal()
        let inspection = try Recapi.start(["inspect", path], setting: .init(terminal: terminal))
        try terminal.expect("password of the PFX files: ")
        #expect(!terminal.echoes)
        inspection.signal(signal)
        #expect(try inspection.wait().status != 0)
        #expect(terminal.echoes)

        let other = try PseudoTerminal()
        let run = try Recapi.start(["convert", path, "--out", workshop.out], setting: .init(terminal: other))
        try other.expect("password of the PFX files: ")
        run.signal(signal)
        try other.expect("once more to stop at once")
        #expect(!other.echoes)
        run.signal(signal)
        #expect(try run.wait().status == 128 + signal)
        #expect(other.echoes)
    }

    @Test func promptWithoutATerminal() throws {
        let output = try inspect([])
        #expect(output.status == 78)
        #expect(output.errorText.contains("there is no terminal to ask for the password of the PFX files"))
    }
}
