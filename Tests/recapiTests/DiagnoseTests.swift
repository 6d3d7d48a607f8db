import Foundation
import TestSupport
import Testing

/// `recapi diagnose` as a user runs it, over the dumps of WindowsTests.
@Suite struct DiagnoseTests {
    private static let ksp = "779A97B1D8E492B5BAFEBC02338845FFDFF76AD2"

    private func dump(_ name: String) -> String {
        PackageFolder.root.appending(path: "Tests/WindowsTests/Dumps/\(name)").path
    }

    private func diagnose(_ names: String..., options: [String] = []) throws -> Recapi.Output {
        try Recapi.run(["diagnose"] + options + names.map(dump))
    }

    @Test func somethingToDo() throws {
        let output = try diagnose("ksp.txt")
        #expect(output.status == 10 && output.errorText.isEmpty)
        #expect(output.text.contains("  My, certificate 0, line 2: CNG\n    thumbprint: \(Self.ksp)\n"))
        #expect(output.text.contains("    fails, as documented: Exchange EdgeSync; "))
        #expect(output.text.contains("    disputed: SQL Server TLS\n"))
        #expect(output.text.hasSuffix("\ncertificates: 1 under CNG; 1 to do\n"))
    }

    @Test func nothingToDo() throws {
        let output = try diagnose("csp.txt", "no-key.txt", "event-1035-of-another-source.txt")
        #expect(
            output.status == 0
                && output.text.hasSuffix("\ncertificates: 1 under CAPI1, 2 without a key; nothing to do\n"))
    }

    @Test func anEventNamesItsCertificate() throws {
        let output = try diagnose("event-1035.xml", "ksp.txt")
        #expect(output.status == 10)
        #expect(output.text.contains("MSExchange EdgeSync 1035: EdgeSync refuses \(Self.ksp)\n"))
        #expect(output.text.contains("    named by event 1035: EdgeSync refuses it\n"))
        let alone = try diagnose("event-1035.txt", "csp.txt")
        #expect(alone.status == 10 && alone.text.contains("no dump here has \(Self.ksp)"))
    }

    @Test func whatIsNotUnderstoodIsSaidWithItsLine() throws {
        let output = try diagnose("broken-hash.txt")
        #expect(output.errorText.contains("broken-hash.txt:5: not understood: a SHA-1 hash that is not 40 hex digits"))
        #expect(output.errorText.contains("broken-hash.txt:10: not understood: Dear colleague"))
        let file = try JSONDocument(diagnose("broken-hash.txt", options: ["--json"]).standardOutput)["files"][0]
        #expect(file["notUnderstood"].array.map { $0["line"].int } == [5, 10])
    }

    @Test func filesThatCannotBeRead() throws {
        let none = try Recapi.run("diagnose", "/nowhere.txt")
        #expect(none.status == 1 && none.errorText.contains("/nowhere.txt cannot be read"))
        let some = try diagnose("ksp.txt", "../../../README.md")
        #expect(some.status == 3 && some.errorText.contains("neither a dump of certutil nor an event"))
        #expect(try Recapi.run("diagnose").status == 64)
        #expect(try diagnose("ksp.txt", options: ["--encoding", "latin-9"]).status == 64)
    }

    /// What failed is never "nothing to do".
    @Test func commandsThatFailed() throws {
        let nothing = try diagnose("store-failed.txt")
        #expect(nothing.status == 1 && !nothing.text.contains("nothing to do"))
        let some = try diagnose("store-failed.txt", "csp.txt")
        #expect(some.status == 3 && some.text.contains("1 files not read, or not to the end"))
        #expect(try diagnose("store-cut-short.txt").status == 3)
        #expect(try diagnose("failed-command.txt").status == 10)
    }

    @Test func theEncodingCanBeTold() throws {
        let told = try diagnose("german-cp850.txt", options: ["--encoding", "cp850", "--json"])
        let guessed = try diagnose("german-cp850.txt", options: ["--json"])
        #expect(told.standardOutput == guessed.standardOutput)
        let wrong = try diagnose("german-cp850.txt", options: ["--encoding", "cp1252"])
        #expect(!wrong.text.contains("Müller"))
    }

    /// What JSON says is what the text says.
    @Test func json() throws {
        let output = try diagnose("event-with-dump.txt", options: ["--json"])
        #expect(output.status == 10)
        let document = try JSONDocument(output.standardOutput)
        let entry = document["certificates"][0]
        #expect(document["schemaVersion"].int == 1 && entry["isNamedByEvent"].bool == true)
        #expect(entry["certificate"]["kind"].string == "CNG" && entry["certificate"]["thumbprint"].string == Self.ksp)
        #expect(entry["verdicts"][0]["answer"].string == "fails" && entry["action"]["kind"].string == "export")
    }

    /// A dump with the thumbprints of real files.
    private func dump(_ certificates: [(thumbprint: String, provider: String)]) -> [UInt8] {
        let sections = certificates.enumerated().map { index, certificate in
            """
            ================ Certificate \(index) ================
            Serial Number: 01
            Cert Hash(sha1): \(certificate.thumbprint.lowercased())
              Key Container = te-\(index)
              Provider = \(certificate.provider)
              KeySpec = \(certificate.provider == cng ? 0 : 1)
            Encryption test passed

            """
        }
        return Array("my \"Personal\"\n\(sections.joined())CertUtil: -store command completed successfully.\n".utf8)
    }

    private let cng = "Microsoft Software Key Storage Provider"
    private let csp = "Microsoft RSA SChannel Cryptographic Provider"

    @Test func filesAtHand() throws {
        let workshop = try Workshop()
        let vectors = ["key-rsa-3072", "openssl-csp-schannel", "key-ec-p256"].map(Vectors.named)
        for vector in vectors { try workshop.folder.write(try vector.bytes, to: "pfx/\(vector.name).pfx") }
        try workshop.folder.write([1, 2, 3], to: "pfx/damaged.pfx")
        let text = dump(vectors.map { ($0.leaves[0], cng) } + [(Self.ksp, cng)])
        let path = try workshop.folder.write(text, to: "EX01.txt")
        let output = try Recapi.run(
            "diagnose", path, "--pfx", workshop.folder.path("pfx"), "--password", workshop.password)
        // One of the PFX files is none.
        #expect(output.status == 3 && output.text.contains("damaged.pfx\n  cannot be read (notPKCS12)"))
        #expect(output.text.contains("to do: convert \(workshop.folder.path("pfx/key-rsa-3072.pfx")) (recapi convert)"))
        #expect(
            output.text.contains(
                "to do: import \(workshop.folder.path("pfx/openssl-csp-schannel.pfx")), which is ready"))
        #expect(output.text.contains("key-ec-p256.pfx cannot be converted: the key is EC"))
        #expect(output.text.contains("to do: export it with its key to a PFX"))
    }

    /// The way of a run: before, half done, done.
    @Test func expectedByAManifest() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let items = try JSONDocument(contentsOf: sample.manifest)["items"].array
        let thumbprints = items.compactMap { $0["identities"][0]["thumbprint"].string }
        #expect(thumbprints.count == 4)

        func expect(_ provider: String, options: [String] = []) throws -> Recapi.Output {
            let names = ["EX01", "EDGE01", "PAR1", "PAR2"]
            let paths = try names.enumerated().map { index, name in
                let provider = index == 0 ? csp : provider
                return try sample.folder.write(dump([(thumbprints[index], provider)]), to: "dumps/\(name).txt")
            }
            return try Recapi.run(["diagnose", "--expect", sample.manifest] + options + paths)
        }
        let half = try expect(cng)
        #expect(half.status == 10 && half.text.contains("\n1 done, 3 not\n"))
        #expect(half.text.contains("NOT DONE  Microsoft Software Key Storage Provider (CNG)"))
        let whole = try expect(csp)
        #expect(whole.status == 0 && whole.text.contains("\n4 done, 0 not\n"))

        let sites = try sample.folder.write(Array(Self.sites.utf8), to: "sites.json")
        let byServer = try expect(csp, options: ["--sites", sites, "--json"])
        #expect(byServer.status == 10)
        let entries = try JSONDocument(byServer.standardOutput)["expectation"]["entries"].array
        #expect(entries.map { $0["server"].string } == ["EX01.corp.example", "EDGE01", "PAR1", "PAR3"])
        #expect(entries.map { $0["state"].string } == ["done", "done", "done", "noDump"])
        let other = try sample.folder.write(Array(Self.sites.replacing("PAR3", with: "EX09").utf8), to: "other.json")
        try sample.folder.write(dump([(thumbprints[0], csp)]), to: "dumps/EX09.txt")
        let absent = try expect(csp, options: ["--sites", other, "--json", sample.folder.path("dumps/EX09.txt")])
        #expect(
            try JSONDocument(absent.standardOutput)["expectation"]["entries"][3]["state"].string == "absent")
    }

    static let sites = """
        {"version": 1, "sites": [
          {"name": "berlin", "servers": [
            {"name": "EX01.corp.example", "role": "mailbox", "certificates": ["server1.pfx"], "services": ["SMTP", "IIS"]},
            {"name": "EDGE01", "role": "edge", "certificates": ["server2.pfx"]}]},
          {"name": "paris", "servers": [
            {"name": "PAR1", "role": "mailbox", "certificates": ["server1.pfx"]},
            {"name": "PAR3", "role": "mailbox", "certificates": ["server2.pfx"]}]}]}
        """

    @Test func optionsThatGoTogether() throws {
        #expect(try diagnose("ksp.txt", options: ["--sites", "x"]).status == 64)
        #expect(try diagnose("ksp.txt", options: ["--password", "empty"]).status == 64)
        #expect(try diagnose("ksp.txt", options: ["--expect", "/nowhere.json"]).status == 1)
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let sites = try sample.folder.write(Array("{}".utf8), to: "sites.json")
        #expect(try diagnose("ksp.txt", options: ["--expect", sample.manifest, "--sites", sites]).status == 78)
    }
}
