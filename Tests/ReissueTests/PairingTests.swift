import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// Keys belong to certificates by their public keys, whatever the localKeyIDs say.
@Suite struct PairingTests {
    private static let keys = Vectors.named("two-keys").keys

    @Test func convertsEachKeyOfAFile() throws {
        #expect(try Self.thumbprints { _ in } == Self.keys.map(\.thumbprint))
    }

    @Test func pairsWithoutLocalKeyIDs() throws {
        #expect(
            try Self.thumbprints { $0.changeBags { $0.attributes.localKeyID = nil } } == Self.keys.map(\.thumbprint))
    }

    @Test func pairsWhereAllLocalKeyIDsAreTheSame() throws {
        #expect(
            try Self.thumbprints { $0.changeBags { $0.attributes.localKeyID = [1] } } == Self.keys.map(\.thumbprint))
    }

    @Test func pairsWhereLocalKeyIDsLie() throws {
        let found = try Self.thumbprints { pfx in
            let ids = Set(pfx.allBags.compactMap(\.attributes.localKeyID)).sorted { $0.lexicographicallyPrecedes($1) }
            try #require(ids.count == 2)
            pfx.changeBags { bag in
                guard case .certificate = bag.value, let id = bag.attributes.localKeyID else { return }
                bag.attributes.localKeyID = id == ids[0] ? ids[1] : ids[0]
            }
        }
        #expect(found == Self.keys.map(\.thumbprint))
    }

    /// Of two copies of a certificate, the one that the file ties to the key.
    @Test func prefersTheTiedOfTwoCopies() throws {
        var pfx = try opened("openssl-name-ascii")
        pfx.changeBags { bag in
            if case .certificate = bag.value { bag.attributes.friendlyName = "tied" }
        }
        let copies = pfx.contents.flatMap(\.bags).compactMap { bag -> SafeBag? in
            guard case .certificate = bag.value else { return nil }
            return SafeBag(bag.value)
        }
        pfx.contents.insert(SafeContents(encryption: nil, bags: copies), at: 0)
        let listing = try OpenSSLListing(
            convert(source(pfx), [secret(outputPassword)]).bytes, password: outputPassword)
        #expect(listing.certificates.map { $0.attributes["friendlyName"] } == [["tied"], nil])
        #expect(listing.certificates.map { $0.attributes["localKeyID"] == nil } == [false, true])
    }

    @Test func namesTheKeyThatHasNoCertificate() throws {
        var pfx = try opened("two-keys")
        let lost = try #require(Self.keys[1].thumbprint)
        for part in pfx.contents.indices {
            try pfx.contents[part].bags.removeAll { bag in
                guard case .certificate(let der) = bag.value else { return false }
                return try InstalledProviders.thumbprint(der) == lost
            }
        }
        var isSecond = false
        pfx.changeBags { bag in
            guard case .privateKey = bag.value else { return }
            bag.attributes.friendlyName = isSecond ? "the second\u{1B}[2J" : "the first"
            bag.attributes.localKeyID = nil
            isSecond = true
        }
        let file = try source(pfx)
        let error = thrown { try convert(file, [secret(outputPassword)]) } as? ReissueError
        #expect(error?.code == .keyWithoutCertificate)
        #expect(error?.reason.contains("the second") == true)
        #expect(error?.reason.contains("\u{1B}") == false)
    }

    @Test func saysWhoseCertificateDoesNotMatch() throws {
        let vector = Vectors.named("key-of-another-certificate")
        let error = thrown { try convert(vector) } as? ReissueError
        #expect(error?.code == .keyDoesNotMatchCertificate)
        #expect(error?.reason.contains("CN=") == true)
    }

    /// The same key twice is two identities with one certificate.
    @Test func convertsAKeyThatIsThereTwice() throws {
        var pfx = try opened("openssl-3des")
        let keys = pfx.contents.flatMap(\.bags).filter { if case .privateKey = $0.value { true } else { false } }
        pfx.contents.append(SafeContents(encryption: nil, bags: keys))
        let output = try convert(source(pfx), [secret(outputPassword)])
        #expect(output.report.identities.count == 2)
        #expect(try OpenSSLListing(output.bytes, password: outputPassword).keys.count == 2)
    }

    @Test func findsBagsInsideBags() throws {
        var pfx = try opened("openssl-chain")
        pfx.contents = pfx.contents.map {
            SafeContents(encryption: $0.encryption, bags: [SafeBag(.safeContents([SafeBag(.safeContents($0.bags))]))])
        }
        let output = try convert(source(pfx), [secret(outputPassword)])
        let listing = try OpenSSLListing(output.bytes, password: outputPassword)
        #expect(listing.keys.count == 1)
        #expect(listing.certificates.count == 3)
    }

    private static func thumbprints(_ change: (inout PFX) throws -> Void) throws -> [String?] {
        var pfx = try opened("two-keys")
        try change(&pfx)
        let output = try convert(source(pfx), [secret(outputPassword)])
        let listing = try OpenSSLListing(output.bytes, password: outputPassword)
        return try listing.keys.map { key in
            let own = listing.certificates.filter { $0.attributes["localKeyID"] == key.attributes["localKeyID"] }
            try #require(own.count == 1)
            return try InstalledProviders.thumbprint(own[0].der)
        }
    }
}
