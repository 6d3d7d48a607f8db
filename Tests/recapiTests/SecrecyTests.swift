import Foundation
import TestSupport
import Testing

/// What other programs can see of recapi and its secrets, looked at from a program that recapi itself started.
@Suite struct SecrecyTests {
    private let workshop: Workshop
    private let path = Vectors.named("cng-export").path
    /// Of the output; long enough to be found nowhere by chance.
    private let outputPassword = "Korrekt-Pferd-Batterie-Heftklammer"
    private let signerPassword = "signing secret 0123456789"

    init() throws {
        workshop = try Workshop()
    }

    /// A program for `cmd:` that notes something of its parent, recapi, and then prints the password of the vectors.
    private func spy(_ lines: String) throws -> String {
        "cmd:"
            + (try workshop.folder.writeProgram(
                "#!/bin/sh\nout=\(workshop.folder.path)\n\(lines)\necho vectors\n".utf8, to: "spy"))
    }

    private func seen(_ name: String) throws -> String {
        String(decoding: try workshop.folder.read(name), as: UTF8.self)
    }

    @Test func thereAreNoCoreDumps() throws {
        let spy = try spy("cat /proc/$PPID/limits > $out/limits")
        #expect(try Recapi.run("inspect", path, "--password", spy).status == 0)
        let limits = try seen("limits").split(separator: "\n")
        let core = try #require(limits.first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        let locked = try #require(limits.first { $0.hasPrefix("Max locked memory") }).split(separator: " ")
        #expect(locked[3] == locked[4])
    }

    /// Another process of the same user reads neither memory nor environment. root may do all that, so that the test
    /// takes another user where it can.
    @Test func othersOfTheSameUserCannotLookIn() throws {
        let spy = try spy(
            """
            stat -c %u /proc/$PPID/environ > $out/owner
            id -u > $out/user
            for file in environ mem maps; do
                head -c 1 /proc/$PPID/$file > /dev/null 2>> $out/refusals || echo $file >> $out/refused
            done
            """)
        try ExternalTool(name: "chmod", package: "coreutils").check(["-R", "a+rwX", workshop.folder.path])
        let isRoot = geteuid() == 0
        let command = isRoot ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] : []
        let words = command + [Recapi.executable, "inspect", path, "--password", spy]
        let output = try Recapi.run(Array(words.dropFirst()), setting: .init(executable: words[0]))
        #expect(output.status == 0, "\(output.errorText)")
        #expect(try seen("user") == (isRoot ? "65534\n" : "\(getuid())\n"))
        #expect(try seen("owner") == "0\n")
        #expect(try seen("refused") == "environ\nmem\nmaps\n")
    }

    /// Command lines and environments of all that recapi has started, a program of a `cmd:` source and the hosts of two
    /// isolated providers, as /proc shows them. (Where the test is not root, it does not see the environments of hosts.)
    @Test func noProgramIsGivenASecret() throws {
        let signer = try Workshop.Signer(in: workshop.folder, password: signerPassword)
        let spy = try spy(
            """
            tr '\\0' ' ' < /proc/$PPID/cmdline > $out/own
            for process in /proc/[0-9]*; do
                grep -q "^PPid:[[:space:]]*$PPID$" $process/status 2> /dev/null || continue
                { cat $process/comm; tr '\\0' '\\n' < $process/cmdline; tr '\\0' '\\n' < $process/environ; } >> $out/started
            done
            """)
        let environment = [
            "RECAPI_TEST_OUTPUT": outputPassword, "RECAPI_TEST_SIGN": signerPassword, "RECAPI_TEST_KEPT": "kept by all",
        ]
        let output = try Recapi.run(
            "convert", path, "--out", workshop.out, "--password", spy, "--output-password", "env:RECAPI_TEST_OUTPUT",
            "--isolate", "openssl", "--isolate", "gnutls", "--sign", signer.file, "--sign-password",
            "env:RECAPI_TEST_SIGN", setting: .init(environment: environment))
        #expect(output.status == 0, "\(output.errorText)")
        let started = try seen("started")
        #expect(started.components(separatedBy: "librecapi-provider-openssl.so").count > 1)
        #expect(started.components(separatedBy: "librecapi-provider-gnutls.so").count > 1)
        #expect(started.contains("RECAPI_TEST_KEPT=kept by all"))
        let manifest = String(decoding: try workshop.folder.read("out/manifest.json"), as: UTF8.self)
        for text in [started, try seen("own"), output.errorText, output.text, manifest] {
            for secret in [outputPassword, signerPassword] { #expect(!text.contains(secret)) }
        }
    }
}
