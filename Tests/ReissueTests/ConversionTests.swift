import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// What is written, as openssl reads it.
@Suite struct ConversionTests {
    /// Every file that can be converted, each with one of the profiles.
    @Test(arguments: Vectors.convertible.filter(\.isQuick).enumerated().map { Case($0.element, at: $0.offset) })
    func convertsEveryVector(_ test: Case) throws {
        try check(test.vector, test.profile)
    }

    /// Two files of many iterations, too slow for more.
    @Test(arguments: ["certtool-authority", "pk12util-aes-256"])
    func convertsFilesOfManyIterations(_ name: String) throws {
        try check(Vectors.named(name), .rsaAES)
    }

    @Test(arguments: ["cng-export", "two-keys", "openssl-chain-unrelated"], Profile.everyKind)
    func convertsWithEveryProfile(_ name: String, _ profile: Profile) throws {
        try check(Vectors.named(name), profile)
    }

    @Test(arguments: ["openssl-lmk", "openssl-3des"], Profile.MachineKeySet.allCases)
    func marksTheMachineKeySetAsTold(_ name: String, _ machineKeySet: Profile.MachineKeySet) throws {
        try check(Vectors.named(name), Profile.rsaAES.with(machineKeySet: machineKeySet))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let vector: Vector
        let profile: Profile

        init(_ vector: Vector, at index: Int) {
            self.vector = vector
            profile = Profile.everyKind[index % Profile.everyKind.count]
        }

        var testDescription: String {
            "\(vector) as \(profile.name), \(profile.keySpec), \(profile.encryption.rawValue)"
        }
    }

    private func check(_ vector: Vector, _ profile: Profile) throws {
        let output = try convert(vector, profile)
        let listing = try OpenSSLListing(output.bytes, password: outputPassword)
        expectProtection(listing, profile.encryption)
        try expectKeys(listing, vector, profile)
        try expectCertificates(listing, vector)
        try expectSameKeys(listing, vector)
        expectReport(output.report, vector, profile)
    }

    private func expectProtection(_ listing: OpenSSLListing, _ encryption: Profile.Encryption) {
        let scheme: String
        let mac: String
        switch encryption {
        case .tripleDESSHA1: (scheme, mac) = ("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000", "sha1")
        case .aes256SHA256:
            (scheme, mac) = ("PBES2, PBKDF2, AES-256-CBC, Iteration 2000, PRF hmacWithSHA256", "sha256")
        }
        #expect(listing.info.contains("MAC: \(mac), Iteration 2000"))
        #expect(listing.info.contains("MAC length: \(mac == "sha1" ? 20 : 32), salt length: 20"))
        let encryptions = listing.info.filter {
            $0.hasPrefix("PKCS7 Encrypted data: ") || $0.hasPrefix("Shrouded Keybag: ")
        }
        #expect(encryptions.count == 1 + listing.keys.count)
        #expect(encryptions.allSatisfy { $0.hasSuffix(": \(scheme)") }, "\(encryptions)")
    }

    private func expectKeys(_ listing: OpenSSLListing, _ vector: Vector, _ profile: Profile) throws {
        try #require(listing.keys.count == vector.keys.count)
        for (key, before) in zip(listing.keys, vector.keys) {
            #expect(key.attributes["Microsoft CSP Name"] == profile.providerName.map { [$0] })
            let isMarked = profile.machineKeySet == .set || profile.machineKeySet == .keep && before.machineKeySet
            #expect(key.attributes["Microsoft Local Key set"] == (isMarked ? ["<No Values>"] : nil))
            #expect(key.keyAttributes["X509v3 Key Usage"] == [profile.keySpec == .exchange ? "10" : "80"])
            let container = try #require(key.attributes["friendlyName"]?.first)
            #expect(
                container.wholeMatch(of: /\{[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}/)
                    != nil)
        }
        #expect(Set(listing.keys.compactMap { $0.attributes["friendlyName"]?.first }).count == listing.keys.count)
    }

    private func expectCertificates(_ listing: OpenSSLListing, _ vector: Vector) throws {
        let thumbprints = try listing.certificates.map { try InstalledProviders.thumbprint($0.der) }
        #expect(thumbprints.sorted() == vector.certificates.map(\.thumbprint).sorted())
        #expect(thumbprints.first == vector.keys.first?.thumbprint)
        for (certificate, thumbprint) in zip(listing.certificates, thumbprints) {
            let names = vector.certificates.filter { $0.thumbprint == thumbprint }.map(\.friendlyName)
            #expect(names.contains(certificate.attributes["friendlyName"]?.first.flatMap { $0.isEmpty ? nil : $0 }))
            let owners = zip(listing.keys, vector.keys).filter { $0.1.thumbprint == thumbprint }.map(\.0)
            #expect(certificate.attributes["localKeyID"] == owners.first?.attributes["localKeyID"])
            #expect(certificate.attributes["Microsoft CSP Name"] == nil)
        }
        #expect(listing.keys.allSatisfy { $0.attributes["localKeyID"]?.first?.isEmpty == false })
    }

    private func expectSameKeys(_ listing: OpenSSLListing, _ vector: Vector) throws {
        guard vector.macPassword == nil, vector.name != "openssl-password-double-encoded" else {
            return  // openssl itself reads such a source with other options only
        }
        let before = try OpenSSLListing(vector.bytes, password: vector.password)
        #expect(try listing.rsaKeys == before.rsaKeys)
    }

    private func expectReport(_ report: Reissuer.ReissueReport, _ vector: Vector, _ profile: Profile) {
        #expect(report.sealedBy == "openssl")
        #expect(report.verifiedBy == ["openssl"])
        #expect(report.identities.map(\.thumbprint) == vector.keys.map(\.thumbprint))
        #expect(report.identities.map(\.keyBits) == vector.keys.map(\.bits))
        #expect(report.identities.map(\.before.providerName) == vector.keys.map(\.cspName))
        #expect(report.identities.map(\.before.machineKeySet) == vector.keys.map(\.machineKeySet))
        #expect(report.identities.allSatisfy { $0.after?.providerName == profile.providerName })
        #expect(report.identities.allSatisfy { $0.after?.keySpec.rawValue == profile.keySpec.rawValue })
        #expect(report.identities.allSatisfy { $0.thumbprintUnchanged && $0.keyMatchesCertificate })
    }
}
