import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// Keys from a token that is none through the stops that files go through.
@Suite struct TokenTests {
    private func reissuer(_ profile: Profile = .schannel, sealer: Provider? = nil, verifier: Provider? = nil) throws
        -> Reissuer
    {
        try Reissuer(
            provider: sealer ?? InstalledProviders.openSSL, verifiers: [verifier ?? InstalledProviders.gnuTLS],
            options: Reissuer.Options(profile: profile))
    }

    private func file(_ pfx: VerifiedPFX) -> SourceFile { SourceFile(path: "out.pfx", bytes: pfx.bytes) }

    /// The modulus and the certificates' thumbprints that openssl finds.
    private func opensslFinds(_ pfx: VerifiedPFX) throws -> (modulus: String, thumbprints: [String]) {
        let folder = try TemporaryFolder()
        let path = try folder.write(pfx.bytes, to: "out.pfx")
        let text = try ExternalTool.openssl.check(
            ["pkcs12", "-in", path, "-passin", "pass:" + outputPassword, "-nodes"]
        ).standardOutput
        let modulus = try ExternalTool.openssl.check(["rsa", "-noout", "-modulus"], input: text).text
        let blocks = String(decoding: text, as: UTF8.self).components(separatedBy: "-----BEGIN CERTIFICATE-----")
        let thumbprints = try blocks.dropFirst().map { block in
            try ExternalTool.openssl.check(
                ["x509", "-noout", "-fingerprint", "-sha1"], input: Array(("-----BEGIN CERTIFICATE-----" + block).utf8)
            ).text.split(separator: "=").last!.filter(\.isHexDigit)
        }
        return (modulus.trimmingCharacters(in: .whitespacesAndNewlines), thumbprints.map { String($0) })
    }

    @Test(arguments: [TokenExportWay.wrapped, .read], Profile.everyKind)
    func numbersGoThroughTheSameStopsAsFiles(way: TokenExportWay, profile: Profile) throws {
        let fixture = try KeyFixture(ways: [way])
        let pfx = try reissuer(profile).reissue(fixture.source(profile), outputPassword: secret(outputPassword))
        let report = pfx.report
        #expect(report.tokenExport == TokenExportReport(way: way, mechanism: nil, token: "pkcs11:token=hsm"))
        #expect(report.sealedBy == "openssl" && report.verifiedBy == ["gnutls"])
        let identity = try #require(report.identities.first)
        #expect(identity.before.providerKind == .unspecified && identity.before.keyEncryption == "none")
        #expect(identity.after?.keySpec.rawValue == profile.keySpec.rawValue)
        #expect(identity.thumbprint == (try InstalledProviders.thumbprint(fixture.certificates[0])))
        let found = try opensslFinds(pfx)
        #expect(found.modulus == "Modulus=" + hex(fixture.rsa.modulus))
        #expect(found.thumbprints.first == identity.thumbprint)
        #expect(Array(found.thumbprints.dropFirst()) == identity.chain)
        #expect(fixture.token.counts.signatures == 1)
    }

    @Test(arguments: Profile.everyKind.filter { $0.keySpec == .exchange })
    func aShroudedKeyIsNotOpenedHere(profile: Profile) throws {
        let fixture = try KeyFixture(ways: [.shrouded, .wrapped])
        let opener = Opener()
        let pfx = try reissuer(
            profile, sealer: opener.watching(InstalledProviders.openSSL),
            verifier: opener.watching(InstalledProviders.gnuTLS)
        ).reissue(fixture.source(profile), outputPassword: secret(outputPassword))
        #expect(opener.readings == 0)
        // One decryption is that of the certificates.
        #expect(opener.decryptions == 1)
        let report = pfx.report
        #expect(
            report.tokenExport
                == TokenExportReport(way: .shrouded, mechanism: "CKM_DES3_CBC_PAD", token: "pkcs11:token=hsm"))
        #expect(report.verifiedBy == ["gnutls", "pkcs11"])
        #expect(
            report.comparedBy == [
                "recapi": ["certificates", "providerName", "machineKeySet", "localKeyID"], "pkcs11": ["privateKey"],
            ])
        #expect(report.notes.count == 2)
        let identity = try #require(report.identities.first)
        #expect(identity.after?.keySpec == .unspecified)
        #expect(identity.after?.providerName == profile.providerName)
        let found = try opensslFinds(pfx)
        #expect(found.modulus == "Modulus=" + hex(fixture.rsa.modulus))
        #expect(found.thumbprints.first == identity.thumbprint)

        // It stays so when the output is looked at again, and is not exported again.
        let again = try reissuer(
            profile, sealer: opener.watching(InstalledProviders.openSSL),
            verifier: opener.watching(InstalledProviders.gnuTLS)
        ).verify(file(pfx), of: fixture.source(profile), outputPassword: secret(outputPassword))
        #expect(opener.readings == 0)
        #expect(again.identities == report.identities && again.tokenExport == report.tokenExport)
        #expect(again.notes.first?.contains("was left closed") == true)
        #expect(again.verifiedBy == ["gnutls", "pkcs11"])
        let recheck = try Recheck(
            provider: opener.watching(InstalledProviders.openSSL), readers: [opener.watching(InstalledProviders.gnuTLS)]
        )
        try recheck.check(
            file(pfx), password: secret(outputPassword), against: report.identities, staysClosed: true)
        #expect(opener.readings == 0)
    }

    @Test func oneProviderAloneSaysSo() throws {
        let fixture = try KeyFixture(ways: [.shrouded])
        let pfx = try reissuer(verifier: InstalledProviders.openSSL)
            .reissue(fixture.source(), outputPassword: secret(outputPassword))
        #expect(pfx.report.verifiedBy == ["openssl", "pkcs11"])
        #expect(pfx.report.notes.last?.hasPrefix("there is no second provider") == true)
    }

    @Test func aSignatureThatDoesNotVerifyIsRefused() throws {
        let other = try InstalledProviders.crypto.generateRSAKey(bitCount: 2048)
        for way in TokenExportWay.allCases {
            let fixture = try KeyFixture(ways: [way], signs: other)
            #expect(
                errorCode { try reissuer().reissue(fixture.source(), outputPassword: secret(outputPassword)) }
                    == "keyDoesNotMatchCertificate")
            #expect(fixture.token.counts.exports.isEmpty)
        }
    }

    @Test func anotherKeyInTheShroudIsFoundByItsSignature() throws {
        let other = try InstalledProviders.crypto.generateRSAKey(bitCount: 2048)
        let fixture = try KeyFixture(ways: [.shrouded], shrouds: other)
        #expect(
            errorCode { try reissuer().reissue(fixture.source(), outputPassword: secret(outputPassword)) }
                == "verificationMismatch")
        let read = try KeyFixture(ways: [.read], shrouds: other)
        #expect(
            errorCode { try reissuer().reissue(read.source(), outputPassword: secret(outputPassword)) }
                == "keyDoesNotMatchCertificate")
    }

    @Test func theCertificateIsFoundByIDAndThenByPublicKey() throws {
        let fixture = try KeyFixture(ways: [.read])
        let (leaf, others) = (fixture.certificates[0], Array(fixture.certificates.dropFirst()))
        let stranger = try KeyFixture(ways: [.read], vector: "key-rsa-1032").certificates[0]
        func match(_ certificates: [TokenCertificate], _ authorities: [[UInt8]] = []) throws -> [[UInt8]] {
            try KeyOnToken(
                fixture.key, among: TokenCertificates(certificates, authorities: authorities), on: fixture.access,
                allowing: [.read], profile: .schannel
            ).certificates.map(\.der)
        }
        let other = TokenCertificate(label: "", id: [7], der: stranger)
        #expect(try match([TokenCertificate(label: "", id: [], der: leaf)]) == [leaf])
        #expect(try match([TokenCertificate(label: "", id: [1], der: leaf), other]) == [leaf])
        #expect(try match([other, TokenCertificate(label: "", id: [7], der: leaf)], others) == [leaf] + others)
        // Whatever else is on the token stays there, and what is no certificate is passed over.
        let junk = TokenCertificate(label: "", id: [7], der: [0x30, 0])
        #expect(try match([junk, TokenCertificate(label: "", id: [7], der: leaf)] + [other]) == [leaf])
        #expect(errorCode { try match([other]) } == (stranger == leaf ? nil : "keyDoesNotMatchCertificate"))
        #expect(
            errorCode { try match([TokenCertificate(label: "", id: [9], der: stranger)]) } == "keyWithoutCertificate")
        #expect(errorCode { try match([]) } == "keyWithoutCertificate")
    }

    @Test func aSignatureKeySpecRulesTheTokensOwnShroudOut() throws {
        let signature = Profile.rsaAES.with(keySpec: .signature)
        let both = try KeyFixture(ways: [.shrouded, .wrapped])
        let pfx = try reissuer(signature).reissue(both.source(signature), outputPassword: secret(outputPassword))
        #expect(pfx.report.tokenExport?.way == .wrapped)
        #expect(pfx.report.identities.first?.after?.keySpec == .signature)
        let only = try KeyFixture(ways: [.shrouded])
        #expect(errorCode { try only.source(signature) } == "keySpecUnwritable")
    }

    @Test func anOutputThatIsThereIsProvedByThePublicKey() throws {
        let fixture = try KeyFixture(ways: [.read])
        let reissuer = try reissuer()
        let pfx = try reissuer.reissue(fixture.source(), outputPassword: secret(outputPassword))
        let report = try reissuer.verify(file(pfx), of: fixture.source(), outputPassword: secret(outputPassword))
        #expect(report.identities == pfx.report.identities)
        #expect(fixture.token.counts.exports == ["www": 1])
        let other = try KeyFixture(ways: [.read], vector: "key-rsa-1032")
        func refusal(_ profile: Profile, _ source: KeyFixture, _ password: String = outputPassword) -> String? {
            errorCode {
                try self.reissuer(profile).verify(
                    file(pfx), of: source.source(profile), outputPassword: secret(password))
            }
        }
        #expect(refusal(.schannel, fixture) == nil)
        #expect(refusal(.rsaAES, fixture) == "verificationMismatch")
        #expect(refusal(.schannel, fixture, "another") == "wrongPassword")
        if other.rsa.modulus != fixture.rsa.modulus {
            #expect(refusal(.schannel, other) == "keyDoesNotMatchCertificate")
        }
    }

    @Test func rulesThatThePublicKeyBreaksAreFoundBeforeTheKeyLeaves() throws {
        let fixture = try KeyFixture(ways: [.shrouded], vector: "key-rsa-1023")
        #expect(
            errorCode { try reissuer().reissue(fixture.source(), outputPassword: secret(outputPassword)) }
                == "modulusLengthUnfit")
        #expect(fixture.token.counts.exports.isEmpty)
    }

    @Test func anEmptyOutputPasswordIsRefusedBeforeTheTokenIsAsked() throws {
        let fixture = try KeyFixture(ways: [.read])
        #expect(
            errorCode { try reissuer().reissue(fixture.source(), outputPassword: secret("")) } == "emptyOutputPassword")
        #expect(fixture.token.counts.signatures == 0)
    }
}
