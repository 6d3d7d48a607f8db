import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

@Suite struct ListingTests {
    @Test func keysAndCertificatesAreListedAsOthersSeeThem() throws {
        let token = try SoftHSM()
        try token.generateKey("kept", id: "01")
        try token.generateKey("wrapped", id: "02", isExtractable: true)
        try token.generateKey("open", id: "03", isExtractable: true, behaviour: "not-sensitive")
        try token.generateKey("trusted", id: "04", isExtractable: true, behaviour: "trusted-only")
        try token.generateKey("curve", id: "05", type: "EC:prime256v1", isExtractable: true)
        let certificate = try token.issueCertificate("leaf", id: "02")
        let tokens = try token.provider()

        let contents = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        #expect(contents.token.label == "alpha")
        let keys = Dictionary(uniqueKeysWithValues: contents.keys.map { ($0.label, $0) })
        #expect(keys.count == 5)
        #expect(keys["kept"]?.ways == [] && keys["kept"]?.obstacle?.contains("CKA_EXTRACTABLE is false") == true)
        #expect(keys["wrapped"]?.ways == [.wrapped] && keys["wrapped"]?.obstacle == nil)
        #expect(keys["open"]?.ways == [.wrapped, .read])
        #expect(keys["trusted"]?.ways == [] && keys["trusted"]?.obstacle?.contains("CKA_WRAP_WITH_TRUSTED") == true)
        #expect(keys["curve"]?.kind.rawValue == "EC" && keys["curve"]?.ways == [])
        #expect(keys["curve"]?.obstacle?.contains("CKA_KEY_TYPE is EC") == true)
        let key = try #require(keys["wrapped"])
        #expect(key.id == [2] && key.publicExponent == [1, 0, 1])
        #expect(try token.publicKey(id: "02").contains(key.modulus))
        #expect(contents.certificates == [TokenCertificate(label: "leaf", id: [2], der: certificate)])
        // The URI finds that key, and no other.
        let again = try tokens.contents(of: key.uri, module: token.module, login: SoftHSM.login())
        #expect(again.keys == [key])
        #expect(again.certificates == contents.certificates)
    }

    @Test func aKeyThatCannotBeReadDoesNotHideTheOthers() throws {
        let token = try SoftHSM()
        for id in ["01", "02", "03"] { try token.generateKey("key \(id)", id: id, isExtractable: true) }
        try token.issueCertificate("leaf 1", id: "01")
        try token.issueCertificate("leaf 2", id: "02")
        try token.behave("broken-id-02")
        let contents = try token.provider().contents(
            of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        #expect(contents.keys.filter { $0.obstacle == nil }.map(\.label).sorted() == ["key 01", "key 03"])
        let broken = contents.keys.filter { $0.obstacle != nil }
        #expect(broken.count == 1 && broken.first?.ways == [])
        #expect(broken.first?.obstacle?.contains("CKR_FUNCTION_FAILED") == true)
        #expect(contents.certificates.map(\.label) == ["leaf 1"])
    }
}

extension [UInt8] {
    func contains(_ part: [UInt8]) -> Bool {
        Data(self).range(of: Data(part)) != nil
    }
}
