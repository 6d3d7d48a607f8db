import Foundation
import TestSupport
import Testing

/// `convert` with its options, its outputs read by openssl.
@Suite struct ConvertTests {
    private let workshop: Workshop
    private let source = Vectors.named("cng-export").path

    init() throws {
        workshop = try Workshop()
    }

    private func reading(_ name: String = "cng-export") throws -> OpenSSLReading {
        try OpenSSLReading(workshop.out + "/\(name).pfx", password: workshop.password)
    }

    @Test(arguments: [
        ("schannel", ["Microsoft RSA SChannel Cryptographic Provider"]),
        ("rsa-aes", ["Microsoft Enhanced RSA and AES Cryptographic Provider"]),
        ("enhanced", ["Microsoft Enhanced Cryptographic Provider v1.0"]),
        ("unnamed", []),
    ])
    func profile(_ name: String, providerNames: [String]) throws {
        #expect(try workshop.convert([source], "--profile", name).status == 0)
        let reading = try reading()
        #expect(reading.providerNames == providerNames)
        #expect(reading.keyUsages == ["10"])
        #expect(reading.isMachineKeySet)
    }

    @Test(arguments: ["rsa-aes", "enhanced"])
    func signatureKey(_ profile: String) throws {
        #expect(try workshop.convert([source], "--profile", profile, "--key-spec", "signature").status == 0)
        #expect(try reading().keyUsages == ["80"])
    }

    @Test func schannelHasNoSignatureKeys() throws {
        let run = try workshop.convert([source], "--key-spec", "signature")
        #expect(run.status == 78)
        #expect(run.errorText.contains("Microsoft RSA SChannel Cryptographic Provider has no signature keys"))
        #expect(run.errorText.contains("hint: "))
        #expect(!FileManager.default.fileExists(atPath: workshop.out))
    }

    @Test func encryption() throws {
        #expect(try workshop.convert([source], "--encryption", "aes256-sha256").status == 0)
        let reading = try reading()
        #expect(reading.mac == "sha256, Iteration 2000")
        #expect(reading.encryptions.count == 2)
        #expect(
            reading.encryptions.allSatisfy {
                $0 == "PBES2, PBKDF2, AES-256-CBC, Iteration 2000, PRF hmacWithSHA256"
            })
    }

    @Test func machineKeySet() throws {
        #expect(try workshop.convert([source], "--machine-key-set", "clear").status == 0)
        #expect(try !reading().isMachineKeySet)
        let user = Vectors.named("cng-export-aes").path
        #expect(try workshop.convert([user]).status == 0)
        #expect(try !reading("cng-export-aes").isMachineKeySet)
        #expect(try workshop.convert([user], "--machine-key-set", "set", "--overwrite").status == 0)
        #expect(try reading("cng-export-aes").isMachineKeySet)
    }

    @Test func missingMAC() throws {
        let path = Vectors.named("openssl-nomac").path
        let refused = try workshop.convert([path])
        #expect(refused.status == 1 && refused.text.contains("(macMissing)"))
        #expect(try workshop.convert([path], "--allow-missing-mac").status == 0)
        #expect(try reading("openssl-nomac").mac == "sha1, Iteration 2000")
    }

    @Test func fileThatIsRightAlready() throws {
        #expect(try workshop.convert([source]).status == 0)
        let converted = workshop.out + "/cng-export.pfx"
        let arguments = [
            "convert", converted, "--out", workshop.folder.path("again"), "--password", workshop.password,
            "--output-password", workshop.password,
        ]
        let left = try Recapi.run(arguments)
        #expect(left.status == 0 && left.text.contains("0 converted, 1 unchanged"))
        #expect(!FileManager.default.fileExists(atPath: workshop.folder.path("again/cng-export.pfx")))
        let rewritten = try Recapi.run(arguments + ["--rewrite"])
        #expect(rewritten.status == 0 && rewritten.text.contains("1 converted, 0 unchanged"))
        #expect(
            try workshop.folder.read("again/cng-export.pfx") != workshop.folder.read("out/cng-export.pfx"))
    }

    @Test func otherOutputIsKeptUntilTold() throws {
        #expect(try workshop.convert([source]).status == 0)
        let before = try workshop.folder.read("out/cng-export.pfx")
        // An output that is in no manifest may be anybody's.
        try FileManager.default.removeItem(atPath: workshop.folder.path("out/manifest.json"))
        let kept = try workshop.convert([source], "--profile", "rsa-aes")
        #expect(kept.status == 1)
        #expect(kept.text.contains("(outputExists): \(workshop.out)/cng-export.pfx exists"))
        #expect(kept.text.contains("--overwrite"))
        #expect(try workshop.folder.read("out/cng-export.pfx") == before)
        #expect(try workshop.convert([source], "--profile", "rsa-aes", "--overwrite").status == 0)
        #expect(try reading().providerNames == ["Microsoft Enhanced RSA and AES Cryptographic Provider"])
    }

    @Test func anOutputOfItsOwnIsReplacedWhenTheProfileIsAnother() throws {
        #expect(try workshop.convert([source]).status == 0)
        #expect(try workshop.convert([source], "--profile", "rsa-aes").status == 0)
        #expect(try reading().providerNames == ["Microsoft Enhanced RSA and AES Cryptographic Provider"])
    }

    @Test func damagedOutputIsKeptUntilTold() throws {
        try workshop.folder.write([], to: "out/cng-export.pfx")
        #expect(try workshop.convert([source]).text.contains("(outputExists)"))
        #expect(try workshop.folder.read("out/cng-export.pfx").isEmpty)
        #expect(try workshop.convert([source], "--overwrite").status == 0)
        #expect(try reading().providerNames.count == 1)
    }

    @Test(arguments: [[], ["--overwrite"], ["--overwrite", "--rewrite"]])
    func outputIsNeverItsInput(_ options: [String]) throws {
        let bytes = try Vectors.named("cng-export").bytes
        let path = try workshop.folder.write(bytes, to: "in/server.pfx")
        let run = try Recapi.run(
            ["convert", path, "--out", workshop.folder.path("in"), "--password", workshop.password] + [
                "--output-password", workshop.password,
            ] + options)
        #expect(run.status == 1)
        #expect(run.text.contains("(outputIsInput): \(path) is the source itself"))
        #expect(try workshop.folder.read("in/server.pfx") == bytes)
    }

    @Test func severalKeys() throws {
        #expect(try workshop.convert([Vectors.named("two-keys").path]).status == 0)
        let reading = try reading("two-keys")
        #expect(reading.providerNames == Array(repeating: "Microsoft RSA SChannel Cryptographic Provider", count: 2))
        #expect(reading.keyUsages == ["10", "10"])
    }

    @Test func providerThatIsNotThere() throws {
        let run = try workshop.convert([source], "--provider", "cardboard")
        #expect(run.status == 78)
        #expect(run.errorText.contains("--provider: there is no provider cardboard"))
        #expect(run.errorText.contains("hint: there are: openssl"))
        #expect(try workshop.convert([source], "--provider", "openssl").status == 0)
    }

    @Test func pathsAndPasswordsGivenTwiceCountOnce() throws {
        let run = try workshop.convert([source, source], "--password", workshop.password)
        #expect(run.status == 0)
        #expect(run.text.contains("1 file: 1 converted"))
    }

    @Test func twoSourcesOfOneOutput() throws {
        let bytes = try Vectors.named("cng-export").bytes
        for folder in ["a", "b"] { try workshop.folder.write(bytes, to: "\(folder)/server.pfx") }
        let run = try workshop.convert([workshop.folder.path("a"), workshop.folder.path("b")])
        #expect(run.status == 78)
        #expect(run.errorText.contains("would both become \(workshop.out)/server.pfx"))
        #expect(!FileManager.default.fileExists(atPath: workshop.out))
    }
}
