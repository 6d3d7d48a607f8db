import Foundation
import TestSupport
import Testing

/// The command on tokens of SoftHSM2.
@Suite struct TokenTests {
    @Test func aKeyMadeOnATokenBecomesAFileThatOthersRead() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        let certificate = try token.issueCertificate("www")
        try token.generateKey("kept", id: "02")
        try token.issueCertificate("kept", id: "02")
        let bench = try TokenBench(token)
        try token.forgetCalls()
        let authorities = bench.workshop.folder.path("ca")
        try FileManager.default.createDirectory(atPath: authorities, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: token.folder.path("authority.pem"), toPath: authorities + "/ca.pem")
        let output = try bench.convert("pkcs11:token=alpha", "--ca-certificates", authorities)
        #expect(output.status == 3, "\(output.errorText)")
        #expect(try token.count("login") == 1)
        #expect(try token.count("logout") == 1)
        #expect(output.text.contains("(tokenKeyNotExportable): CKA_EXTRACTABLE is false"))
        #expect(output.text.contains("2 items: 1 converted, 0 unchanged, 1 failed"))

        let path = bench.output("www.pfx")
        let modulus = try KeyReading.modulus(publicKey: token.publicKey())
        #expect(try KeyReading.modulus(path, password: bench.workshop.password) == modulus)
        let reading = try OpenSSLReading(path, password: bench.workshop.password)
        #expect(
            reading.providerNames == ["Microsoft RSA SChannel Cryptographic Provider"] && reading.keyUsages == ["10"])
        let certtool = try ExternalTool.certtool.check(
            ["--p12-info", "--inder", "--infile", path, "--password", "vectors"])
        let key = try ExternalTool.certtool.check(
            ["--key-info", "--pkcs8", "--password", "vectors"], input: certtool.standardOutput
        ).text
        let digits = modulus.dropFirst("Modulus=".count).lowercased().filter(\.isHexDigit)
        #expect(key.filter(\.isHexDigit).contains(digits))
        let identity = try bench.manifest["items"].array.compactMap { $0["identities"].array.first }.first
        #expect(identity?["thumbprint"].string == (try InstalledProviders.thumbprint(certificate)))
        #expect(identity?["chain"].array.count == 1)
        #expect(certtool.text.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        try checkAgainstSchema("manifest", document: bench.output("manifest.json"))
        let verified = try Recapi.run(
            "verify", bench.output("manifest.json"), "--password", bench.workshop.password)
        #expect(verified.status == 0, "\(verified.text)")
        let again = try bench.convert("pkcs11:token=alpha;object=www", "--ca-certificates", authorities)
        #expect(again.status == 0 && again.text.contains("0 converted, 1 unchanged"))
        #expect(try token.count("wrap") == 1)
    }

    @Test func keysAndFilesGoThroughOnePipeline() throws {
        let token = try SoftHSM(tokens: ["alpha", "beta"])
        for name in ["alpha", "beta"] {
            try token.generateKey("www", on: name, isExtractable: true)
            try token.issueCertificate("www", on: name)
        }
        let bench = try TokenBench(token)
        let vector = Vectors.named("openssl-chain")
        let file = #"{"site": "files", "path": "\#(vector.path)", "password": "\#(bench.workshop.password)"}"#
        let pipeline = try bench.write(
            inputs: [
                file, bench.input("hsm", "pkcs11:token=alpha"), bench.input("other", "pkcs11:token=beta"),
                bench.input("gone", "pkcs11:token=gamma"),
            ], more: #", "jobsPerToken": 4"#)
        try checkAgainstSchema("pipeline", document: pipeline)
        let output = try Recapi.run("run", pipeline)
        #expect(output.status == 3, "\(output.errorText)")
        // Sorted by their URIs, which begin with random serial numbers.
        #expect(
            Set(try bench.manifest["items"].array.map { $0["error"]["code"].string ?? $0["output"].string }) == [
                "files/\(vector.file.split(separator: "/").last!)", "hsm/www.pfx", "other/www.pfx", "tokenNotFound",
            ])
        try checkAgainstSchema("manifest", document: bench.output("manifest.json"))
        #expect(!(try String(contentsOfFile: bench.output("manifest.json"), encoding: .utf8)).contains(fixturePIN))
    }

    /// They come onto the token by `token import`, too.
    @Test(.patientLimit(minutes: 10)) func fiveHundredKeysTakeOneLogin() throws {
        let count = 500
        let token = try SoftHSM()
        let bench = try TokenBench(token)
        let sample = bench.workshop.folder.path("sample")
        #expect(
            try Recapi.run(
                "sample", sample, "--site", "a", "--count", "\(count)", "--keys", "\(count)", "--key-bits", "1024"
            ).status == 0)
        let files = (1...count).map { sample + "/a/server\($0).pfx" }
        let imported = try Recapi.start(
            [
                "token", "import", "--token", "pkcs11:token=alpha", "--password", "file:\(sample)/passwords/a",
                "--extractable",
            ]
                + bench.access + files
        ).wait(timeLimit: 240)
        #expect(imported.status == 0, "\(imported.errorText)")
        #expect(try token.count("login") == 1)
        try token.forgetCalls()

        let output = try bench.start("pkcs11:token=alpha", ["--json"]).wait(timeLimit: 240)
        #expect(output.status == 0, "\(output.errorText)")
        #expect(try token.count("login") == 1)
        #expect(try token.count("wrap") == count)
        let items = try bench.manifest["items"].array
        #expect(items.count == count && items.allSatisfy { $0["status"].string == "converted" })
        #expect(Set(items.compactMap { $0["identities"][0]["thumbprint"].string }).count == count)
        #expect(Set(items.compactMap { $0["source"].string }).count == count)
    }

    @Test func aWrongPINIsTriedOnce() throws {
        let token = try SoftHSM()
        for (label, id) in [("a", "01"), ("b", "02")] {
            try token.generateKey(label, id: id, isExtractable: true)
            try token.issueCertificate(label, id: id)
        }
        let bench = try TokenBench(token, pin: "0815")
        try token.forgetCalls()
        let pipeline = try bench.write(
            inputs: ["a", "b"].map { bench.input($0, "pkcs11:token=alpha;object=\($0)") })
        let output = try Recapi.run("run", pipeline)
        #expect(output.status == 1, "\(output.errorText)")
        #expect(
            try bench.manifest["items"].array.map { $0["error"]["code"].string } == ["tokenWrongPIN", "tokenWrongPIN"])
        #expect(try token.count("login") == 1)
    }

    @Test func aFinalTryIsNotSpentUnlessTold() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        try token.issueCertificate("www")
        try token.behave("final")
        let bench = try TokenBench(token)
        let pipeline = try bench.write(inputs: [bench.input("hsm", "pkcs11:token=alpha")])
        try token.forgetCalls()
        #expect(try Recapi.run("run", pipeline).status == 1)
        #expect(try bench.manifest["items"][0]["error"]["code"].string == "tokenPINFinalTry")
        #expect(try token.count("login") == 0)
        #expect(try Recapi.run("run", pipeline, "--allow-final-try").status == 0)
    }

    @Test func aModuleThatCrashesLeavesFilesAndOtherTokensDone() throws {
        let token = try SoftHSM()
        for (label, id) in [("a", "01"), ("b", "02"), ("c", "03")] {
            try token.generateKey(label, id: id, isExtractable: true)
            try token.issueCertificate(label, id: id)
        }
        let healthy = try NSSToken()
        try healthy.makeKey("good")
        let bench = try TokenBench(token)
        let file =
            #"{"site": "files", "path": "\#(Vectors.named("openssl-chain").path)", "password": "\#(bench.workshop.password)"}"#
        let pipeline = try bench.write(
            inputs: [
                bench.input("hsm", "pkcs11:token=alpha"), file,
                bench.input("other", NSSToken.uri, module: healthy.module),
            ])
        try token.behave("wrap-crashes")
        #expect(try Recapi.run("run", pipeline).status == 3)
        let items = try bench.manifest["items"].array
        #expect(items.map { $0["site"].string } == ["files", "other", "hsm", "hsm", "hsm"])
        #expect(items.map { $0["status"].string } == ["converted", "converted", "failed", "failed", "failed"])
        #expect(items.dropFirst(2).allSatisfy { $0["error"]["code"].string == "providerCrashed" })
        try token.behave()
        #expect(try Recapi.run("run", pipeline).status == 0)
    }

    @Test func whatIsImportedIsCheckedFirstAndNeverReplaced() throws {
        let token = try SoftHSM()
        let bench = try TokenBench(token)
        func install(_ paths: String..., options: String...) throws -> Recapi.Output {
            try Recapi.run(
                ["token", "import", "--token", "pkcs11:token=alpha", "--password", bench.workshop.password]
                    + bench.access
                    + options + paths)
        }
        let chain = Vectors.named("openssl-chain").path
        let done = try install(chain, options: "--label", "mail")
        #expect(done.status == 0, "\(done.text)\(done.errorText)")
        let uris = done.text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        #expect(uris.count == 3 && uris[1].hasSuffix("object=mail;type=private") && uris[2].hasSuffix("type=cert"))
        let listing = try token.listing()
        #expect(listing.contains("label:      mail") && !listing.contains("extractable,"))
        let again = try install(chain)
        #expect(again.status == 1 && again.text.contains("tokenObjectExists"))
        let wrong = try install(Vectors.all.first { $0.expect == "keyDoesNotMatchCertificate" }!.path)
        #expect(wrong.status == 1 && wrong.text.contains("keyDoesNotMatchCertificate"))
        #expect(try token.listing() == listing)

        let listed = try Recapi.run(["tokens", "pkcs11:token=alpha", "--json"] + bench.access)
        let key = try JSONDocument(listed.standardOutput)[0]["keys"][0]
        #expect(key["uri"].string == uris[1] && key["refusal"]["code"].string == "tokenKeyNotExportable")
        #expect(key["certificate"]["thumbprint"].string == Vectors.named("openssl-chain").key.thumbprint)
    }

    @Test func withoutAPINOnlyPublicObjectsAreListedAndThatIsSaid() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        let certificate = try token.issueCertificate("www")
        let bench = try TokenBench(token)
        try token.forgetCalls()
        let output = try Recapi.run("tokens", "--module", token.module)
        #expect(output.status == 0)
        #expect(output.text.contains("only public objects are shown: give --pin"))
        #expect(output.text.contains(try InstalledProviders.thumbprint(certificate)))
        #expect(try token.count("login") == 0)
        let all = try Recapi.run(["tokens", "pkcs11:token=alpha"] + bench.access)
        #expect(all.text.contains("key www: RSA 2048 bits") && all.text.contains("can leave: wrapped"))
        #expect(try Recapi.run(["tokens", "pkcs11:"] + bench.access).status == 0)
    }

    @Test(arguments: [
        (["tokens", "pkcs11:token=x?pin-value=4711"], 64), (["tokens", "http://x"], 64),
        (["tokens", "pkcs11:nix=x"], 64),
        (["tokens", "pkcs11:", "--module", "/nowhere.so"], 1), (["tokens", "pkcs11:", "--pin", "4711"], 78),
        (["convert", "--out", "/tmp"], 64), (["token", "import", "a", "b", "--label", "x", "--token", "pkcs11:"], 64),
    ])
    func whatCannotBeMeantEndsWithItsCode(arguments: [String], status: Int) throws {
        let output = try Recapi.run(arguments)
        #expect(Int(output.status) == status, "\(output.errorText)")
        #expect(!output.errorText.contains("4711"))
    }
}
