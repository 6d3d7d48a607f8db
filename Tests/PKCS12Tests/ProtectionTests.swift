import PKCS12
import TestSupport
import Testing

/// Files that are protected by something else than a password that people know, and files without a MAC.
@Suite struct ProtectionTests {
    /// Windows writes the random password, sealed to users of the directory (1.3.6.1.4.1.311.17.4), beside the rest.
    @Test func directoryProtection() throws {
        let sealed = CraftedPFX.bag(
            5, TestDER.sequence(TestDER.oid("1.3.6.1.4.1.311.17.4"), TestDER.explicit(0, TestDER.octets([1, 2, 3]))))
        let file = try CraftedPFX(
            parts: [
                CraftedPFX.plain(sealed),
                CraftedPFX.encrypted(TestDER.sequence(CraftedPFX.certificate()), password: "random"),
            ], password: "random"
        ).bytes
        let error = thrown { try decode(file, "guess") } as? PKCS12Error
        #expect(error?.code == .directoryProtection)
        #expect(error?.hint?.contains("Export-PfxCertificate -Password") == true)
        #expect(try decode(file, "random").certificates.count == 1)
    }

    /// Another secret bag says nothing about the password.
    @Test func otherSecretBags() throws {
        let other = CraftedPFX.bag(5, TestDER.sequence(TestDER.oid("1.2.3"), TestDER.explicit(0, TestDER.octets([1]))))
        let file = try CraftedPFX(
            parts: [CraftedPFX.plain(other), CraftedPFX.encrypted(TestDER.sequence(), password: "random")],
            password: "random"
        ).bytes
        #expect(try refusal(file, "guess").hasPrefix("wrongPassword: "))
    }

    @Test func signedInsteadOfAMAC() throws {
        let file = CraftedPFX(authSafeType: CraftedPFX.signedData, hasMAC: false)
        #expect(try refusal(file.bytes, "").hasPrefix("publicKeyProtection: "))
        // signedData has a SEQUENCE inside, not an OCTET STRING.
        let signed = TestDER.sequence(
            TestDER.integer(3), CraftedPFX.contentInfo(CraftedPFX.signedData, TestDER.sequence(TestDER.integer(1))))
        #expect(try refusal(signed, "").hasPrefix("publicKeyProtection: "))
    }

    @Test func envelopedParts() throws {
        let enveloped = CraftedPFX.contentInfo(CraftedPFX.envelopedData, TestDER.sequence(TestDER.integer(0)))
        let refusal = try refusal(CraftedPFX(parts: [enveloped]).bytes, CraftedPFX.password)
        #expect(refusal.hasPrefix("publicKeyProtection: "))
    }

    @Test func withoutMAC() throws {
        let file = try CraftedPFX(
            parts: [CraftedPFX.plain(CraftedPFX.certificate()), CraftedPFX.encrypted(TestDER.sequence())], hasMAC: false
        ).bytes
        #expect(try refusal(file, CraftedPFX.password).hasPrefix("macMissing: "))
        #expect(try decode(file, CraftedPFX.password, allowsMissingMAC: true).mac == nil)
        #expect(try refusal(file, "wrong", allowsMissingMAC: true).hasPrefix("wrongPassword: "))
    }

    @Test(arguments: [
        ("-----BEGIN CERTIFICATE-----\n", "PEM"), ("", "empty"), ("MIIJ", "not begin"), ("PK\u{3}\u{4}", "not begin"),
    ])
    func filesOfOtherKindsByName(_ text: String, _ word: String) throws {
        let refusal = try refusal(Array(text.utf8), "")
        #expect(refusal.hasPrefix("notPKCS12: ") && refusal.contains(word), "\(refusal)")
    }
}
