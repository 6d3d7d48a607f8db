import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Signatures made on SoftHSM2, verified by openssl.
@Suite struct SigningTests {
    private static let message = Array("a message".utf8)

    @Test(arguments: DigestAlgorithm.allCases, [false, true])
    func openSSLVerifiesASignatureOfTheToken(digest: DigestAlgorithm, withoutDigests: Bool) throws {
        let token = try SoftHSM()
        try token.generateKey("made")
        if withoutDigests { try token.behave("no-digest") }
        let signature = try token.provider().sign(
            Self.message[...], with: digest, key: "pkcs11:token=alpha;object=made", module: token.module,
            login: SoftHSM.login())
        let key = try token.folder.write(token.publicKey(), to: "public.der")
        try verify(signature, digest, key, token.folder)
    }

    @Test func aKeyThatAlwaysAuthenticatesGetsThePINForEachSignature() throws {
        let token = try SoftHSM()
        try token.generateKey("made", behaviour: "always-authenticate")
        let tokens = try token.provider()
        for _ in 0..<2 {
            _ = try tokens.sign(
                Self.message[...], with: .sha256, key: "pkcs11:token=alpha;object=made", module: token.module,
                login: SoftHSM.login())
        }
        #expect(try token.count("login") == 1 && token.count("context-login") == 2)
    }

    @Test func aFinalTryIsNotSpentOnTheLoginForOneSignature() throws {
        let token = try SoftHSM()
        try token.generateKey("made", behaviour: "always-authenticate")
        let tokens = try token.provider()
        func sign(_ login: TokenLogin = SoftHSM.login()) throws -> Int {
            try tokens.sign(
                Self.message[...], with: .sha256, key: "pkcs11:token=alpha;object=made", module: token.module,
                login: login
            ).count
        }
        #expect(try sign() == 256)
        try token.behave("final")
        #expect(errorCode { try sign() } == "tokenPINFinalTry")
        try token.behave("locked")
        #expect(errorCode { try sign() } == "tokenPINLocked")
        #expect(try token.count("context-login") == 1)
    }

    @Test func aFinalTryThatIsAllowedIsSpent() throws {
        let token = try SoftHSM()
        try token.generateKey("made", behaviour: "always-authenticate")
        try token.behave("final")
        let signature = try token.provider().sign(
            Self.message[...], with: .sha256, key: "pkcs11:token=alpha;object=made", module: token.module,
            login: SoftHSM.login(allowsFinalTry: true))
        #expect(try signature.count == 256 && token.count("context-login") == 1)
    }

    @Test func aPINThatIsRefusedForOneSignatureIsNotSentAgain() throws {
        let token = try SoftHSM()
        try token.generateKey("made", behaviour: "always-authenticate")
        let tokens = try token.provider()
        try token.behave("context-login-gives-CKR_PIN_INCORRECT")
        for _ in 0..<3 {
            let code = errorCode {
                try tokens.sign(
                    Self.message[...], with: .sha256, key: "pkcs11:token=alpha;object=made", module: token.module,
                    login: SoftHSM.login())
            }
            #expect(code == "tokenWrongPIN")
        }
        #expect(try token.count("login") == 1 && token.count("context-login") == 1)
    }

    /// - Parameter key: the public key's file, DER.
    private func verify(_ signature: [UInt8], _ digest: DigestAlgorithm, _ key: String, _ folder: TemporaryFolder)
        throws
    {
        let file = try folder.write(signature, to: "signature")
        let output = try ExternalTool.openssl.check(
            ["dgst", "-\(digest)", "-verify", key, "-keyform", "DER", "-signature", file], input: Self.message)
        #expect(output.text.contains("Verified OK"))
    }
}
