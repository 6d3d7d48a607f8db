import PKCS12
import TestSupport
import Testing

@testable import PKCS12

/// BER that is not DER: what NSS writes, and what RFC 7292 §4 allows besides.
@Suite struct BERTests {
    @Test(arguments: BERStyle.allCases, ["openssl-chain", "openssl-default", "two-keys", "openssl-all-plain"])
    func opensToTheSameValueAsDER(_ style: BERStyle, _ name: String) throws {
        let vector = Vectors.named(name)
        let der = try vector.bytes
        let ber = try Self.reencoded(der, password: vector.password, style)
        #expect(ber != der)
        #expect(try decode(ber, vector.password) == decode(der, vector.password))
    }

    @Test(arguments: BERStyle.allCases)
    func opensEncryptedContentsInBER(_ style: BERStyle) throws {
        let certificates = [[0x30, 0x00], [0x30, 0x03, 0x02, 0x01, 0x07]] as [[UInt8]]
        let safe = TestDER.sequence(
            certificates.flatMap {
                CraftedPFX.certificate($0, attributes: CraftedPFX.attribute(friendlyName, TestDER.bmp("a")))
            })
        let text = TestNode.parse(safe[...]).flatMap(style.encode)
        let file = CraftedPFX(parts: [try CraftedPFX.encrypted(text)])
        let pfx = try decode(file.bytes, CraftedPFX.password)
        #expect(pfx.certificates.map(\.der) == certificates)
        #expect(pfx.certificates.map(\.attributes.friendlyName) == ["a", "a"])
    }

    @Test(arguments: BERStyle.allCases)
    func opensShroudedKeysInBER(_ style: BERStyle) throws {
        let key = TestDER.sequence(
            TestDER.integer(0), TestDER.sequence(TestDER.oid("1.2.840.113549.1.1.1"), TestDER.null),
            TestDER.octets([1, 2, 3]),
            TestDER.explicit(0, CraftedPFX.attribute("2.5.29.15", [0x03, 0x02, 0x04, 0x10])))
        let info = TestNode.parse(key[...]).flatMap(style.encode)
        let file = CraftedPFX(parts: [try CraftedPFX.plain(CraftedPFX.shrouded(info))])
        let found = try #require(try decode(file.bytes, CraftedPFX.password).keys.first)
        #expect(found.info.privateKey == SecretBytes(copying: [1, 2, 3]))
        #expect(found.info.attributes.keyUsage == 0x10)
    }

    /// What follows the value is not looked at, whether it is BER or not.
    @Test(arguments: [[0], [0, 0], [0x0A], [0x30, 0x80], Array(repeating: 0xFF, count: 100)] as [[UInt8]])
    func leavesOutWhatFollowsTheFile(_ trailing: [UInt8]) throws {
        let vector = Vectors.named("openssl-3des")
        let pfx = try decode(vector.bytes, vector.password)
        #expect(try decode(vector.bytes + trailing, vector.password) == pfx)
        let indefinite = try Self.reencoded(vector.bytes, password: vector.password, .indefinite)
        #expect(try decode(indefinite + trailing, vector.password) == pfx)

        var strict = PFXDecoder(cryptography: try InstalledProviders.crypto)
        strict.allowsTrailingBytes = false
        for file in [try vector.bytes, indefinite] {
            #expect(try strict.decode(file, passwords: [SecretBytes(copying: vector.password.utf8)]) == pfx)
            #expect { try strict.begin(file + trailing, passwords: []) } throws: {
                ($0 as? PKCS12Error)?.code == .malformed
            }
        }
    }

    @Test(
        arguments: [
            ("a piece of another type", TestDER.value(0x24, TestDER.integer(1))),
            ("no end of contents", [0x24, 0x80] + TestDER.octets([1])),
            ("an end of contents with content", [0x24, 0x80] + TestDER.octets([1]) + [0, 1, 0]),
            ("a primitive of indefinite length", [0x04, 0x80, 1, 0, 0]),
            ("a long tag", [0x1F, 0x81, 0x01, 0x00]),
            ("a length of more than 64 bits", [0x04, 0x89] + Array(repeating: 0xFF, count: 9)),
        ] as [(String, [UInt8])])
    func refusesBrokenBER(_ what: String, _ value: [UInt8]) throws {
        let safe = CraftedPFX(authenticatedSafe: TestDER.sequence(value))
        #expect(try refusal(safe.bytes, CraftedPFX.password).hasPrefix("malformed: "), "\(what)")
    }

    /// A file of which outside, parts and bags are in another style, under a MAC that is right.
    private static func reencoded(_ der: [UInt8], password: String, _ style: BERStyle) throws -> [UInt8] {
        let root = try #require(TestNode.parse(der[...]).first)
        let octets = try #require(root.children[1].children[1].children.first).content
        let safe = TestNode.parse(octets[...]).map { TestNode.constructed(0x30, $0.children.map { part(style, $0) }) }
            .flatMap(style.encode)
        let mac = try #require(decode(der, password).mac)
        let crypto = try InstalledProviders.crypto
        let key = try crypto.derive([mac.derivation(EncodedPassword(secret(password)))])[0]
        let value = try crypto.hmac(safe[...], with: mac.digest, key: key)
        let macData = try #require(TestNode.parse(try mac.encoded(value: value)[...]).first)
        let authSafe = TestNode.constructed(
            0x30, [root.children[1].children[0], .constructed(0xA0, [.primitive(0x04, safe)])])
        return style.encode(.constructed(0x30, [root.children[0], authSafe, macData]))
    }

    /// A part with its bags in another style, where they are in the clear.
    private static func part(_ style: BERStyle, _ part: TestNode) -> TestNode {
        guard case .primitive(0x04, let bags)? = part.children[1].children.first else { return part }
        let encoded = TestNode.parse(bags[...]).flatMap(style.encode)
        return .constructed(0x30, [part.children[0], .constructed(0xA0, [.primitive(0x04, encoded)])])
    }
}

private let friendlyName = "1.2.840.113549.1.9.20"
