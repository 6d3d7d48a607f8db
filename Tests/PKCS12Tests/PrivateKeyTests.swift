import SwiftASN1
import TestSupport
import Testing

@testable import PKCS12

/// PrivateKeyInfo and the RSA numbers in it.
@Suite struct PrivateKeyTests {
    /// n = 3233 = 61·53, e = 17, d = 413, and their CRT numbers: the textbook's key.
    private static let numbers = [3233, 17, 413, 61, 53, 53, 49, 38]
    private static let rsa = TestDER.sequence(TestDER.oid("1.2.840.113549.1.1.1"), TestDER.null)

    @Test func readsTheNumbers() throws {
        let key = try RSAPrivateKey(Self.info(Self.key()))
        #expect(key.modulus == [0x0C, 0xA1])
        #expect(key.bitCount == 12)
        #expect(key.publicExponent == [17])
        #expect(key.privateExponent == SecretBytes(copying: [0x01, 0x9D]))
        #expect(key.coefficient == SecretBytes(copying: [38]))
        #expect(try RSAPrivateKey(key.privateKeyInfo()) == key)
    }

    @Test func writesNumbersWithTheHighBit() throws {
        var key = try RSAPrivateKey(Self.info(Self.key()))
        key.modulus = [0xFF, 0x01]
        key.prime1 = SecretBytes(copying: [0x80])
        key.prime2 = SecretBytes(copying: [])
        #expect(try RSAPrivateKey(key.privateKeyInfo()) == key)
        let der = key.privateKeyInfo().privateKey.withUnsafeBytes(Array.init)
        #expect(der == Self.key(0, [0xFF01, 17, 413, 0x80, 0, 53, 49, 38]))
    }

    @Test func readsNumbersWithLeadingZerosAndBER() throws {
        let padded = TestDER.sequence(
            TestDER.integer(0), TestDER.value(0x02, [0, 0, 0, 0x0C, 0xA1]), Self.numbers[1...].flatMap(TestDER.integer))
        let key = try RSAPrivateKey(Self.info(Self.key()))
        #expect(try RSAPrivateKey(Self.info(padded)) == key)
        let indefinite = TestNode.parse(Self.key()[...]).flatMap(BERStyle.indefinite.encode)
        #expect(try RSAPrivateKey(Self.info(indefinite)) == key)
    }

    @Test func refusesWhatIsNoKey() throws {
        func code(_ key: [UInt8]) -> String? { errorCode { try RSAPrivateKey(Self.info(key)) } }
        #expect(code(Self.key(1)) == "unsupportedKey")
        #expect(code(Self.key(2)) == "unsupportedKey")
        #expect(code(Self.key(0, Self.numbers + [1])) == "malformed")
        #expect(code(Self.key(0, Self.numbers.dropLast())) == "malformed")
        #expect(code(Self.key(0, [-3233] + Self.numbers.dropFirst())) == "malformed")
        #expect(
            code(TestDER.sequence(TestDER.integer(0), TestDER.value(0x02), Self.numbers[1...].flatMap(TestDER.integer)))
                == "malformed")
        #expect(code(TestDER.null) == "malformed")
        #expect(["truncated", "malformed"].contains(code([])))
    }

    @Test func refusesOtherAlgorithms() throws {
        for algorithm: ASN1ObjectIdentifier in [[1, 2, 840, 113549, 1, 1, 10], [1, 2, 840, 10045, 2, 1]] {
            var info = Self.info(Self.key())
            info.algorithm.algorithm = algorithm
            #expect(errorCode { try RSAPrivateKey(info) } == "unsupportedKey")
        }
    }

    @Test func zeroHasNoBits() throws {
        var numbers = Self.numbers
        numbers[0] = 0
        let key = try RSAPrivateKey(Self.info(Self.key(0, numbers)))
        #expect(key.modulus.isEmpty)
        #expect(key.bitCount == 0)
    }

    // MARK: - PrivateKeyInfo

    @Test func readsBothVersions() throws {
        let usage = CraftedPFX.attribute("2.5.29.15", [0x03, 0x02, 0x07, 0x80])
        let key = try Self.found(
            TestDER.integer(1), Self.rsa, TestDER.octets([1]), TestDER.explicit(0, usage), TestDER.value(0x81, [0, 9]))
        #expect(key.attributes.keyUsage == 0x80)
        #expect(key.publicKey == [0, 9])
        #expect(try Self.found(TestDER.integer(0), Self.rsa, TestDER.octets([])).privateKey.isEmpty)
        let withoutParameters = try Self.found(
            TestDER.integer(0), TestDER.sequence(TestDER.oid("1.3.101.112")), TestDER.octets([4, 1, 2]))
        #expect(withoutParameters.algorithm.parameters == nil)
    }

    @Test func refusesBrokenInfos() throws {
        for parts in [
            [], [TestDER.integer(0)], [TestDER.integer(0), Self.rsa], [Self.rsa, TestDER.octets([1])],
            [TestDER.integer(0), TestDER.null, TestDER.octets([1])], [TestDER.integer(0), Self.rsa, TestDER.null],
            [TestDER.integer(0), Self.rsa, TestDER.octets([1]), TestDER.explicit(0, TestDER.null)],
            [
                TestDER.integer(0), TestDER.sequence(TestDER.oid("1.2.3"), TestDER.null, TestDER.null),
                TestDER.octets([1]),
            ],
        ] as [[[UInt8]]] {
            let code = errorCode { try Self.found(TestDER.sequence(parts.flatMap { $0 })) }
            #expect(code == "malformed", "\(parts.map(hex))")
        }
    }

    /// A shroud may have padding after the key, as some tokens write (zeros to 8 bytes).
    @Test func leavesOutWhatFollowsAShroudedKey() throws {
        let info = TestDER.sequence(TestDER.integer(0), Self.rsa, TestDER.octets([7]))
        let file = try CraftedPFX(parts: [CraftedPFX.plain(CraftedPFX.shrouded(info + [0, 0, 0, 0, 0]))]).bytes
        #expect(try decode(file, CraftedPFX.password).keys.map(\.info.privateKey) == [SecretBytes(copying: [7])])
    }

    private static func key(_ version: Int = 0, _ numbers: [Int] = numbers) -> [UInt8] {
        TestDER.sequence(TestDER.integer(version), numbers.flatMap(TestDER.integer))
    }

    private static func info(_ key: [UInt8]) -> PrivateKeyInfo {
        PrivateKeyInfo(
            algorithm: AlgorithmIdentifier(algorithm: [1, 2, 840, 113549, 1, 1, 1], parameters: TestDER.null),
            privateKey: SecretBytes(copying: key))
    }

    /// The key of a file with this PrivateKeyInfo in a plain bag.
    private static func found(_ parts: [UInt8]...) throws -> PrivateKeyInfo {
        let bag = CraftedPFX.bag(1, TestDER.sequence(parts.flatMap { $0 }))
        let pfx = try decode(CraftedPFX(parts: [CraftedPFX.plain(bag)]).bytes, CraftedPFX.password)
        return try #require(pfx.keys.first).info
    }
}
