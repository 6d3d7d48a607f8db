import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Keys that leave the software token of NSS as the ciphertext of a shrouded key bag, which openssl opens.
@Suite struct ShroudTests {
    @Test(arguments: [ContentCipher.tripleDESCBC, .aes256CBC])
    func openSSLOpensWhatTheTokenShrouded(cipher: ContentCipher) throws {
        let (token, file) = try tokenWithKey()
        let shroud = try shroud(cipher)
        let tokens = try token.provider()
        let contents = try tokens.contents(of: NSSToken.uri, module: token.module, login: NSSToken.login())
        let key = try #require(contents.keys.first)
        #expect(key.ways == [.shrouded, .wrapped], "\(key)")
        #expect(contents.certificates.count == 1)

        let export = try tokens.export(
            key.uri, module: token.module, login: NSSToken.login(), ways: [.shrouded], shroud: shroud)
        #expect(export.way == .shrouded)
        #expect(export.mechanism == (cipher == .tripleDESCBC ? "CKM_DES3_CBC_PAD" : "CKM_AES_CBC_PAD"))
        guard case .shrouded(let ciphertext) = export.key else {
            throw ExternalTool.Failure(description: "in the clear")
        }
        let plaintext = try ExternalTool.openssl.check(
            [
                "enc", "-d", cipher == .tripleDESCBC ? "-des-ede3-cbc" : "-aes-256-cbc", "-K",
                hex(shroud.key.withUnsafeBytes(Array.init)), "-iv",
                hex(shroud.initializationVector.withUnsafeBytes(Array.init)),
            ], input: ciphertext
        ).standardOutput
        let opened = try token.folder.write(plaintext, to: "opened.der")
        #expect(try publicKey(opened, "DER") == publicKey(file, "PEM"))
    }

    @Test(arguments: [ContentCipher.tripleDESCBC, .aes256CBC])
    func theTokenSignsWithAKeyThatItOpensAgain(cipher: ContentCipher) throws {
        let (token, file) = try tokenWithKey()
        let shroud = try shroud(cipher)
        let tokens = try token.provider()
        let export = try tokens.export(
            NSSToken.uri, module: token.module, login: NSSToken.login(), ways: [.shrouded], shroud: shroud)
        guard case .shrouded(let ciphertext) = export.key else {
            throw ExternalTool.Failure(description: "in the clear")
        }
        let message = Array("proof".utf8)
        func sign(_ ciphertext: [UInt8]) throws -> [UInt8] {
            try tokens.sign(
                message[...], with: .sha256, shrouded: ciphertext, shroud: shroud, on: NSSToken.uri,
                module: token.module,
                login: NSSToken.login())
        }
        let signature = try token.folder.write(sign(ciphertext), to: "signature")
        let publicKey = try token.folder.write(publicKey(file, "PEM"), to: "public.der")
        #expect(
            try ExternalTool.openssl.check(
                ["dgst", "-sha256", "-verify", publicKey, "-keyform", "DER", "-signature", signature], input: message
            ).text.contains("Verified OK"))
        // A damaged ciphertext is no key, or not this one.
        var damaged = ciphertext
        damaged[damaged.count / 2] ^= 1
        let wrong = try? sign(damaged)
        #expect(try wrong != token.folder.read("signature"))
        // The key is gone: the token has the one that it had.
        let contents = try tokens.contents(of: NSSToken.uri, module: token.module, login: NSSToken.login())
        #expect(contents.keys.count == 1)
    }

    @Test func aCipherThatTheTokenDoesNotHaveIsNamed() throws {
        let (token, _) = try tokenWithKey()
        try token.behave("no-aes-shroud")
        let tokens = try token.provider()
        func export(_ cipher: ContentCipher) throws -> TokenExport {
            try tokens.export(
                NSSToken.uri, module: token.module, login: NSSToken.login(), ways: [.shrouded], shroud: shroud(cipher))
        }
        let error = thrown { try export(.aes256CBC) } as? TokenError
        #expect(error?.code == .keyNotExportable)
        #expect(error?.reason.contains("none of CKM_AES_CBC_PAD") == true, "\(error?.reason ?? "")")
        #expect(try export(.tripleDESCBC).mechanism == "CKM_DES3_CBC_PAD")
    }

    @Test func aKeyIsWrappedAsWell() throws {
        let (token, file) = try tokenWithKey()
        let export = try token.provider().export(
            NSSToken.uri, module: token.module, login: NSSToken.login(), ways: Set(TokenExportWay.allCases), shroud: nil
        )
        #expect(export.way == .wrapped)
        #expect(try publicKeyByOpenSSL(rsa(export), token.folder) == publicKey(file, "PEM"))
    }

    /// - Returns: a token with the key of a PFX that openssl made, and that key's file.
    private func tokenWithKey() throws -> (NSSToken, file: String) {
        let token = try NSSToken()
        try token.makeKey("nss")
        // NSS takes DES keys of any parity, and keeps no key that nobody tells it to.
        try token.behave("strict")
        return (token, token.folder.path("nss.key"))
    }

    private func publicKey(_ file: String, _ form: String) throws -> [UInt8] {
        try ExternalTool.openssl.check(["pkey", "-inform", form, "-in", file, "-pubout", "-outform", "DER"])
            .standardOutput
    }

    private func shroud(_ cipher: ContentCipher) throws -> TokenShroud {
        let crypto = try InstalledProviders.crypto
        return TokenShroud(
            cipher: cipher, key: SecretBytes(copying: try crypto.randomBytes(cipher.keyByteCounts[0])),
            initializationVector: SecretBytes(copying: try crypto.randomBytes(cipher.blockByteCount)))
    }
}
