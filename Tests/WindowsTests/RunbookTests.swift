import Foundation
import Pipeline
import Reissue
import TestSupport
import Testing

@testable import Windows

@Suite struct RunbookTests {
    private func runbook() throws -> Runbook {
        let plan = try Fixtures.berlin()
        let certificates = try Fixtures.chain()
        var identity = Fixtures.identity(1, chain: certificates.dropFirst().map(\.thumbprint))
        identity.subject = certificates[0].subject
        return try Runbook([.init(plan: plan, chain: AuthorityChain(for: [identity], among: certificates))])
    }

    /// Fails unless each text comes after the one before.
    private func expectInOrder(_ texts: [String], in whole: String, _ comment: Comment) {
        var rest = whole[...]
        for text in texts {
            guard let range = rest.firstRange(of: text) else {
                Issue.record("\(text) is missing or out of order: \(comment)")
                return
            }
            rest = rest[range.upperBound...]
        }
    }

    @Test func oneFolderASite() throws {
        let paths = Set(try runbook().files.map(\.path))
        let chain = try Fixtures.chain().dropFirst()
        #expect(
            paths.filter { $0.hasPrefix("berlin/edge/Root/") || $0.hasPrefix("berlin/edge/CA/") }.count == chain.count)
        #expect(
            paths.isSuperset(of: [
                "README.md", "berlin/README.md", "berlin/mailbox/import.ps1", "berlin/edge/import.ps1",
                "berlin/edge/trust.ps1", "berlin/subscription.ps1", "berlin/verify.ps1", "berlin/rollback.ps1",
            ]))
    }

    /// The whole manual procedure: export, convert, then server by server, then the Edge subscription.
    @Test func everyStepOfTheProcedureInOrder() throws {
        let runbook = try runbook()
        let (name, first, second) = ("`EX01.corp.example`", Fixtures.thumbprint(0x11), Fixtures.thumbprint(0x22))
        let csp = "certutil -csp \"Microsoft RSA SChannel Cryptographic Provider\" -importpfx My"
        expectInOrder(
            [
                "Export the CNG certificates", "/exports/ex.pfx", "openssl pkcs12 -in CERT.pfx -out cert.pem -nodes",
                "openssl pkcs12 -export -in cert.pem -out NEWCERT.pfx", "Bring this folder",
                "\(name): make the self-signed certificate the default one for SMTP",
                "Enable-ExchangeCertificate -Thumbprint SELFSIGNED -Services SMTP",
                "\(name): remove the CNG certificate", "Remove-ExchangeCertificate -Thumbprint \(first)",
                "\(name): import the converted file", "\(csp) ex.pfx \"AT_KEYEXCHANGE,NoExport,NoRoot\"",
                "\(name): check where its key is", "\(name): enable the services SMTP,IIS",
                "Enable-ExchangeCertificate -Thumbprint \(first) -Services SMTP,IIS", "\(name): restart transport",
                "`EX02`: make the self-signed", "`EX02`: remove the CNG", "`EX02`: import the converted",
                "`EX02`: enable the services SMTP", "`EX02`: restart transport",
                "Enable-ExchangeCertificate -Thumbprint \(Fixtures.thumbprint(9)) -Services SMTP",
                "`EDGE01`: remove the CNG", "Remove-ExchangeCertificate -Thumbprint \(second)",
                "\(csp) edge.pfx \"AT_KEYEXCHANGE,NoRoot\"", "`EDGE01`: enable the services SMTP",
                "`EDGE01`: restart transport",
                "`EDGE01`: import the chain (root and intermediate authorities)", "certutil -addstore Root",
                "certutil -addstore CA", "\(name): remove the Edge subscription",
                "`EDGE01`: create the Edge subscription", "\(name): import the Edge subscription", "`Berlin-AD`",
                "\(name): start and test EdgeSync", "Start-EdgeSynchronization", "Test-EdgeSynchronization",
                "Verify on every server", "Delete the PFX files", "The way back", "What not to import with",
            ], in: runbook.text("berlin/README.md"), "README.md")
        expectInOrder(
            [
                "Get-FileHash", "Enable-ExchangeCertificate @Here -Thumbprint $standIn -Services SMTP",
                "Remove-ExchangeCertificate @Here -Thumbprint $old", "'-importpfx', 'My', $path",
                "& $Certutil @arguments",
                "$LASTEXITCODE -ne 0", "Test-Placed $certificate",
                "Enable-ExchangeCertificate @Here -Thumbprint $thumbprint -Services $services", "Restart-Service",
                "Test-Placed $certificate", "catch", "rollback.ps1",
            ], in: runbook.text("berlin/mailbox/import.ps1"), "import.ps1")
        expectInOrder(
            [
                "Remove-EdgeSubscription -Identity", "New-EdgeSubscription -FileName", "New-EdgeSubscription -FileData",
                "Start-EdgeSynchronization -ForceFullSync", "Test-EdgeSynchronization",
            ], in: runbook.text("berlin/subscription.ps1"), "subscription.ps1")
    }

    @Test func interruptionsAreAnnounced() throws {
        let text = try runbook().text("berlin/README.md")
        let announced = text.split(separator: "\n").filter { $0.hasPrefix("- Step ") }
        let marked = text.split(separator: "\n").filter { $0.hasPrefix("Interrupts: ") }
        // Removing and restarting on three servers, and the subscription.
        #expect(announced.count == 7 && marked.count == 7)
    }

    /// Those that change anything ask and can be tried; all stop at the first error, and none holds a password.
    @Test func everyScriptIsCareful() throws {
        let runbook = try runbook()
        let (_, scripts) = try Fixtures.write(runbook)
        #expect(scripts.count == 6)
        for script in scripts {
            let text = runbook.text(script)
            #expect(text.contains("Set-StrictMode -Version Latest") && text.contains("$ErrorActionPreference = 'Stop'"))
            let changes = !script.hasSuffix("verify.ps1")
            #expect(text.contains("SupportsShouldProcess = $true, ConfirmImpact = 'High'") == changes, "\(script)")
            #expect(!text.contains("ConvertTo-SecureString") && !text.contains("-p ") && !text.contains("AsPlainText"))
            // The line behind each call of a program looks at its exit code.
            let lines = text.components(separatedBy: "\r\n").map { $0.trimmingCharacters(in: .whitespaces) }
            for (call, next) in zip(lines, lines.dropFirst()) where call.hasPrefix("& ") {
                #expect(next.hasPrefix("if ($LASTEXITCODE -ne 0) { throw "), "\(script): \(call)")
            }
            #expect(text.hasPrefix("\u{FEFF}#Requires -Version 4.0\r\n"))
        }
        #expect(runbook.text("berlin/mailbox/import.ps1").contains("Read-Host -AsSecureString"))
    }

    @Test func everyScriptParses() throws {
        let (folder, scripts) = try Fixtures.write(runbook())
        #expect(try PowerShellScripts.problems(in: scripts.map(folder.path)) == "")
    }

    /// The grammar does find what is wrong.
    @Test(arguments: ["if ($a {", "'open", "@{ a = ", "function f( { }"])
    func theGrammarFindsErrors(_ text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(PowerShellText(stringLiteral: "Write-Host 'a'\n" + text).file, to: "broken.ps1")
        #expect(try PowerShellScripts.problems(in: [path]) != "")
    }

    @Test func eachServerKindHasItsServers() throws {
        let runbook = try runbook()
        let (mailbox, edge) = (runbook.text("berlin/mailbox/import.ps1"), runbook.text("berlin/edge/import.ps1"))
        #expect(mailbox.contains("Name = 'EX01.corp.example'") && mailbox.contains("Name = 'EX02'"))
        #expect(!mailbox.contains("EDGE01") && edge.contains("Name = 'EDGE01'") && !edge.contains("EX01"))
        #expect(mailbox.contains("SHA256 = '\(Fixtures.sha256(2))'"))
        #expect(
            mailbox.contains("Modifiers = 'AT_KEYEXCHANGE,NoExport,NoRoot'")
                && edge.contains("Modifiers = 'AT_KEYEXCHANGE,NoRoot'"))
        #expect(edge.contains("SelfSigned = '\(Fixtures.thumbprint(9))'"))
        #expect(runbook.text("berlin/rollback.ps1").contains("SHA256 = '\(Fixtures.sha256(1))'"))
        #expect(runbook.text("berlin/rollback.ps1").contains("Provider = 'Microsoft Software Key Storage Provider'"))
    }

    @Test func signatureKeys() throws {
        let identity = Fixtures.identity(1, after: WindowsProviders.rsaAES.name, keySpec: .signature)
        let plan = try plan(Fixtures.item("a", "/x/one.pfx", identity))
        let text = try Runbook([.init(plan: plan, chain: nil)]).text("a/mailbox/import.ps1")
        #expect(text.contains("Modifiers = 'AT_SIGNATURE,NoExport,NoRoot'") && text.contains("KeySpec = 'Signature'"))
    }

    @Test func filesWithoutANamedProviderAreRefused() throws {
        let plan = try plan(Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1, after: nil)))
        #expect(errorCode { try Runbook([.init(plan: plan, chain: nil)]) } == "sitesUnfit")
    }

    /// Whether a key opens is asked before it is said to be under another provider.
    @Test func aKeyThatDoesNotOpenIsNowhere() throws {
        for script in ["mailbox/import.ps1", "edge/import.ps1", "rollback.ps1", "verify.ps1"] {
            expectInOrder(
                [
                    "$place.State = 'unusable'", ".PrivateKey } catch", "RSACryptoServiceProvider]) {",
                    "$place.State = 'CAPI1'", "GetRSAPrivateKey", "catch {", "return $place",
                    "[System.Security.Cryptography.RSACng]) {", "$place.State = 'not CAPI1'",
                    "$place.Provider = $key.Key.Provider.Provider", "@('CAPI1', 'not CAPI1') -notcontains $place.State",
                    "$place.Provider -ne $Certificate.Provider",
                ], in: try runbook().text("berlin/\(script)"), "\(script)")
        }
    }

    /// After a removal the advice is another one than before it.
    @Test func whatIsRemovedIsSaid() throws {
        for script in ["mailbox/import.ps1", "rollback.ps1"] {
            let text = try runbook().text("berlin/\(script)")
            expectInOrder(
                [
                    "$removed = ''", "$removed = $what", "& $Certutil -delstore My $old", "Remove-ExchangeCertificate",
                    "Enable-ExchangeCertificate @Here -Thumbprint $thumbprint", "$removed = ''", "catch {",
                    "if ($removed) {", "start this again at once",
                ], in: text, "\(script)")
            #expect(!text.contains("Nothing else was changed") && !text.contains("not done twice"))
        }
    }

    /// All that could stop half-way is asked before the first certificate is removed.
    @Test func beforeAnythingIsRemoved() throws {
        expectInOrder(
            [
                "(Resolve-Path -LiteralPath $PfxFolder).ProviderPath", "$path = Find-Pfx", "Test-Pfx $path",
                "Get-NamingConnectors $certificate.InFile", "-or (Test-HasSmtp $certificate.InFile)",
                "Remove-ExchangeCertificate",
            ], in: try runbook().text("berlin/mailbox/import.ps1"), "import.ps1")
    }

    /// certutil would put it where it is to leave.
    @Test func goingBackToAFileWithoutAProvider() throws {
        let identity = Fixtures.identity(1, before: nil, after: WindowsProviders.enhanced.name)
        let text = try Runbook([.init(plan: plan(Fixtures.item("a", "/x/one.pfx", identity)), chain: nil)])
            .text("a/rollback.ps1")
        expectInOrder(
            [
                "$OriginalProvider = ''", "NeedsProvider = $true", "with -OriginalProvider",
                "$certificate.Provider = $OriginalProvider", "Remove-ExchangeCertificate",
            ], in: text, "rollback.ps1")
        #expect(try !runbook().text("berlin/rollback.ps1").contains("NeedsProvider = $true"))
    }

    @Test func theSubscriptionScript() throws {
        let text = try runbook().text("berlin/subscription.ps1")
        expectInOrder(
            [
                "[string]$ServerName", "(Resolve-Path -LiteralPath $Folder).ProviderPath", "Export-Clixml",
                "Remove-EdgeSubscription -Identity", "foreach ($edge in $Edges)", "$own.Count -eq 0",
            ], in: text, "subscription.ps1")
        #expect(try runbook().text("berlin/README.md").contains("Export-Clixml"))
        #expect(try runbook().text("berlin/verify.ps1").contains("-Width 4096"))
    }

    /// What no server gets is said.
    @Test func whatIsOnNoServer() throws {
        let manifest = Fixtures.manifest(
            Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1)),
            Fixtures.item("b", "/x/two.pfx", Fixtures.identity(2)))
        let sites = SitesConfiguration(sites: [.init(name: "a", servers: [.init(name: "EX01", role: .mailbox)])])
        let plans = try SitePlan.all(sites, manifest, at: Fixtures.manifestPath)
        let notes = SitePlan.notesOnLeftOut(by: plans, of: manifest)
        #expect(notes.count == 1 && notes[0].contains(Fixtures.thumbprint(2)))
        let runbook = try Runbook(plans.map { .init(plan: $0, chain: nil) }, notes: notes)
        #expect(runbook.text("README.md").contains("## On no server\n\n- `b: \(Fixtures.thumbprint(2))"))
    }

    /// A key from a token has no file to go back to.
    @Test func keysFromTokens() throws {
        var item = Fixtures.item("a", "pkcs11:token=hsm;object=mail", Fixtures.identity(1))
        item.sourceSHA256 = nil
        let runbook = try Runbook([.init(plan: plan(item), chain: nil)])
        #expect(runbook.text("a/README.md").contains("`pkcs11:token=hsm;object=mail`: a key on a token"))
        let rollback = runbook.text("a/rollback.ps1")
        #expect(rollback.contains("Reason = 'its key comes from a token, and there is no file from before'"))
        expectInOrder(
            ["stays as it is", "$certificates.Count -eq 0) { throw", "Remove-ExchangeCertificate", "stay as they are"],
            in: rollback, "rollback.ps1")
        #expect(runbook.text("a/mailbox/import.ps1").contains(Fixtures.thumbprint(1)))
    }

    @Test func noEdgeServerNoEdgeFiles() throws {
        let runbook = try Runbook([
            .init(plan: plan(Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1))), chain: nil)
        ])
        #expect(!runbook.files.contains { $0.path.contains("edge") || $0.path.contains("subscription") })
        #expect(!runbook.text("a/README.md").contains("Remove-EdgeSubscription"))
    }

    @Test func pfxFilesOnlyWhereTold() throws {
        let plan = try plan(Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1)))
        #expect(!(try Runbook([.init(plan: plan, chain: nil)]).files.contains { $0.path.hasSuffix(".pfx") }))
        let with = try Runbook([.init(plan: plan, chain: nil)], pfxFiles: [plan.certificates[0].path: [1, 2, 3]])
        #expect(with.files.first { $0.path == "a/certificates/one.pfx" }?.bytes == [1, 2, 3])
    }

    private func plan(_ item: Manifest.Item) throws -> SitePlan {
        let sites = SitesConfiguration(sites: [.init(name: "a", servers: [.init(name: "EX01", role: .mailbox)])])
        return try SitePlan.all(sites, Fixtures.manifest(item), at: Fixtures.manifestPath)[0]
    }
}
