import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Keys and certificates that are put on SoftHSM2, as pkcs11-tool sees them there.
@Suite struct InstallationTests {
    private let token: SoftHSM
    private let tokens: any TokenProvider

    init() throws {
        token = try SoftHSM()
        tokens = try token.provider()
    }

    @Test(arguments: [true, false], [[], ["no-private-keys"]])
    func aKeyItsCertificateAndTheChainAreThere(isExtractable: Bool, behaviour: [String]) throws {
        let identity = try identity("web", isExtractable: isExtractable)
        try token.folder.write(behaviour.map { $0 + "\n" }.joined().utf8, to: "behaviour")
        let uris = try install(identity)
        let contents = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        let key = try #require(contents.keys.first)
        #expect(contents.keys.count == 1 && key.uri == uris.key && key.label == "web")
        #expect(try key.id == InstalledProviders.crypto.digest(identity.key.modulus[...], with: .sha1))
        #expect(key.modulus == identity.key.modulus)
        #expect(key.ways == (isExtractable ? [.wrapped] : []))
        #expect(Set(contents.certificates.map(\.der)) == Set(identity.certificates))
        #expect(contents.certificates.filter { $0.id == key.id }.map(\.der) == [identity.certificates[0]])
        #expect(contents.certificates.filter { $0.label == "web" }.map(\.der) == [identity.certificates[0]])
        #expect(contents.certificates.map(\.label).sorted() == ["web", "web authority"])

        let listing = try token.listing()
        #expect(listing.contains("sensitive") && listing.contains("never extractable") == false)
        #expect(listing.contains("Private Key Object; RSA") && listing.contains("Public Key Object; RSA 2048 bits"))
        #expect(listing.contains("subject:    DN: CN=leaf") && listing.contains("subject:    DN: CN=web authority"))
        // The token signs with it.
        let signature = try tokens.sign(
            [1, 2, 3], with: .sha256, key: uris.key, module: token.module, login: SoftHSM.login())
        #expect(try signature == InstalledProviders.crypto.sign([1, 2, 3], with: .sha256, key: identity.key))
        if isExtractable {
            let export = try tokens.export(
                uris.key, module: token.module, login: SoftHSM.login(), ways: [.wrapped], shroud: nil)
            #expect(try rsa(export) == identity.key)
        }
    }

    @Test func whatIsThereIsNotWrittenTwice() throws {
        let first = try identity("web")
        _ = try install(first)
        let before = try token.listing()
        #expect(errorCode { try install(first) } == "tokenObjectExists")
        var renamed = first
        renamed.label = "other"
        let clash = thrown { try install(renamed) } as? TokenError
        #expect(clash?.code == .objectExists && clash?.reason.contains("CKA_ID") == true)
        #expect(clash?.hint?.contains("label") == false)
        var renewed = try identity("web")
        #expect(errorCode { try install(renewed) } == "tokenObjectExists")
        #expect(try token.listing() == before)
        // Another key of the same authority: the authority's certificate is there once.
        renewed.label = "web 2"
        renewed.certificates[1] = first.certificates[1]
        _ = try install(renewed)
        let contents = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        #expect(contents.keys.count == 2)
        #expect(contents.certificates.count { $0.der == first.certificates[1] } == 1)
        #expect(contents.certificates.count == 3)
    }

    @Test func afterAFailureNothingIsLeft() throws {
        let before = try token.listing()
        try token.behave("no-certificates")
        let error = thrown { try install(identity("web")) } as? TokenError
        #expect(error?.code == .tokenExhausted && error?.reason.contains("CKR_DEVICE_MEMORY") == true)
        try token.behave()
        #expect(try token.listing() == before)
    }

    @Test func theIDCanBeChosen() throws {
        var identity = try identity("web")
        identity.id = [0xca, 0xfe]
        let uris = try install(identity)
        #expect(uris.key.contains("id=%CA%FE") || uris.key.lowercased().contains("id=%ca%fe"))
        #expect(try token.listing().contains("ID:         cafe"))
    }

    @Test func brokenCertificatesAreRefusedBeforeAnythingIsWritten() throws {
        var identity = try identity("web")
        identity.certificates[1] = [0x30, 3, 2, 1, 1]
        #expect(errorCode { try install(identity) } == "tokenFailed")
        #expect(
            try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login()).keys.isEmpty)
    }

    private func install(_ identity: TokenIdentity) throws -> (key: String, certificate: String) {
        try tokens.install(identity, on: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
    }

    /// A key with a certificate by an authority, made by openssl.
    private func identity(_ label: String, isExtractable: Bool = true) throws -> TokenIdentity {
        let folder = try TemporaryFolder()
        try ExternalTool.openssl.check(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
                "/CN=web authority",
            ],
            in: folder.path)
        try ExternalTool.openssl.check(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "leaf.key", "-out", "leaf.der", "-outform",
                "DER",
                "-subj", "/CN=leaf", "-CA", "ca.pem", "-CAkey", "ca.key",
            ], in: folder.path)
        try ExternalTool.openssl.check(["x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der"], in: folder.path)
        try ExternalTool.openssl.check(
            ["pkcs8", "-topk8", "-nocrypt", "-in", "leaf.key", "-outform", "DER", "-out", "key.der"], in: folder.path)
        return TokenIdentity(
            key: try rsaKey(ofPKCS8: folder.read("key.der")),
            certificates: [try folder.read("leaf.der"), try folder.read("ca.der")], label: label,
            isExtractable: isExtractable)
    }
}
