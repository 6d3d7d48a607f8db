import Pipeline
import Reissue
import TestSupport
import Testing

@testable import Windows

/// Names that try to get out of a string, a comment, a page or a folder.
@Suite struct HostileNameTests {
    static let names = [
        "'; Remove-Item C:\\ -Recurse #", "\u{2019}; calc; \u{2018}", "\u{201A}\u{201B}'", "''", "'", "$(calc)",
        "`$(calc)`",
        "\"; calc; \"", "\u{201C}$(calc)\u{201D}", "a\n'; calc\n#", "a\r\ncalc\r\n", "#> calc <#",
        "a\u{2028}calc\u{2029}",
        "a\u{202E}evil\u{202C}", "\0calc", "@'\n$(calc)\n'@", "..\\..\\Windows", "../../../etc/passwd", "CON",
        "nul.pfx",
        "C:\\x", "\\\\host\\share", "x.", "x ", "Köln 日本 😀", "%PATH%", "-Recurse", "a;b|c&d", "{0}", "[x]*?",
        "<script>alert(1)</script>", "``` \n# x", "[a](http://b) **c**", "\u{FEFF}x", "\u{1B}[2J", "README.md",
        "readme.MD",
    ]

    private func sites(_ name: String) -> SitesConfiguration {
        SitesConfiguration(sites: [
            .init(
                name: name, activeDirectorySite: "AD " + name,
                servers: [
                    .init(name: "M " + name, role: .mailbox, certificates: [.init(name: Fixtures.thumbprint(1))]),
                    .init(name: "E " + name, role: .edge, certificates: [.init(name: Fixtures.thumbprint(2))]),
                ])
        ])
    }

    /// With everything that comes from files under this name.
    private func runbook(_ name: String) throws -> Runbook {
        let chain = try Fixtures.chain()
        let manifest = Fixtures.manifest(
            Fixtures.item(
                name, "/x/\(name.replacing("/", with: "-")).pfx",
                Fixtures.identity(1, subject: "CN=\(name)", before: "\(name) Key Storage Provider")),
            Fixtures.item(
                name, "/x/\(name.replacing("/", with: "-"))2.pfx",
                Fixtures.identity(2, subject: "CN=\(name)", before: name)))
        let plan = try SitePlan.all(sites(name), manifest, at: Fixtures.manifestPath)[0]
        let identity = Fixtures.identity(1, chain: chain.dropFirst().map(\.thumbprint))
        return try Runbook([.init(plan: plan, chain: AuthorityChain(for: [identity], among: chain))])
    }

    /// Whatever the names, what is left of a script without its strings and comments is the same.
    @Test(arguments: names)
    func noNameLeavesItsString(_ name: String) throws {
        let (tame, scripts) = try Fixtures.write(runbook("tame"))
        let wild = try runbook(name)
        let folder = try #require(wild.folders.first).folder
        let (wildFolder, wildScripts) = try Fixtures.write(wild)
        #expect(wildScripts.map { $0.dropFirst(folder.count) } == scripts.map { $0.dropFirst("tame".count) })
        let readings = try PowerShellScripts.readings(scripts.map(tame.path) + wildScripts.map(wildFolder.path))
        for (index, script) in wildScripts.enumerated() {
            let (reading, wildReading) = (readings[index], readings[scripts.count + index])
            #expect(wildReading.skeleton == reading.skeleton, "\(script)")
            #expect(wildReading.strings.count == reading.strings.count)
            let expected = script.hasSuffix("subscription.ps1") ? ["AD \(name)", "E \(name)"] : ["CN=\(name)"]
            if !script.hasSuffix("trust.ps1") {
                for text in expected { #expect(wildReading.strings.contains(text), "\(script)") }
            }
        }
        #expect(try PowerShellScripts.problems(in: wildScripts.map(wildFolder.path)) == "")
    }

    /// The reader does see when a name gets out: the same script, quoted as one would do it at first.
    @Test func theReaderSeesWhatGetsOut() throws {
        let folder = try TemporaryFolder()
        func skeleton(_ name: String) throws -> String {
            let path = try folder.write(Array("$a = '\(name)' # end\r\n".utf8), to: "x.ps1")
            return try PowerShellScripts.readings([path])[0].skeleton
        }
        #expect(try skeleton("tame") == "$a = <string> <comment>\r\n")
        for name in ["'; calc #", "\u{2019}; calc; \u{2018}"] { #expect(try skeleton(name).contains("calc")) }
    }

    @Test(arguments: names)
    func noNameLeavesItsFolder(_ name: String) throws {
        let files = try runbook(name).files
        // No folder is where a file is.
        let folders = Set(files.compactMap { $0.path.split(separator: "/").dropLast().first?.lowercased() })
        #expect(!files.contains { folders.contains($0.path.lowercased()) })
        for file in files {
            let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
            #expect(
                parts.allSatisfy { part in
                    !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".") && !part.hasPrefix("-")
                        && part.utf8.allSatisfy {
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-".utf8.contains($0)
                        }
                }, "\(file.path)")
        }
    }

    /// What certutil gets comes from a list, or has no character that a command line takes for its own.
    @Test(arguments: names)
    func noNameReachesTheCommandLine(_ name: String) throws {
        let runbook = try runbook(name)
        let folder = try #require(runbook.folders.first).folder
        for script in ["rollback.ps1", "mailbox/import.ps1", "edge/import.ps1"] {
            let lines = runbook.text("\(folder)/\(script)").split(separator: "\r\n")
            for line in lines where line.contains(" Provider = '") || line.contains(" File = '") {
                #expect(!line.contains("\"") && !line.contains("\\"), "\(line)")
            }
        }
    }

    /// In Markdown a name stays code on its line.
    @Test(arguments: names)
    func noNameLeavesItsCode(_ name: String) throws {
        let code = Markdown.code(name)
        let fence = code.prefix { $0 == "`" }
        #expect(!code.contains { $0.isNewline } && code.hasSuffix(fence))
        #expect(!code.dropFirst(fence.count).dropLast(fence.count).contains(fence))
        let tame = try runbook("tame").text("tame/README.md").split(separator: "\n", omittingEmptySubsequences: false)
        let wild = try runbook(name)
        let folder = try #require(wild.folders.first).folder
        let lines = wild.text("\(folder)/README.md").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == tame.count)
    }

    /// Nor does it reach a terminal as anything but what one sees.
    @Test(arguments: names)
    func noNameMovesATerminal(_ name: String) {
        #expect(!name.printable.unicodeScalars.contains { $0.isUnseen })
        #expect("a\u{202E}\u{FEFF}\u{1B}b".printable == "a\u{FFFD}\u{FFFD}\u{FFFD}b")
    }

    @Test func commentsEndWhereTheyEnd() {
        let text: PowerShellText = "<# \(comment: "a #> calc\n\r b `") #>"
        #expect(text.text == "<# a ?> calc?? b ? #>")
    }
}
