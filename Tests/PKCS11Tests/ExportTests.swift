import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Keys that leave SoftHSM2, against what openssl and pkcs11-tool say of them.
@Suite struct ExportTests {
    @Test func aKeyMadeOnTheTokenIsWrappedAndComesOutWhole() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        let export = try exported(token, "made")
        #expect(export.way == .wrapped && export.mechanism == "CKM_AES_KEY_WRAP_PAD")
        let key = try rsa(export)
        #expect(try InstalledProviders.crypto.check(key) == [])
        #expect(try publicKeyByOpenSSL(key, token.folder) == token.publicKey())
    }

    @Test func withoutPaddedKeyWrapRFC3394Does() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        try token.behave("no-padded-wrap")
        let export = try exported(token, "made")
        #expect(export.mechanism == "CKM_AES_KEY_WRAP")
        #expect(try publicKeyByOpenSSL(rsa(export), token.folder) == token.publicKey())
    }

    @Test func aTokenThatWrapsUnderPublicKeysOnlyDoesThat() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        let before = try token.listing()
        try token.behave("rsa-aes-only")
        let export = try exported(token, "made")
        #expect(export.mechanism == "CKM_RSA_AES_KEY_WRAP")
        #expect(try publicKeyByOpenSSL(rsa(export), token.folder) == token.publicKey())
        try token.behave()
        #expect(try token.listing() == before)
    }

    @Test func aTokenThatTakesNoSecretKeysMakesOne() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        try token.behave("no-secret-keys")
        let export = try exported(token, "made")
        #expect(export.way == .wrapped)
        #expect(try publicKeyByOpenSSL(rsa(export), token.folder) == token.publicKey())
    }

    @Test(arguments: [1024, 2048, 3072, 4096])
    func anImportedKeyIsTheSameInEveryWay(bits: Int) throws {
        let token = try SoftHSM()
        let (pem, file) = (token.folder.path("key.pem"), token.folder.path("key.der"))
        try ExternalTool.openssl.check(["genrsa", "-out", pem, "\(bits)"])
        try ExternalTool.openssl.check(["pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER", "-out", file])
        try token.importKey(file, "brought", behaviour: "not-sensitive")
        let known = try rsaKey(ofPKCS8: Array(Data(contentsOf: URL(filePath: file))))
        for way in [TokenExportWay.wrapped, .read] {
            let export = try exported(token, "brought", [way])
            #expect(export.way == way && (export.mechanism == nil) == (way == .read))
            #expect(try rsa(export) == known)
        }
        try token.behave("no-wrap")
        #expect(try exported(token, "brought").way == .read)
    }

    @Test func whyABetterWayWasNotTakenIsNoted() throws {
        let token = try SoftHSM()
        try token.generateKey("open", isExtractable: true, behaviour: "not-sensitive")
        #expect(try exported(token, "open").notes == [])
        try token.behave("wrap-gives-CKR_MECHANISM_INVALID")
        let export = try exported(token, "open")
        #expect(export.way == .read && export.notes.count == 1, "\(export.notes)")
        #expect(export.notes.first?.contains("CKM_AES_KEY_WRAP_PAD: CKR_MECHANISM_INVALID") == true)
    }

    @Test(arguments: [
        ("CKR_DEVICE_ERROR", "tokenFailed"), ("CKR_HOST_MEMORY", "tokenFailed"),
        ("CKR_USER_NOT_LOGGED_IN", "tokenPINRequired"),
    ])
    func aTokenInTroubleIsNoReasonForAWeakerWay(failure: String, code: String) throws {
        let token = try SoftHSM()
        try token.generateKey("open", isExtractable: true, behaviour: "not-sensitive")
        try token.behave("wrap-gives-\(failure)")
        let error = thrown { try exported(token, "open") } as? TokenError
        #expect(error?.code.rawValue == code && error?.reason.contains(failure) == true)
    }

    @Test func aKeyWithoutItsPublicExponentIsReadWithThatOfThePublicKey() throws {
        let token = try SoftHSM()
        try token.generateKey("open", isExtractable: true, behaviour: "not-sensitive")
        try token.behave("no-public-exponent")
        let key = try rsa(exported(token, "open", [.read]))
        #expect(key.publicExponent == [1, 0, 1])
        #expect(try publicKeyByOpenSSL(key, token.folder) == token.publicKey())
    }

    @Test func whatKeepsAKeyInIsNamed() throws {
        let token = try SoftHSM()
        try token.generateKey("kept", id: "01")
        try token.generateKey("trusted", id: "02", isExtractable: true, behaviour: "trusted-only")
        try token.generateKey("sensitive", id: "03", isExtractable: true)
        try token.generateKey("curve", id: "04", type: "EC:prime256v1", isExtractable: true)
        #expect(try refusal(token, "kept").contains("CKA_EXTRACTABLE is false"))
        #expect(try refusal(token, "trusted").contains("CKA_WRAP_WITH_TRUSTED is true"))
        #expect(try refusal(token, "curve").contains("CKA_KEY_TYPE is EC"))
        #expect(try refusal(token, "sensitive", [.read]).contains("CKA_SENSITIVE is true"))
        try token.behave("no-wrap")
        let reason = try refusal(token, "sensitive")
        #expect(reason.contains("CKM_AES_KEY_WRAP") && reason.contains("CKA_SENSITIVE is true"))
        try token.behave("wrap-fails")
        #expect(try refusal(token, "sensitive").contains("CKR_GENERAL_ERROR"))
    }

    @Test func attributesThatATokenDoesNotKnowAreNoHindrance() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        let tokens = try token.provider()
        try token.behave("few-attributes")
        let contents = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        #expect(contents.keys.map(\.label) == [""] && contents.keys.map(\.ways) == [[.wrapped]])
        #expect(contents.keys.first?.modulus.count == 256)
        let export = try tokens.export(
            "pkcs11:token=alpha;id=%01", module: token.module, login: SoftHSM.login(), ways: [.wrapped], shroud: nil)
        #expect(try publicKeyByOpenSSL(rsa(export), token.folder) == token.publicKey())
    }

    @Test func keysAreFoundByTheirURI() throws {
        let token = try SoftHSM(tokens: ["alpha", "beta"])
        try token.generateKey("same", id: "01", isExtractable: true)
        try token.generateKey("same", id: "02", isExtractable: true)
        try token.generateKey("same", id: "01", on: "beta", isExtractable: true)
        let tokens = try token.provider()
        func code(_ uri: String) -> String? {
            errorCode {
                try tokens.export(
                    uri, module: token.module, login: SoftHSM.login(), ways: [.wrapped], shroud: nil)
            }
        }
        #expect(code("pkcs11:token=alpha;id=%01") == nil)
        #expect(code("pkcs11:token=alpha;object=same") == "tokenKeyAmbiguous")
        #expect(code("pkcs11:token=alpha") == "tokenKeyAmbiguous")
        #expect(code("pkcs11:token=beta") == nil)
        #expect(code("pkcs11:token=alpha;object=other") == "tokenKeyNotFound")
        #expect(code("pkcs11:object=same") == "tokenAmbiguous")
        #expect(code("pkcs11:token=gamma") == "tokenNotFound")
        #expect(code("pkcs11:token=alpha;id=%02;type=cert") == nil)
        for wrong in ["", "token=alpha", "pkcs11:token=alpha;unknown=1", "pkcs11:token=%zz", "pkcs12:token=alpha"] {
            #expect(code(wrong) == "tokenURIInvalid", "\(wrong)")
        }
        let error = thrown { try tokens.tokens(matching: "pkcs11:token=alpha?pin-value=4711", module: token.module) }
        #expect((error as? TokenError)?.code == .uriInvalid)
        #expect((error as? TokenError)?.hint?.contains("pin-source") == true)
        #expect(!"\(String(describing: error))".contains("4711"))
        let matches = try tokens.tokens(
            matching: "pkcs11:token=alpha;object=same?pin-source=file:/etc/pin%20of%20it", module: token.module)
        #expect(matches.pinSource == "file:/etc/pin of it" && matches.namesObject)
        #expect(matches.tokens.map(\.label) == ["alpha"])
        #expect(
            try tokens.tokens(matching: "pkcs11:", module: token.module).tokens.map(\.label).sorted() == [
                "alpha", "beta",
            ])
    }

    @Test func nothingIsLeftOnTheToken() throws {
        let token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
        let before = try token.listing()
        _ = try exported(token, "made")
        try token.behave("wrap-fails")
        _ = try refusal(token, "made")
        try token.behave()
        #expect(try token.listing() == before)
    }

    @Test func aModuleThatIsNoneIsNamed() throws {
        let folder = try TemporaryFolder()
        let tokens = try SoftHSM().provider()
        let error = thrown { try tokens.tokens(matching: "pkcs11:", module: folder.path("none.so")) } as? TokenError
        #expect(error?.code == .moduleFailed && error?.reason.contains(folder.path("none.so")) == true)
        #expect(
            errorCode { try tokens.tokens(matching: "pkcs11:", module: folder.write([1, 2, 3], to: "no.so")) }
                == "tokenModuleFailed")
    }

    private func exported(
        _ token: SoftHSM, _ label: String, _ ways: Set<TokenExportWay> = Set(TokenExportWay.allCases)
    ) throws -> TokenExport {
        try token.provider().export(
            "pkcs11:token=alpha;object=\(label)", module: token.module, login: SoftHSM.login(), ways: ways, shroud: nil)
    }

    private func refusal(
        _ token: SoftHSM, _ label: String, _ ways: Set<TokenExportWay> = Set(TokenExportWay.allCases)
    ) throws -> String {
        let error = try #require(thrown { try exported(token, label, ways) } as? TokenError)
        #expect(error.code == .keyNotExportable)
        return error.reason
    }
}

func rsa(_ export: TokenExport) throws -> RSAPrivateKey {
    guard case .rsa(let key) = export.key else { throw ExternalTool.Failure(description: "the key is shrouded") }
    return key
}

/// The key of an unencrypted PKCS#8.
func rsaKey(ofPKCS8 der: [UInt8]) throws -> RSAPrivateKey {
    try RSAPrivateKey(PrivateKeyInfo(leading: SecretBytes(copying: der)))
}

/// The public half of a key, DER, as openssl takes it out of the private one.
func publicKeyByOpenSSL(_ key: RSAPrivateKey, _ folder: TemporaryFolder) throws -> [UInt8] {
    // PKCS #1, which is what the PKCS#8 has in it.
    let file = try folder.write(key.privateKeyInfo().privateKey.withUnsafeBytes(Array.init), to: "exported.der")
    #expect(try ExternalTool.openssl.check(["rsa", "-in", file, "-check", "-noout"]).text.contains("RSA key ok"))
    return try ExternalTool.openssl.check(["rsa", "-in", file, "-pubout", "-outform", "DER"]).standardOutput
}
