import Foundation
import TestSupport
import Testing

/// Which tokens and keys the command finds, and what it says of those that it cannot ask.
@Suite struct TokenListingTests {
    @Test func theModuleInAURIIsThatOfAllCalls() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        try token.issueCertificate("www")
        let bench = try TokenBench(token)
        let (uri, pin) = ("pkcs11:token=alpha?module-path=\(token.module)", ["--pin", bench.access[1]])
        let listed = try Recapi.run(["tokens", uri] + pin)
        #expect(listed.status == 0 && listed.text.contains("can leave: wrapped"), "\(listed.errorText)")
        let converted = try Recapi.run(
            ["convert", "--token", uri, "--out", bench.workshop.out, "--output-password", bench.workshop.password] + pin
        )
        #expect(converted.status == 0, "\(converted.text)\(converted.errorText)")
        let imported = try Recapi.run(
            [
                "token", "import", Vectors.named("openssl-chain").path, "--token", uri, "--password",
                bench.workshop.password, "--label", "mail",
            ] + pin)
        #expect(imported.status == 0, "\(imported.text)\(imported.errorText)")
        #expect(try token.listing().contains("mail"))
    }

    @Test func aTokenThatFailsLeavesTheOthersListed() throws {
        let token = try SoftHSM(tokens: ["alpha", "beta"])
        try token.behave("full-alpha")
        let output = try Recapi.run("tokens", "--module", token.module)
        #expect(output.status == 3)
        #expect(output.text.contains("token alpha") && output.text.contains("failed (tokenExhausted)"))
        #expect(output.text.contains("token beta") && output.text.contains("only public objects are shown"))
        let json = try Recapi.run("tokens", "--module", token.module, "--json")
        let codes = try JSONDocument(json.standardOutput).array.reduce(into: [:]) {
            $0[$1["label"].string ?? ""] = $1["error"]["code"].string ?? "none"
        }
        #expect(json.status == 3)
        // The slot without a token has no label.
        #expect(codes["alpha"] == "tokenExhausted" && codes["beta"] == "none")
        try token.behave("full")
        #expect(try Recapi.run("tokens", "--module", token.module).status == 1)
    }

    @Test func keysThatShareAURIAreAmbiguous() throws {
        let token = try SoftHSM()
        for _ in 0..<2 { try token.generateKey("twin", id: "01", isExtractable: true) }
        try token.generateKey("www", id: "02", isExtractable: true)
        try token.issueCertificate("www", id: "02")
        let bench = try TokenBench(token)
        let listed = try Recapi.run(["tokens", "pkcs11:token=alpha", "--json"] + bench.access)
        let refusals = try JSONDocument(listed.standardOutput)[0]["keys"].array.map { $0["refusal"]["code"].string }
        #expect(refusals.count { $0 == "tokenKeyAmbiguous" } == 2 && refusals.count { $0 == nil } == 1)
        #expect(try bench.convert("pkcs11:token=alpha").status == 3)
        let codes = try bench.manifest["items"].array.map { $0["error"]["code"].string }
        #expect(codes == ["tokenKeyAmbiguous", "tokenKeyAmbiguous", nil])
    }

    @Test func aTokenWithAPadShowsItsKeysWhereItIsNamed() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        try token.behave("protected")
        try token.forgetCalls()
        let all = try Recapi.run("tokens", "--module", token.module)
        #expect(all.text.contains("only public objects are shown: name the token by its URI"))
        #expect(try token.count("login") == 0)
        let one = try Recapi.run("tokens", "pkcs11:token=alpha", "--module", token.module)
        #expect(one.status == 0 && one.text.contains("key www: RSA 2048 bits"), "\(one.text)\(one.errorText)")
        #expect(try token.count("login") == 1)
    }

    @Test func theWaysOutCanBeLimited() throws {
        let token = try SoftHSM()
        try token.generateKey("www", isExtractable: true)
        try token.issueCertificate("www")
        let bench = try TokenBench(token)
        #expect(try bench.convert("pkcs11:token=alpha", "--export", "shrouded", "--export", "read").status == 1)
        #expect(try bench.manifest["items"][0]["error"]["code"].string == "tokenKeyNotExportable")
        #expect(try token.count("wrap") == 0)
        #expect(try bench.convert("pkcs11:token=alpha", "--export", "wrapped").status == 0)
        #expect(try Recapi.run("convert", "x.pfx", "--out", "x", "--export", "read").status == 64)
        #expect(try bench.convert("pkcs11:token=alpha", "--export", "stolen").status == 64)
    }
}
