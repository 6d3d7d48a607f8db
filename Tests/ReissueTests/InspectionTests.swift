import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// What `recapi inspect` says, against what openssl found in the same file.
@Suite struct InspectionTests {
    /// Whatever opens is shown, convertible or not.
    @Test(arguments: Vectors.all.filter { $0.opensslOpens && $0.isQuick && $0.showsContents })
    func showsWhatIsThere(_ vector: Vector) throws {
        let inspection = try reissuer(allowMissingMAC: true).inspect(vector.source, passwords: vector.passwords)
        #expect(inspection.mac == vector.mac.map { "hmacWith\($0.uppercased())" } ?? "none")
        #expect((inspection.macIterations == nil) == (vector.mac == nil))
        #expect(inspection.certificates.map(\.thumbprint) == vector.certificates.map(\.thumbprint))
        #expect(inspection.certificates.map(\.friendlyName) == vector.certificates.map(\.friendlyName))

        try #require(inspection.keys.count == vector.keys.count)
        for (key, expected) in zip(inspection.keys, vector.keys) {
            #expect(key.kind == expected.kind)
            if expected.kind == "RSA", vector.expect != "keyHasMorePrimes" {
                #expect(key.bits == expected.bits)
                #expect(key.certificate == expected.thumbprint || key.matchesCertificate == false)
            }
            #expect(key.containerName == expected.friendlyName)
            #expect(key.providerNames.first == expected.cspName)
            #expect(key.placement.machineKeySet == expected.machineKeySet)
            #expect(key.importers.isEmpty == false)
        }
        let refusals = inspection.keys.compactMap(\.refusal)
        if vector.expect == Vector.convertible {
            #expect(refusals.isEmpty)
        } else if !vector.keys.isEmpty, vector.expect != "macMissing" {
            #expect(refusals.map(\.code) == [vector.expect])
            #expect(refusals.allSatisfy { $0.hint != nil })
        }
    }

    @Test func tellsWhereAKeyGoes() throws {
        func key(_ name: String) throws -> Inspection.Key {
            let vector = Vectors.named(name)
            return try #require(reissuer().inspect(vector.source, passwords: vector.passwords).keys.first)
        }
        #expect(try key("cng-export").placement.providerKind == .cng)
        #expect(try key("cng-export").placement.keySpec == .both)
        #expect(try key("openssl-keyex").placement.providerKind == .capi1)
        #expect(try key("openssl-keyex").placement.keySpec == .exchange)
        #expect(try key("openssl-keysig").placement.keySpec == .signature)
        #expect(try key("openssl-3des").placement.providerKind == .unspecified)
        #expect(try key("openssl-3des").placement.keySpec == .unspecified)
        #expect(try key("openssl-csp-ksp-ncipher").placement.providerKind == .cng)
        #expect(try key("openssl-csp-unknown").placement.providerKind == .capi1)
        #expect(try key("key-ec-p256").importers.map(\.providerKind) == [.cng])
        #expect(try key("key-ec-p256").bits == nil)
        #expect(try key("key-of-another-certificate").matchesCertificate == false)
        #expect(try key("key-without-certificate").matchesCertificate == nil)
        #expect(try key("key-without-certificate").certificate == nil)
    }

    @Test func showsNamesThatCannotMoveTheCursor() throws {
        var pfx = try opened("openssl-3des")
        pfx.changeBags {
            $0.attributes.friendlyName = "a\u{1B}[2Jb\u{7}"
            $0.attributes.providerNames = ["c\u{9B}d"]
        }
        let inspection = try reissuer().inspect(source(pfx), passwords: [secret(outputPassword)])
        let texts =
            inspection.keys.flatMap { [$0.containerName ?? ""] + $0.providerNames }
            + inspection.certificates.map { $0.friendlyName ?? "" }
        #expect(texts.count == 3)
        for text in texts {
            #expect(
                text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "\(text.debugDescription)"
            )
        }
    }

    @Test(arguments: [
        (UInt8?.none, IdentityReport.KeySpec.unspecified), (0, .unspecified), (0x10, .exchange), (0x20, .exchange),
        (0x30, .exchange), (0x80, .signature), (0x04, .signature), (0x02, .signature), (0x90, .both), (0xA0, .both),
        (0x08, .unspecified), (0x40, .unspecified),
    ])
    func readsKeySpec(_ usage: UInt8?, _ keySpec: IdentityReport.KeySpec) {
        #expect(IdentityReport.KeySpec(keyUsage: usage) == keySpec)
    }

    @Test func judgesImportersAsMicrosoftSays() {
        let unnamed = ImportVerdict.all(providerName: nil, isRSA: true)
        #expect(unnamed.map(\.providerKind) == [.capi1, .capi1, .cng, .cng])
        let ksp = ImportVerdict.all(providerName: "Microsoft Software Key Storage Provider", isRSA: true)
        #expect(ksp.allSatisfy { $0.providerKind == .cng })
        let schannel = ImportVerdict.all(providerName: WindowsProviders.schannel.name, isRSA: true)
        #expect(schannel.map(\.providerKind) == [.capi1, .capi1, .capi1, .cng])
        #expect(schannel.prefix(3).allSatisfy { $0.provider == WindowsProviders.schannel.name })
        for isNamed in [true, false] {
            let verdicts = ImportVerdict.all(providerName: isNamed ? WindowsProviders.enhanced.name : nil, isRSA: false)
            #expect(verdicts.map(\.providerKind) == [.cng])
        }
    }

    @Test func tellsProvidersApartByName() {
        for csp in WindowsProviders.csps {
            #expect(WindowsProviders.kind(of: csp.name) == .capi1)
            #expect(WindowsProviders.kind(of: csp.name.uppercased()) == .capi1)
        }
        for ksp in [
            "Microsoft Software Key Storage Provider", "Microsoft Platform Crypto Provider",
            "Microsoft Smart Card Key Storage Provider", "Contoso Key Storage Provider",
        ] {
            #expect(WindowsProviders.kind(of: ksp) == .cng)
        }
        #expect(WindowsProviders.kind(of: nil) == .unspecified)
        #expect(WindowsProviders.kind(of: "") == .unspecified)
        #expect(WindowsProviders.kind(of: "Contoso") == .unspecified)
    }
}

extension Vector {
    /// The reader does not refuse it; files without a MAC are allowed here.
    fileprivate var showsContents: Bool {
        (expectAllowingMissingMAC ?? expect) == Self.convertible || expect.hasPrefix("key")
            || expect.hasPrefix("certificate")
            || ["publicExponentUnfit", "modulusLengthUnfit", "primesUnbalanced"].contains(expect)
    }
}
