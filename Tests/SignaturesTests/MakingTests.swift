import Foundation
import PKCS12
import Providers
import Reissue
import TestSupport
import Testing

@testable import Signatures

/// What we sign, openssl and certtool accept.
@Suite struct MakingTests {
    private let content = Array("{\n  \"items\": []\n}\r\n\u{0}\u{1A}".utf8)

    private func crypto(_ name: String) throws -> (Provider, any CryptoProvider) {
        let provider = try name == "openssl" ? InstalledProviders.openSSL : InstalledProviders.gnuTLS
        return (provider, try #require(provider.crypto))
    }

    @Test(arguments: ["openssl", "gnutls"])
    func opensslAcceptsIt(provider name: String) throws {
        let (provider, crypto) = try crypto(name)
        let signatory = try Signatory()
        let time = 1_793_456_789
        let signature = try DetachedSignature.make(
            over: content, by: signatory.signer(provider), at: time, crypto: crypto)
        try signatory.folder.write(signature, to: "ours.p7s")
        try signatory.folder.write(content, to: "content")
        let verified = try signatory.openssl(
            "cms", "-verify", "-binary", "-inform", "DER", "-in", "ours.p7s", "-content", "content", "-CAfile",
            "ca.pem",
            "-out", "verified", "-certsout", "certificates")
        #expect(verified.errorText.contains("CMS Verification successful"))
        #expect(try signatory.folder.read("verified") == content)
        let certificates = String(decoding: try signatory.folder.read("certificates"), as: UTF8.self)
        #expect(certificates.components(separatedBy: "BEGIN CERTIFICATE").count == 3)

        let text = try signatory.openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "ours.p7s").text
        #expect(
            text.contains("object: signingTime (1.2.840.113549.1.9.5)") && text.contains("Oct 31 14:26:29 2026 GMT"))
        #expect(text.contains("eContent: <ABSENT>") && text.contains("algorithm: rsaEncryption"))

        // Written again by openssl, it is the same: it was DER.
        try signatory.openssl(
            "cms", "-cmsout", "-inform", "DER", "-in", "ours.p7s", "-outform", "DER", "-out", "again.p7s")
        #expect(try signatory.folder.read("again.p7s") == signature)

        try signatory.folder.write(content + [0], to: "content")
        let altered = try ExternalTool.openssl.run(
            [
                "cms", "-verify", "-binary", "-inform", "DER", "-in", "ours.p7s", "-content", "content", "-CAfile",
                "ca.pem",
            ],
            in: signatory.folder.path)
        #expect(altered.status != 0)
    }

    @Test func certtoolAcceptsIt() throws {
        let (provider, crypto) = try crypto("openssl")
        let signatory = try Signatory()
        let signature = try DetachedSignature.make(over: content, by: signatory.signer(provider), at: 0, crypto: crypto)
        try signatory.folder.write(signature, to: "ours.p7s")
        try signatory.folder.write(content, to: "content")
        let output = try ExternalTool.certtool.check(
            [
                "--p7-verify", "--inder", "--infile", "ours.p7s", "--load-data", "content", "--load-certificate",
                "signer.pem",
            ],
            in: signatory.folder.path)
        #expect((output.text + output.errorText).contains("Signature status: ok"))
    }

    /// Two providers make the same bytes of the same time.
    @Test func providersAgree() throws {
        let signatory = try Signatory()
        let made = try ["openssl", "gnutls"].map { name in
            let (provider, crypto) = try crypto(name)
            return try DetachedSignature.make(
                over: content, by: signatory.signer(provider), at: 1_000_000_000, crypto: crypto)
        }
        #expect(made[0] == made[1])
    }

    @Test func aKeyOfAnotherKindDoesNotSign() throws {
        let (provider, _) = try crypto("openssl")
        let signatory = try Signatory(key: "ec")
        #expect(errorCode { try signatory.signer(provider) } == "signerUnfit")
        #expect(errorCode { try signatory.certificate } == "signerUnfit")
    }

    @Test func aFileWithTwoKeysDoesNotSay() throws {
        let (provider, _) = try crypto("openssl")
        let file = Vectors.named("keytool-two-keys")
        #expect(
            errorCode {
                try Signer(
                    pfx: SourceFile(path: file.path, bytes: Array(try Data(contentsOf: URL(filePath: file.path)))),
                    password: secret("vectors"), provider: provider)
            } == "signerUnfit")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z", 0x17), (951_782_400, "2000-02-29T00:00:00Z", 0x17),
            (2_524_607_999, "2049-12-31T23:59:59Z", 0x17), (2_524_608_000, "2050-01-01T00:00:00Z", 0x18),
            (4_102_444_799, "2099-12-31T23:59:59Z", 0x18),
        ] as [(Int, String, UInt8)])
    func times(seconds: Int, text: String, tag: UInt8) {
        let encoded = SigningTime.encoded(seconds)
        #expect(encoded.first == tag)
        #expect(SigningTime.text(encoded) == text)
    }
}
