import Providers
import TestSupport
import Testing

@testable import PKCS12
@testable import Reissue

/// Outputs that are there already, against keys on a token that is none.
@Suite struct TokenOutputTests {
    private func reissuer(_ profile: Profile = .schannel) throws -> Reissuer {
        try Reissuer(
            provider: InstalledProviders.openSSL, verifiers: [InstalledProviders.gnuTLS],
            options: Reissuer.Options(profile: profile))
    }

    private func written(
        _ fixture: KeyFixture, _ profile: Profile = .schannel, by ways: Set<TokenExportWay>
    ) throws -> SourceFile {
        let pfx = try reissuer(profile).reissue(
            fixture.source(profile, allowing: ways), outputPassword: secret(outputPassword))
        return SourceFile(path: "out.pfx", bytes: pfx.bytes)
    }

    private func verify(
        _ file: SourceFile, _ fixture: KeyFixture, _ profile: Profile = .schannel, allowing ways: Set<TokenExportWay>
    ) throws -> Reissuer.ReissueReport {
        try reissuer(profile).verify(
            file, of: fixture.source(profile, allowing: ways), outputPassword: secret(outputPassword))
    }

    @Test(arguments: Profile.everyKind.filter { $0.keySpec == .exchange })
    func whatTheTokenDidNotShroudIsNotTakenForThat(profile: Profile) throws {
        let fixture = try KeyFixture(ways: [.shrouded, .wrapped])
        let file = try written(fixture, profile, by: [.wrapped])
        #expect(errorCode { try verify(file, fixture, profile, allowing: [.shrouded]) } == "verificationMismatch")
        // Where it may be opened, it is, and the record says so.
        let report = try verify(file, fixture, profile, allowing: [.shrouded, .wrapped])
        #expect(report.verifiedBy == ["gnutls"] && report.tokenExport == nil && report.notes == [])
        #expect(report.identities.first?.after?.keySpec == .exchange)
    }

    @Test func anotherKeySpecInAShroudIsFound() throws {
        let fixture = try KeyFixture(ways: [.shrouded, .wrapped])
        let file = try written(fixture, Profile.rsaAES.with(keySpec: .signature), by: [.wrapped])
        for ways in [[.shrouded], [.shrouded, .wrapped], [.wrapped]] as [Set<TokenExportWay>] {
            #expect(errorCode { try verify(file, fixture, .rsaAES, allowing: ways) } == "verificationMismatch")
        }
    }

    @Test func aWeakerWayOnceTakenIsSaidAndIsRightLater() throws {
        let fixture = try KeyFixture(ways: [.shrouded, .wrapped], refusing: [.shrouded])
        let pfx = try reissuer().reissue(fixture.source(), outputPassword: secret(outputPassword))
        #expect(pfx.report.tokenExport?.way == .wrapped)
        #expect(pfx.report.notes == ["shrouded: refused"])
        let file = SourceFile(path: "out.pfx", bytes: pfx.bytes)
        // Whether or not the token shrouds the next time.
        for later in [fixture, try KeyFixture(ways: [.shrouded, .wrapped])] {
            let report = try verify(file, later, allowing: Set(TokenExportWay.allCases))
            #expect(report.verifiedBy == ["gnutls"] && report.identities.first?.after?.keySpec == .exchange)
        }
        #expect(errorCode { try verify(file, fixture, allowing: [.shrouded]) } == "tokenKeyNotExportable")
    }

    @Test func whatTheTokenShroudedStaysRightWhereItDoesNotShroudToday() throws {
        let fixture = try KeyFixture(ways: [.shrouded, .wrapped])
        let file = try written(fixture, by: [.shrouded])
        let later = try KeyFixture(ways: [.shrouded, .wrapped], refusing: [.shrouded])
        let report = try verify(file, later, allowing: [.shrouded, .wrapped])
        #expect(report.verifiedBy == ["gnutls"] && report.tokenExport == nil)
        #expect(report.identities.first?.after?.keySpec == .unspecified)
        #expect(report.notes == ["the key has no KeySpec, which Windows takes as AT_KEYEXCHANGE"])
        // A manifest of that is checked by all readers, as it does not say that a token shrouded the key.
        let recheck = try Recheck(provider: InstalledProviders.openSSL, readers: [InstalledProviders.gnuTLS])
        try recheck.check(file, password: secret(outputPassword), against: report.identities)
        // Where the token's shroud is not allowed, neither is a key without a KeySpec.
        #expect(errorCode { try verify(file, fixture, allowing: [.wrapped]) } == "verificationMismatch")
    }

    @Test func theSameBytesInAShroudAreRightWhoeverWroteThem() throws {
        let fixture = try KeyFixture(ways: [.shrouded])
        let file = try written(fixture, by: [.shrouded])
        // With another certificate key the token's own signature tells.
        let other = try KeyFixture(ways: [.shrouded], shrouds: InstalledProviders.crypto.generateRSAKey(bitCount: 2048))
        #expect(errorCode { try verify(file, other, allowing: [.shrouded]) } == "verificationMismatch")
        #expect(try verify(file, fixture, allowing: [.shrouded]).verifiedBy == ["gnutls", "pkcs11"])
    }

    /// Against what openssl writes.
    @Test(arguments: [1024, 2048, 3072], [ContentCipher.tripleDESCBC, .aes256CBC])
    func theLengthTellsAPKCS8(bits: Int, cipher: ContentCipher) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("key.der")
        try ExternalTool.openssl.check([
            "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)", "-outform", "DER", "-out", path,
        ])
        func pkcs8(_ arguments: String...) throws -> [UInt8] {
            try ExternalTool.openssl.check(arguments + ["-in", path, "-inform", "DER", "-outform", "DER"])
                .standardOutput
        }
        let info = try pkcs8("pkcs8", "-topk8", "-nocrypt")
        let parsed = try SecretBytes(copying: info).withUnsafeBytes { try PrivateKeyInfo($0) }
        let key = try RSAPrivateKey(parsed)
        func problem(_ text: [UInt8]) throws -> String? {
            let ciphertext = try InstalledProviders.crypto.encrypt(
                SecretBytes(copying: text), with: cipher,
                key: secret(String(repeating: "k", count: cipher.keyByteCounts.last!)),
                iv: secret(String(repeating: "v", count: cipher.blockByteCount)))
            return errorCode { try ShroudedLength.check(ciphertext, cipher, key.publicKey) }
        }
        #expect(try problem(info) == nil)
        let withPublicKey = PrivateKeyInfo(
            algorithm: parsed.algorithm,
            privateKey: SecretBytes(copying: try pkcs8("rsa", "-traditional")), publicKey: Array(key.modulus))
        #expect(try problem(withPublicKey.encoded().withUnsafeBytes { Array($0) }) == "verificationMismatch")
        guard cipher == .tripleDESCBC else { return }
        #expect(try problem(pkcs8("rsa", "-traditional")) == "verificationMismatch")
    }
}
