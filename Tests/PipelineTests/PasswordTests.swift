import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

@testable import Pipeline

@Suite struct PasswordTests {
    private func fetch(_ source: PasswordSource) throws -> String {
        var resolver = PasswordResolver()
        return text(try resolver.password(from: source, at: "here", purpose: "password"))
    }

    private func text(_ secret: SecretBytes) -> String {
        secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func file(_ text: [UInt8], mode: mode_t = 0o600) throws -> (TemporaryFolder, PasswordSource) {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "password")
        chmod(path, mode)
        return (folder, .file(FilePath(path)))
    }

    @Test(arguments: [
        ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), ("secret\nsecond\n", "secret"),
        (" with blanks \n", " with blanks "), ("pässwörd€\n", "pässwörd€"), ("\u{FEFF}marked\r\n", "marked"),
    ])
    func theFirstLineOfAFileIsThePassword(content: String, expected: String) throws {
        let (folder, source) = try file(Array(content.utf8))
        #expect(try fetch(source) == expected)
        withExtendedLifetime(folder) {}
    }

    @Test func bytesThatAreNotUTF8AreKept() throws {
        let (folder, source) = try file([0xE4, 0xFF, 0x0A])
        var resolver = PasswordResolver()
        let secret = try resolver.password(from: source, at: "here", purpose: "password")
        withExtendedLifetime(folder) { #expect(secret == SecretBytes(copying: [0xE4, 0xFF])) }
    }

    @Test(arguments: [[], Array("\nsecond".utf8), Array(repeating: UInt8(ascii: "x"), count: 5_000)] as [[UInt8]])
    func emptyAndEndlessLinesAreRefused(content: [UInt8]) throws {
        let (folder, source) = try file(content)
        withExtendedLifetime(folder) { #expect(code { try fetch(source) } == "passwordUnavailable") }
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o620] as [mode_t])
    func filesThatOthersReachAreRefused(mode: mode_t) throws {
        let (folder, source) = try file(Array("secret".utf8), mode: mode)
        do {
            _ = try fetch(source)
            Issue.record("it was taken")
        } catch let error as PipelineError {
            #expect(error.code == .passwordUnavailable)
            #expect(error.hint == "chmod 600 \(folder.path("password"))")
            #expect(!error.description.contains("secret"))
        }
    }

    /// Root reads all files, also those that another user may change at any time.
    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func filesOfOtherUsersAreRefused() throws {
        let (folder, source) = try file(Array("secret".utf8))
        #expect(chown(folder.path("password"), 4_711, 4_711) == 0)
        do {
            _ = try fetch(source)
            Issue.record("it was taken")
        } catch let error as PipelineError {
            #expect(error.code == .passwordUnavailable && error.reason.contains("is the user 4711's"))
            #expect(error.hint == "chown 0 \(folder.path("password"))")
        }
    }

    @Test func ownersOfPasswordFiles() {
        for user: uid_t in [0, 1_000] {
            #expect(PasswordResolver.isTrusted(user, user: user, sudo: nil))
            #expect(PasswordResolver.isTrusted(0, user: user, sudo: nil))
            #expect(!PasswordResolver.isTrusted(4_711, user: user, sudo: nil))
            for text in ["", "x", "-4711", "4712"] {
                #expect(!PasswordResolver.isTrusted(4_711, user: user, sudo: text))
            }
            // Who is not root may have set the variable himself.
            #expect(PasswordResolver.isTrusted(4_711, user: user, sudo: "4711") == (user == 0))
        }
    }

    @Test func missingSourcesAreNamedByTheirPlace() throws {
        unsetenv("CREDENTIALS_DIRECTORY")
        for source: PasswordSource in [
            .file("/nowhere/password"), .environment("RECAPI_TEST_UNSET"), .descriptor(999), .credential("x"),
            .command(["/nowhere/program"]),
        ] {
            do {
                _ = try fetch(source)
                Issue.record("\(source) gave something")
            } catch let error as PipelineError {
                #expect(error.code == .passwordUnavailable)
                #expect(error.reason.hasPrefix("here: "))
            }
        }
    }

    @Test func environmentAndEmpty() throws {
        setenv("RECAPI_TEST_PASSWORD", "from the environment", 1)
        #expect(try fetch(.environment("RECAPI_TEST_PASSWORD")) == "from the environment")
        #expect(try fetch(.empty) == "")
    }

    @Test func aDescriptorGivesItsNextLineAndNoMore() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        _ = "first\nsecond\n".withCString { write(ends[1], $0, 13) }
        close(ends[1])
        #expect(try fetch(.descriptor(ends[0])) == "first")
        #expect(try fetch(.descriptor(ends[0])) == "second")
    }

    @Test func aSourceIsReadOnceARun() throws {
        let (folder, source) = try file(Array("one".utf8))
        var resolver = PasswordResolver()
        #expect(try text(resolver.password(from: source, at: "a", purpose: "a")) == "one")
        try folder.write("two".utf8, to: "password")
        #expect(try text(resolver.password(from: source, at: "b", purpose: "b")) == "one")
    }

    @Test func commandsRunWithoutAShell() throws {
        #expect(try fetch(.command(["printf", "%s\\nrest\\n", "$HOME;*"])) == "$HOME;*")
        #expect(try fetch(.command(["cat", "/dev/null", "/etc/hostname"])) != "")
    }

    @Test func commandsHaveNoInputAndMayPrintMore() throws {
        #expect(code { try fetch(.command(["cat"])) } == "passwordUnavailable")
        let folder = try TemporaryFolder()
        try folder.write(("line\n" + String(repeating: "x\n", count: 200_000)).utf8, to: "long")
        #expect(try fetch(.command(["cat", folder.path("long")])) == "line")
    }

    @Test func aCommandThatFailsGivesNothing() throws {
        let folder = try TemporaryFolder()
        let script = try folder.writeProgram("#!/bin/sh\necho secret\nexit 3\n".utf8, to: "script")
        do {
            _ = try fetch(.command([script]))
            Issue.record("it was taken")
        } catch let error as PipelineError {
            #expect(error.reason == "here: \(script) failed with exit status 3")
        }
    }

    /// Whether it prints nothing, keeps running after its line, or does not care about SIGTERM.
    @Test(arguments: [
        "exec sleep 600", "echo secret; exec sleep 600", "trap '' TERM; echo secret; while :; do sleep 1; done",
        "while :; do echo; sleep 0.01; done",
    ])
    func aCommandThatHangsIsEnded(script: String) throws {
        let folder = try TemporaryFolder()
        let program = try folder.writeProgram(
            "#!/bin/sh\necho $$ > \(folder.path("pid"))\n\(script)\n".utf8, to: "program")
        var resolver = PasswordResolver()
        #expect(resolver.commandTimeLimit == .seconds(120))
        resolver.commandTimeLimit = .seconds(1)
        let start = SuspendingClock.now
        let error = thrown {
            try resolver.password(from: .command([program]), at: "here", purpose: "password")
        }
        #expect(start.duration(to: .now) < .seconds(20))
        let found = try #require(error as? PipelineError)
        #expect(found.code == .passwordUnavailable)
        #expect(found.reason == "here: \(program) did not end within 1 seconds")
        let text = String(decoding: try folder.read("pid"), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
        let process = try #require(pid_t(text))
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    /// As agents do that a program starts for the next time.
    @Test func whatACommandLeavesRunningIsNotWaitedFor() throws {
        let folder = try TemporaryFolder()
        let program = try folder.writeProgram("#!/bin/sh\nsleep 30 &\necho secret\n".utf8, to: "program")
        let start = SuspendingClock.now
        #expect(try fetch(.command([program])) == "secret")
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func commandsDoNotGetTheVariablesOfPasswords() throws {
        setenv("RECAPI_TEST_WITHHELD", "secret", 1)
        setenv("RECAPI_TEST_GIVEN", "kept", 1)
        let folder = try TemporaryFolder()
        let program = try folder.writeProgram(
            "#!/bin/sh\necho \"[$RECAPI_TEST_WITHHELD][$RECAPI_TEST_GIVEN]\"\n".utf8, to: "program")
        var resolver = PasswordResolver(withholding: ["RECAPI_TEST_WITHHELD"])
        let printed = try resolver.password(from: .command([program]), at: "here", purpose: "password")
        #expect(text(printed) == "[][kept]")
    }

    @Test func promptsNeedATerminal() throws {
        var resolver = PasswordResolver()
        for terminal: FilePath in ["/dev/null", "/nowhere/tty"] {
            resolver.terminal = terminal
            #expect(
                code { try resolver.password(from: .prompt, at: "here", purpose: "password") } == "passwordUnavailable")
        }
    }

    /// A person at a pseudo-terminal, played by Python, types the lines after each question.
    private func atTerminal(typing lines: [String], _ body: (FilePath) throws -> Void) throws -> String {
        let folder = try TemporaryFolder()
        let person = Process()
        person.executableURL = URL(filePath: "/usr/bin/env")
        person.arguments =
            [
                "python3", "-c",
                """
                import os, sys, time
                master, slave = os.openpty()
                open(sys.argv[1] + "/name.new", "w").write(os.ttyname(slave))
                os.rename(sys.argv[1] + "/name.new", sys.argv[1] + "/name")
                seen = b""
                for line in sys.argv[2:]:
                    while not seen.endswith(b": "):
                        seen += os.read(master, 1)
                    time.sleep(0.05)
                    os.write(master, line.encode())
                    seen += b"|"
                while not os.path.exists(sys.argv[1] + "/end"):
                    time.sleep(0.02)
                os.set_blocking(master, False)
                try:
                    seen += os.read(master, 1000)
                except BlockingIOError:
                    pass
                sys.stdout.buffer.write(seen)
                """, folder.path,
            ] + lines
        let screen = Pipe()
        person.standardOutput = screen
        try person.run()
        while !FileManager.default.fileExists(atPath: folder.path("name")) { usleep(10_000) }
        defer { person.waitUntilExit() }
        do {
            defer { _ = try? folder.write([], to: "end") }
            try body(FilePath(String(decoding: try folder.read("name"), as: UTF8.self)))
        }
        return String(decoding: screen.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func aPromptAsksWithoutEcho() throws {
        let seen = try atTerminal(typing: ["geheim\n"]) { terminal in
            var resolver = PasswordResolver()
            resolver.terminal = terminal
            for place in ["here", "there"] {
                let password = try resolver.password(from: .prompt, at: place, purpose: "password of site A")
                #expect(text(password) == "geheim")
            }
        }
        #expect(seen.hasPrefix("password of site A: |"))
        #expect(!seen.contains("geheim"))
    }

    @Test func tokensOfOneLabelAreAskedForEachByItsNumber() throws {
        let seen = try atTerminal(typing: ["one\n", "two\n"]) { terminal in
            var resolver = PasswordResolver()
            resolver.terminal = terminal
            var tokens = [Token.fake("web"), Token.fake("web")]
            tokens[1].serialNumber = "2"
            // The first is asked for once, wherever it is named.
            for (token, pin) in [(tokens[0], "one"), (tokens[1], "two"), (tokens[0], "one")] {
                let given = try TokenPIN.fetch(
                    for: token, (.prompt, "here"), pinSource: nil, uriPlace: "there", &resolver)
                #expect(given.map(text) == pin)
            }
        }
        #expect(seen.contains("PIN of the token web (serial number 1): |"))
        #expect(seen.contains("PIN of the token web (serial number 2): |"))
    }

    @Test func anOutputPasswordIsTypedTwice() throws {
        _ = try atTerminal(typing: ["one\n", "two\n"]) { terminal in
            var resolver = PasswordResolver()
            resolver.terminal = terminal
            #expect(
                code { try resolver.password(from: .prompt, at: "here", purpose: "output password", confirming: true) }
                    == "passwordUnavailable")
        }
    }

    @Test func controlCEndsThePromptAndTheEchoComesBack() throws {
        _ = try atTerminal(typing: ["half\u{3}"]) { terminal in
            var resolver = PasswordResolver()
            resolver.terminal = terminal
            #expect(code { try resolver.password(from: .prompt, at: "here", purpose: "p") } == "interrupted")
            let screen = try OpenFile(terminal, O_RDWR)
            var attributes = termios()
            tcgetattr(screen.descriptor, &attributes)
            #expect(attributes.c_lflag & tcflag_t(ECHO) != 0)
        }
    }
}
