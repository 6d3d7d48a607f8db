import PKCS12
import Providers

/// A PFX put together by hand, right in all but what a test makes wrong.
public struct CraftedPFX {
    public var version = TestDER.integer(3)
    public var authSafeType = CraftedPFX.data
    public var parts: [[UInt8]] = []
    /// The DER of MacData in place of the right one.
    public var macData: [UInt8]?
    public var hasMAC = true
    public var macIterations = 1
    /// What replaces the encoding of the authenticated safe, under a right MAC.
    public var authenticatedSafe: [UInt8]?
    public var password = CraftedPFX.password

    public init(
        version: [UInt8] = TestDER.integer(3), authSafeType: String = CraftedPFX.data, parts: [[UInt8]] = [],
        macData: [UInt8]? = nil, hasMAC: Bool = true, macIterations: Int = 1, authenticatedSafe: [UInt8]? = nil,
        password: String = CraftedPFX.password
    ) {
        (self.version, self.authSafeType, self.parts, self.macData) = (version, authSafeType, parts, macData)
        (self.hasMAC, self.macIterations) = (hasMAC, macIterations)
        (self.authenticatedSafe, self.password) = (authenticatedSafe, password)
    }

    public static let password = "crafted"
    public static let data = "1.2.840.113549.1.7.1"
    public static let signedData = "1.2.840.113549.1.7.2"
    public static let envelopedData = "1.2.840.113549.1.7.3"
    public static let encryptedData = "1.2.840.113549.1.7.6"

    public var bytes: [UInt8] {
        get throws {
            let safe = authenticatedSafe ?? TestDER.sequence(parts.flatMap { $0 })
            let mac = try hasMAC ? macData ?? Self.macData(over: safe, password, iterations: macIterations) : []
            return TestDER.sequence(version, Self.contentInfo(authSafeType, TestDER.octets(safe)), mac)
        }
    }

    public static func contentInfo(_ type: String, _ content: [UInt8]) -> [UInt8] {
        TestDER.sequence(TestDER.oid(type), TestDER.explicit(0, content))
    }

    /// An unencrypted part with these bags.
    public static func plain(_ bags: [UInt8]...) -> [UInt8] {
        contentInfo(data, TestDER.octets(TestDER.sequence(bags.flatMap { $0 })))
    }

    /// A part with an encryption of this algorithm and these encrypted octets.
    public static func encrypted(algorithm: [UInt8], _ ciphertext: [UInt8]?) -> [UInt8] {
        contentInfo(
            encryptedData,
            TestDER.sequence(
                TestDER.integer(0),
                TestDER.sequence(TestDER.oid(data), algorithm, ciphertext.map { TestDER.value(0x80, $0) } ?? [])))
    }

    /// A part that is encrypted with 3DES and this password; `text` is what stands for the SafeContents.
    public static func encrypted(_ text: [UInt8], password: String = password) throws -> [UInt8] {
        encrypted(algorithm: tripleDES(), try ciphertext(text, password))
    }

    /// A shrouded key bag; `text` is what stands for the PrivateKeyInfo.
    public static func shrouded(_ text: [UInt8], password: String = password) throws -> [UInt8] {
        bag(2, TestDER.sequence(tripleDES(), TestDER.octets(try ciphertext(text, password))))
    }

    private static func ciphertext(_ text: [UInt8], _ password: String) throws -> [UInt8] {
        let crypto = try InstalledProviders.crypto
        let scheme = EncryptionScheme.tripleDESSHA1(salt: [1, 2, 3, 4, 5, 6, 7, 8], iterations: 1)
        let (key, vector) = try scheme.keyAndVector(for: secret(password), with: crypto)
        return try crypto.encrypt(SecretBytes(copying: text), with: .tripleDESCBC, key: key, iv: vector)
    }

    public static func tripleDES(salt: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8], iterations: [UInt8] = TestDER.integer(1))
        -> [UInt8]
    {
        TestDER.sequence(
            TestDER.oid("1.2.840.113549.1.12.1.3"), TestDER.sequence(TestDER.octets(salt), iterations))
    }

    /// A bag: 1 key, 2 shrouded key, 3 certificate, 4 CRL, 5 secret, 6 safe contents.
    public static func bag(_ number: Int, _ value: [UInt8], attributes: [UInt8]...) -> [UInt8] {
        bag(type: "1.2.840.113549.1.12.10.1.\(number)", value, attributes: attributes.flatMap { $0 })
    }

    public static func bag(type: String, _ value: [UInt8], attributes: [UInt8] = []) -> [UInt8] {
        TestDER.sequence(
            TestDER.oid(type), TestDER.explicit(0, value), attributes.isEmpty ? [] : TestDER.set(attributes))
    }

    /// Opaque to the library.
    public static func certificate(_ der: [UInt8] = [0x30, 0x00], attributes: [UInt8]...) -> [UInt8] {
        bag(
            type: "1.2.840.113549.1.12.10.1.3",
            TestDER.sequence(
                TestDER.oid("1.2.840.113549.1.9.22.1"), TestDER.explicit(0, TestDER.octets(der))),
            attributes: attributes.flatMap { $0 })
    }

    public static func attribute(_ type: String, _ values: [UInt8]...) -> [UInt8] {
        TestDER.sequence(TestDER.oid(type), TestDER.set(values.flatMap { $0 }))
    }

    public static func macData(
        over safe: [UInt8], _ password: String, iterations: Int = 1, salt: [UInt8] = [8, 7, 6, 5, 4, 3, 2, 1]
    ) throws -> [UInt8] {
        let crypto = try InstalledProviders.crypto
        let scheme = MACScheme(.pkcs12(.sha1), salt: salt, iterations: iterations)
        let keys = try crypto.derive([scheme.derivation(for: secret(password))])
        let value = try crypto.hmac(safe[...], with: .sha1, key: keys[0])
        return macData(
            algorithm: TestDER.sequence(TestDER.oid("1.3.14.3.2.26"), TestDER.null), value: value, salt: salt,
            iterations: iterations == 1 ? [] : TestDER.integer(iterations))
    }

    public static func macData(algorithm: [UInt8], value: [UInt8], salt: [UInt8] = [8], iterations: [UInt8]) -> [UInt8]
    {
        TestDER.sequence(
            TestDER.sequence(algorithm, TestDER.octets(value)), TestDER.octets(salt), iterations)
    }
}
