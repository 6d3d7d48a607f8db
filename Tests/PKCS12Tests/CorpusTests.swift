import PKCS12
import TestSupport
import Testing

/// Real files of many programs against what openssl 3.0 makes of them.
@Suite(.enabled(if: Corpus.entries != nil, "there is no corpus beside the package"))
struct CorpusTests {
    @Test func opensWhatOpenSSLOpensWithTheSameContents() throws {
        for entry in try #require(Corpus.entries) where entry.opensslOpens {
            let result = Result { try decode(entry) }
            if let refusal = Self.refused[entry.file] {
                #expect(errorCode(result.get) == refusal, "\(entry.file)")
                continue
            }
            guard case .success(let pfx) = result else {
                Issue.record("\(entry.file) \(entry.path): \(thrown(by: result.get).map { "\($0)" } ?? "")")
                continue
            }
            let certificates = try pfx.certificates.map { try InstalledProviders.thumbprint($0.der) }
            #expect(certificates == entry.certificates, "\(entry.file)")
            #expect(pfx.keys.flatMap(\.attributes.providerNames) == entry.cspName, "\(entry.file)")
            #expect(pfx.keys.contains { $0.attributes.isLocalMachineKeySet } == entry.machineKeySet, "\(entry.file)")
            #expect(pfx.keys.count == entry.keys.count, "\(entry.file)")
        }
    }

    @Test func endsInACodeWhereOpenSSLDoesNotOpen() throws {
        var counts: [String: Int] = [:]
        for entry in try #require(Corpus.entries) where !entry.opensslOpens {
            let error = thrown { try decode(entry) }
            let code = error.map { ($0 as? PKCS12Error)?.codeName ?? "not a PKCS12Error: \($0)" } ?? Self.opens
            let isPasswordUnknown = entry.passwordKnown == false
            #expect(
                code == Self.knownBetter[entry.file] ?? (isPasswordUnknown ? "wrongPassword" : "?"),
                "\(entry.file) \(entry.path): \(error.map { "\($0)" } ?? "")")
            counts[code, default: 0] += 1
        }
        print("corpus, not opened by openssl 3.0:", counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
    }

    private func decode(_ entry: Corpus.Entry) throws -> PFX {
        // The damaged PBMAC1 files of RFC 9579 and of GnuTLS have this password as well.
        let passwords = [entry.password ?? ""] + (entry.info.contains { $0.hasPrefix("MAC: PBMAC1") } ? ["1234"] : [])
        return try PFXDecoder(cryptography: InstalledProviders.crypto, allowsMissingMAC: true)
            .decode(entry.bytes, passwords: passwords.map(secret))
    }

    private static let opens = "opens"

    private static let refused = [
        "botan3-69bb7af04fff.pfx": "limitExceeded",  // bags nested deeper than the limit
        "formats-b4e368ad222b.pfx": "unsupportedAlgorithm",  // a MAC with BLAKE2b
        "openjdk-17-3d5a61e95061.p12": "unsupportedAlgorithm",  // RC4
        "openssl-e6e993b0206c.p12": "publicKeyProtection",  // openssl skips the enveloped part and finds nothing
    ]

    /// What is to become of files that openssl 3.0 does not read.
    private static let knownBetter = [
        // PBMAC1 (RFC 9579), which openssl has since 3.4
        "gnutls28-a1144715470d.p12": opens, "go-pkcs12-a5aa952ca788.p12": opens, "go-pkcs12-c3e2845fcb7f.p12": opens,
        "go-pkcs12-da385cc443ab.p12": opens, "openssl-20cfcceb9b70.p12": opens, "openssl-e888bcc7ab9a.p12": opens,
        // RFC 9579 appendix A.4 and A.5: other iterations and another salt than the MAC was made with
        "go-pkcs12-cc6c9709db9a.p12": "macMismatch", "go-pkcs12-b03af0abd207.p12": "macMismatch",
        "gnutls28-8df31581b491.p12": "macMismatch", "gnutls28-f7e6c70a9dfd.p12": "macMismatch",
        // no key length (A.6), or one that RFC 9579 §9 forbids, of a wrong type, or no salt
        "go-pkcs12-d2925861db52.p12": "malformed", "gnutls28-278cc34e65e1.p12": "malformed",
        "go-pkcs12-fc15697fc563.p12": "malformed", "openssl-6a4244404e7c.p12": "malformed",
        "openssl-e95ff3b0299e.p12": "malformed", "openssl-4d2f18b1f17a.p12": "malformed",
        "openssl-f80ad408b51b.p12": "malformed",
        "openssl-483bd1fa8dfb.p12": "limitExceeded", "openssl-beb4d6a6674a.p12": "limitExceeded",
        // ML-KEM keys, whose algorithm openssl 3.0 does not have
        "nss-195ad2118209.p12": opens, "nss-28b4036b7cf3.p12": opens, "nss-7d94c1bb1952.p12": opens,
        "nss-9bac700d57b3.p12": opens, "nss-de6d47fe8360.p12": opens, "nss-fb6bb3ba195b.p12": opens,
        // NSS before 3.31: BMPString passwords for PBKDF2, and AES-256 called AES-128
        "nss-61bb09d50e88.p12": opens, "nss-5cd055573925.p12": opens,
        // a CRL bag and a secret bag that are none, a certificate bag with a wrong length
        "botan3-eb083b58a78a.pfx": "malformed", "botan3-f654b4c325e7.pfx": "malformed",
        "nss-ae58866978e6.p12": "malformed",
    ]
}
