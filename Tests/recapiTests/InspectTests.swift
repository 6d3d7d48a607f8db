import Foundation
import TestSupport
import Testing

/// What `inspect` says of files of many kinds.
@Suite struct InspectTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private func inspect(_ names: String...) throws -> (output: Recapi.Output, text: String) {
        let paths = names.map { Vectors.named($0).path }
        let output = try Recapi.run(["inspect", "--password", workshop.password] + paths)
        return (output, output.text)
    }

    private func json(_ name: String) throws -> JSONDocument {
        let output = try Recapi.run("inspect", "--json", "--password", workshop.password, Vectors.named(name).path)
        return try JSONDocument(output.standardOutput)["files"][0]
    }

    @Test func exportFromCNG() throws {
        let (output, text) = try inspect("cng-export")
        #expect(output.status == 0 && output.errorText.isEmpty)
        #expect(text.contains("    provider: Microsoft Software Key Storage Provider (CNG)\n"))
        #expect(text.contains("    KeySpec: both; machine key set: yes; container: te-2f1c7a50-"))
        #expect(text.contains(" CNG: Microsoft Software Key Storage Provider (the file names it)"))
        #expect(text.hasSuffix("\n  verdict: can be converted\n"))
        for certificate in Vectors.named("cng-export").certificates {
            #expect(text.contains("    thumbprint: \(certificate.thumbprint)\n"))
        }
    }

    @Test func exportFromCNGAsJSON() throws {
        let inspection = try json("cng-export")["inspection"]
        let key = inspection["keys"][0]
        #expect(key["kind"].string == "RSA" && key["bits"].int == 2048)
        #expect(key["placement"]["providerKind"].string == "CNG")
        #expect(key["placement"]["machineKeySet"].bool == true)
        #expect(key["matchesCertificate"].bool == true)
        #expect(!key["importers"].array.isEmpty)
        #expect(key["importers"].array.allSatisfy { $0["providerKind"].string == "CNG" })
        #expect(key["refusal"].value == nil)
        #expect(
            inspection["certificates"].array.map { $0["thumbprint"].string }.sorted { ($0 ?? "") < ($1 ?? "") }
                == Vectors.named("cng-export").certificates.map(\.thumbprint).sorted())
    }

    @Test func convertedFile() throws {
        #expect(try workshop.convert([Vectors.named("cng-export").path]).status == 0)
        let text = try Recapi.run("inspect", "--password", workshop.password, workshop.out + "/cng-export.pfx").text
        #expect(text.contains("    provider: Microsoft RSA SChannel Cryptographic Provider (CAPI1)\n"))
        #expect(text.contains("    KeySpec: exchange; machine key set: yes; container: {"))
        #expect(text.contains("MMC, Import-ExchangeCertificate, .NET Framework  CAPI1: Microsoft RSA SChannel"))
        #expect(text.hasSuffix("\n  verdict: under CAPI1 already; can be converted to another profile\n"))
    }

    @Test func keyOfAnEllipticCurve() throws {
        let (output, text) = try inspect("key-ec-p256")
        #expect(output.status == 0)
        #expect(text.contains("    cannot be converted (keyNotRSA): the key is EC, and CAPI1 has RSA providers only\n"))
        #expect(text.contains("    hint: have the certificate issued again with an RSA key\n"))
        #expect(text.hasSuffix("\n  verdict: cannot be converted\n"))
        let key = try json("key-ec-p256")["inspection"]["keys"][0]
        #expect(key["refusal"]["code"].string == "keyNotRSA")
    }

    /// One key that cannot be converted keeps the others from it.
    @Test func keysOfTwoKinds() throws {
        let (_, text) = try inspect("keytool-rsa-and-ec")
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("  key: ") }.count == 3)
        #expect(text.hasSuffix("\n  verdict: cannot be converted\n"))
    }

    @Test func fileWithoutMAC() throws {
        let (output, text) = try inspect("openssl-nomac")
        #expect(output.status == 0)
        #expect(text.contains("  MAC: none\n"))
        #expect(
            text.hasSuffix("\n  verdict: can be converted, if files without a MAC are allowed (--allow-missing-mac)\n"))
        #expect(try json("openssl-nomac")["inspection"]["mac"].string == "none")
    }

    @Test func certificateOnly() throws {
        let (output, text) = try inspect("certificate-nokeys")
        #expect(output.status == 0)
        #expect(text.contains("thumbprint: \(Vectors.named("certificate-nokeys").certificates[0].thumbprint)"))
        #expect(text.hasSuffix("\n  verdict: cannot be converted: there is no private key in it\n"))
    }

    @Test(arguments: ["empty", "random-bytes", "pem-of-pfx", "certificate", "private-key"])
    func notAPFX(_ name: String) throws {
        let (output, text) = try inspect(name)
        #expect(output.status == 1)
        #expect(text.contains("  cannot be read (notPKCS12): "))
        #expect(try json(name)["error"]["code"].string == "notPKCS12")
    }

    @Test func wrongPassword() throws {
        let wrong = try workshop.write(password: "wrong", to: "wrong")
        let output = try Recapi.run("inspect", "--password", wrong, Vectors.named("cng-export").path)
        #expect(output.status == 1)
        #expect(output.text.contains("  cannot be read (wrongPassword): the password does not open the file\n"))
    }

    @Test func someThatCanBeReadAndSomeThatCannot() throws {
        let (output, text) = try inspect("cng-export", "truncated-half", "openssl-default")
        #expect(output.status == 3)
        #expect(text.contains("cannot be read (truncated)"))
        #expect(text.components(separatedBy: "\n\n").count == 3)
    }

    @Test func foldersAndWhatIsNotThere() throws {
        let output = try Recapi.run(
            "inspect", "--password", "empty", workshop.folder.path, workshop.folder.path("nothing.pfx"), "/dev/null")
        #expect(output.status == 1)
        #expect(output.text.contains("(notARegularFile): \(workshop.folder.path) is a folder, not a file"))
        #expect(output.text.contains("(notFound): \(workshop.folder.path("nothing.pfx")) cannot be read: No such file"))
        #expect(output.text.contains("(notARegularFile): /dev/null is not a regular file"))
    }
}
