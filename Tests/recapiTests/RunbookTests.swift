import Foundation
import TestSupport
import Testing

/// `recapi runbook` as a user runs it, after a run over the sample.
@Suite struct RunbookTests {
    private let sample: Sample
    private let sites: String
    private var out: String { sample.folder.path("runbook") }
    private var password: String { "file:" + sample.path("passwords/output") }

    init() throws {
        sample = try Sample()
        sites = try sample.folder.write(Array(DiagnoseTests.sites.utf8), to: "sites.json")
        guard try Recapi.run("run", sample.pipeline).status == 0 else {
            throw TestFailure(description: "the sample could not be converted")
        }
    }

    private func runbook(_ options: String...) throws -> Recapi.Output {
        try Recapi.run(["runbook", "--manifest", sample.manifest, "--sites", sites, "--out", out] + options)
    }

    private func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: out).sorted()
    }

    @Test func aFolderASite() throws {
        let output = try runbook("--password", password)
        #expect(output.status == 0 && output.errorText.isEmpty)
        #expect(output.text.contains("berlin  \(out)/berlin  EX01.corp.example, EDGE01\n"))
        let files = try files()
        #expect(
            Set(files).isSuperset(of: [
                "README.md", "berlin/README.md", "berlin/mailbox/import.ps1", "berlin/edge/import.ps1",
                "berlin/edge/trust.ps1", "berlin/edge/Root/Sample-Root-CA.cer", "berlin/edge/CA/Sample-Issuing-CA.cer",
                "berlin/subscription.ps1", "berlin/verify.ps1", "berlin/rollback.ps1", "paris/mailbox/import.ps1",
            ]))
        #expect(!files.contains { $0.hasSuffix(".pfx") || $0.hasPrefix("paris/edge") })
        let scripts = files.filter { $0.hasSuffix(".ps1") }.map { "\(out)/\($0)" }
        #expect(scripts.count == 9)
        #expect(try PowerShellScripts.problems(in: scripts) == "")
        let mode = try FileManager.default.attributesOfItem(atPath: scripts[0])[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// OpenSSL verifies the leaf with what went to Root and CA.
    @Test func theChainIsOne() throws {
        #expect(try runbook("--password", password).status == 0)
        func pem(_ name: String) throws -> String {
            let text = try ExternalTool.openssl.check(["x509", "-inform", "DER", "-in", "\(out)/berlin/edge/\(name)"])
            return try sample.folder.write(text.standardOutput, to: name + ".pem")
        }
        let leaf = try ExternalTool.openssl.check([
            "pkcs12", "-in", sample.path("converted/berlin/server2.pfx"), "-passin", password, "-nokeys", "-clcerts",
        ])
        let path = try sample.folder.write(leaf.standardOutput, to: "leaf.pem")
        let verified = try ExternalTool.openssl.check([
            "verify", "-CAfile", pem("Root/Sample-Root-CA.cer"), "-untrusted", pem("CA/Sample-Issuing-CA.cer"), path,
        ])
        #expect(verified.text.hasSuffix(": OK\n"))
    }

    /// The digests in the scripts are those of the files.
    @Test func digests() throws {
        #expect(try runbook("--password", password, "--copy-pfx").status == 0)
        let script = try String(contentsOfFile: "\(out)/berlin/mailbox/import.ps1", encoding: .utf8)
        let digest = try ExternalTool.openssl.check(["dgst", "-sha256", "\(out)/berlin/certificates/server1.pfx"]).text
        let hex = try #require(digest.split(separator: " ").last).trimmingCharacters(in: .newlines).uppercased()
        #expect(script.contains("SHA256 = '\(hex)'"))
        #expect(
            try Data(contentsOf: URL(filePath: "\(out)/berlin/certificates/server1.pfx"))
                == Data(contentsOf: URL(filePath: sample.path("converted/berlin/server1.pfx"))))
    }

    @Test func theChainFromAFolder() throws {
        #expect(try runbook("--password", password).status == 0)
        let authorities = sample.folder.path("authorities")
        try FileManager.default.createDirectory(atPath: authorities, withIntermediateDirectories: false)
        for name in ["Root/Sample-Root-CA.cer", "CA/Sample-Issuing-CA.cer"] {
            let pem = try ExternalTool.openssl.check(["x509", "-inform", "DER", "-in", "\(out)/berlin/edge/\(name)"])
            let file = name.split(separator: "/")[1].replacing(".cer", with: ".pem")
            try sample.folder.write(pem.standardOutput, to: "authorities/\(file)")
        }
        let whole = try files()
        try FileManager.default.removeItem(atPath: out)
        let output = try runbook("--ca", authorities, "--json")
        #expect(output.status == 0)
        #expect(try files() == whole)
        #expect(try JSONDocument(output.standardOutput)["files"].array.count == whole.count { $0.contains(".") })
        try FileManager.default.removeItem(atPath: out)
        try FileManager.default.removeItem(atPath: authorities + "/Sample-Issuing-CA.pem")
        let missing = try runbook("--ca", authorities)
        #expect(missing.status == 1 && missing.errorText.contains("is in no file"))
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    /// It needs no password where no site has an Edge server.
    @Test func noEdgeNoPassword() throws {
        let text = #"{"version": 1, "sites": [{"name": "paris", "servers": [{"name": "server1", "role": "mailbox"}]}]}"#
        try sample.folder.write(Array(text.utf8), to: "sites.json")
        #expect(try runbook().status == 0)
    }

    @Test func whatWasFailedIsSaid() throws {
        let broken = try Sample(broken: true)
        #expect(try Recapi.run("run", broken.pipeline).status == 3)
        let output = try Recapi.run(
            "runbook", "--manifest", broken.manifest, "--sites", sites, "--out", out, "--password",
            "file:" + broken.path("passwords/output"))
        #expect(output.status == 0)
        #expect(output.errorText.contains("note: berlin: \(broken.path("berlin/cut-short.pfx")) was not converted"))
        let page = try String(contentsOfFile: "\(out)/berlin/README.md", encoding: .utf8)
        #expect(page.contains("## Not in this runbook"))
    }

    @Test func whatIsThereIsKept() throws {
        #expect(try runbook("--password", password).status == 0)
        let before = try files()
        let again = try runbook("--password", password)
        #expect(again.status == 1 && again.errorText.contains("exists already"))
        #expect(try files() == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: sample.folder.path)
        #expect(!left.contains { $0.hasPrefix(".recapi") })
    }

    @Test func changedOutputs() throws {
        var bytes = try sample.folder.read("x/converted/berlin/server2.pfx")
        bytes[bytes.count / 2] ^= 1
        try sample.folder.write(bytes, to: "x/converted/berlin/server2.pfx")
        let output = try runbook("--password", password)
        #expect(output.status == 4 && output.errorText.contains("server2.pfx: the file's SHA-256 is"))
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func wrongPasswordAndWrongSites() throws {
        let wrong = try sample.folder.write(Array("wrong\n".utf8), to: "wrong")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: wrong)
        #expect(try runbook("--password", "file:" + wrong).status == 1)
        let text = #"{"version": 1, "sites": [{"name": "rome", "servers": [{"name": "a", "role": "mailbox"}]}]}"#
        try sample.folder.write(Array(text.utf8), to: "sites.json")
        let unknown = try runbook()
        #expect(unknown.status == 78 && unknown.errorText.contains("sites[0].name: the manifest has no site rome"))
        try sample.folder.write(Array(#"{"version": 1, "sites": [], "x": 0}"#.utf8), to: "sites.json")
        #expect(try runbook().errorText.contains("sites.json: sites: must not be empty; x: unknown key"))
    }

    @Test func theSitesFileFollowsItsSchema() throws {
        try checkAgainstSchema("sites", document: sites)
    }

    /// No password and no key is in any file of it.
    @Test func noSecret() throws {
        #expect(try runbook("--password", password).status == 0)
        let exponent = try OpenSSLReading.privateExponent(
            sample.path("converted/berlin/server1.pfx"), password: password)
        let secrets = try [sample.password("output"), sample.password("berlin")] + traces(of: exponent)
        for file in try files() where file.contains(".") {
            let text = String(decoding: try Data(contentsOf: URL(filePath: "\(out)/\(file)")), as: UTF8.self)
            for secret in secrets { #expect(!text.contains(secret), "\(file)") }
        }
    }
}
