import PKCS12
import TestSupport
import Testing

/// Files that break RFC 7292 in one place, under a right MAC.
@Suite struct StructureTests {
    private static let data = TestDER.oid(CraftedPFX.data)

    @Test(arguments: [0, 1, 2, 4, -3, 1 << 40])
    func otherVersions(_ version: Int) throws {
        let file = CraftedPFX(version: TestDER.integer(version))
        #expect(try refusal(file.bytes, CraftedPFX.password).hasPrefix("notPKCS12: "))
    }

    @Test func contentThatIsAbsent() throws {
        // CVE-2024-0727: content that RFC 5652 makes optional was dereferenced.
        let algorithm = CraftedPFX.tripleDES()
        for part in [
            TestDER.sequence(Self.data), TestDER.sequence(Self.data, TestDER.explicit(0)),
            TestDER.sequence(TestDER.oid(CraftedPFX.encryptedData)),
            TestDER.sequence(TestDER.oid(CraftedPFX.encryptedData), TestDER.explicit(0)),
            CraftedPFX.contentInfo(CraftedPFX.encryptedData, TestDER.sequence(TestDER.integer(0))),
            CraftedPFX.encrypted(algorithm: algorithm, nil),
            CraftedPFX.encrypted(algorithm: [], [1, 2, 3, 4, 5, 6, 7, 8]),
            CraftedPFX.encrypted(algorithm: algorithm, []),
            CraftedPFX.encrypted(algorithm: algorithm, [1, 2, 3]),
            TestDER.sequence(), TestDER.null,
        ] {
            #expect(try code(CraftedPFX(parts: [part])) == "malformed", "\(hex(part))")
        }
        for authSafe in [TestDER.sequence(Self.data), TestDER.sequence(Self.data, TestDER.explicit(0)), []] {
            let file = TestDER.sequence(TestDER.integer(3), authSafe)
            #expect(try refusal(file, "").hasPrefix("malformed: "))
        }
        #expect(try refusal(TestDER.sequence(), "").hasPrefix("malformed: "))
    }

    @Test func macDataInPieces() throws {
        let sha1 = TestDER.sequence(TestDER.oid("1.3.14.3.2.26"), TestDER.null)
        let digest = TestDER.octets(Array(repeating: 1, count: 20))
        let salt = TestDER.octets([1])
        for macData in [
            TestDER.sequence(), TestDER.null, TestDER.sequence(TestDER.sequence()),
            TestDER.sequence(TestDER.sequence(sha1)),
            TestDER.sequence(TestDER.sequence(sha1, digest)),
            TestDER.sequence(TestDER.sequence(TestDER.sequence(), digest), salt),
            TestDER.sequence(TestDER.sequence(sha1, digest), TestDER.null),
            TestDER.sequence(TestDER.sequence(sha1, digest), salt, TestDER.integer(0)),
            TestDER.sequence(TestDER.sequence(sha1, digest), salt, TestDER.integer(-1)),
            TestDER.sequence(TestDER.sequence(sha1, digest), salt, TestDER.value(0x02)),
            TestDER.sequence(TestDER.sequence(sha1, digest), salt, TestDER.integer(1), TestDER.null),
        ] {
            #expect(try code(CraftedPFX(macData: macData)) == "malformed", "\(hex(macData))")
        }
    }

    /// Of two MACs, readers might believe the one or the other.
    @Test func secondMACs() throws {
        let safe = TestDER.sequence(CraftedPFX.plain(CraftedPFX.certificate()))
        let mac = try CraftedPFX.macData(over: safe, CraftedPFX.password)
        #expect(try code(CraftedPFX(macData: mac, authenticatedSafe: safe)) == "opens")
        for more in [mac, TestDER.null] {
            #expect(try code(CraftedPFX(macData: mac + more, authenticatedSafe: safe)) == "malformed")
        }
    }

    @Test(arguments: [0, -1, -0x8000])
    func iterationCounts(_ count: Int) throws {
        let iterations = TestDER.integer(count)
        let ciphertext = Array(repeating: UInt8(0), count: 8)
        let pbe = CraftedPFX.encrypted(algorithm: CraftedPFX.tripleDES(iterations: iterations), ciphertext)
        #expect(try code(CraftedPFX(parts: [pbe])) == "malformed")
        let pbes2 = CraftedPFX.encrypted(
            algorithm: Self.pbes2(Self.pbkdf2(iterations: iterations), Self.aes256), ciphertext + ciphertext)
        #expect(try code(CraftedPFX(parts: [pbes2])) == "malformed")
        let shroud = CraftedPFX.bag(
            2, TestDER.sequence(CraftedPFX.tripleDES(iterations: iterations), TestDER.octets(ciphertext)))
        #expect(try code(CraftedPFX(parts: [CraftedPFX.plain(shroud)])) == "malformed")
        let pbmac1 = Self.pbmac1(Self.pbkdf2(iterations: iterations, keyLength: TestDER.integer(32)))
        #expect(try code(CraftedPFX(macData: pbmac1)) == "malformed")
    }

    @Test func keyLengthsOfPBMAC1() throws {
        func refusal(_ keyLength: [UInt8]) throws -> String {
            try code(CraftedPFX(macData: Self.pbmac1(Self.pbkdf2(keyLength: keyLength))))
        }
        #expect(try refusal(TestDER.integer(0)) == "malformed")
        #expect(try refusal(TestDER.integer(1)) == "malformed")
        #expect(try refusal(TestDER.integer(19)) == "malformed")
        #expect(try refusal(TestDER.integer(-32)) == "malformed")
        #expect(try refusal([]) == "malformed")
        #expect(try refusal(TestDER.integer(1_000_000_000)) == "limitExceeded")
        // Long enough: nothing but the MAC itself is wrong.
        #expect(try refusal(TestDER.integer(20)) == "macMismatch")
    }

    @Test func initializationVectorsOfAnotherLength() throws {
        for vector in [
            TestDER.octets([]), TestDER.octets([1]), TestDER.octets(Array(repeating: 1, count: 17)), TestDER.null, [],
        ] {
            let cipher = TestDER.sequence(TestDER.oid("2.16.840.1.101.3.4.1.42"), vector)
            let part = CraftedPFX.encrypted(
                algorithm: Self.pbes2(Self.pbkdf2(), cipher), Array(repeating: 0, count: 16))
            #expect(try code(CraftedPFX(parts: [part])) == "malformed", "\(hex(vector))")
        }
    }

    @Test func keyLengthsOfPBES2() throws {
        func refusal(_ keyLength: Int, _ cipher: [UInt8]) throws -> String {
            let algorithm = Self.pbes2(Self.pbkdf2(keyLength: TestDER.integer(keyLength)), cipher)
            return try code(
                CraftedPFX(parts: [CraftedPFX.encrypted(algorithm: algorithm, Array(repeating: 0, count: 16))]))
        }
        #expect(try refusal(31, Self.aes256) == "malformed")
        #expect(try refusal(5, Self.aes256) == "malformed")
        #expect(try refusal(16, Self.tripleDESCipher) == "malformed")
        #expect(try refusal(65, Self.aes256) == "limitExceeded")
    }

    @Test func trailingValuesInside() throws {
        let bag = CraftedPFX.certificate()
        let longBag = TestDER.sequence(
            TestNode.parse(bag[...])[0].children.flatMap(\.der) + TestDER.set() + TestDER.null)
        #expect(try code(CraftedPFX(parts: [CraftedPFX.plain(longBag)])) == "malformed")
        let attribute = TestDER.sequence(TestDER.oid("1.2.3"), TestDER.set(), TestDER.null)
        #expect(
            try code(CraftedPFX(parts: [CraftedPFX.plain(CraftedPFX.certificate(attributes: attribute))]))
                == "malformed")
    }

    @Test func bagsThatAreNone() throws {
        let x509 = TestDER.oid("1.2.840.113549.1.9.22.1")
        for bag in [
            CraftedPFX.bag(1, TestDER.null), CraftedPFX.bag(2, TestDER.null), CraftedPFX.bag(3, TestDER.null),
            CraftedPFX.bag(3, TestDER.sequence(x509)), CraftedPFX.bag(3, TestDER.sequence(x509, TestDER.explicit(0))),
            CraftedPFX.bag(3, TestDER.sequence(x509, TestDER.explicit(0, TestDER.integer(1)))),
            CraftedPFX.bag(4, TestDER.null), CraftedPFX.bag(5, TestDER.null), CraftedPFX.bag(6, TestDER.null),
            CraftedPFX.bag(6, TestDER.sequence(TestDER.null)),
            TestDER.sequence(TestDER.oid("1.2.840.113549.1.12.10.1.3")), TestDER.sequence(), TestDER.null,
            TestDER.sequence(TestDER.value(0x06), TestDER.explicit(0, TestDER.null)),
            CraftedPFX.certificate(attributes: TestDER.null),
            CraftedPFX.certificate(attributes: TestDER.sequence(TestDER.oid("1.2.3"))),
            CraftedPFX.certificate(attributes: TestDER.sequence(TestDER.oid("1.2.3"), TestDER.null)),
        ] {
            #expect(try code(CraftedPFX(parts: [CraftedPFX.plain(bag)])) == "malformed", "\(hex(bag))")
        }
    }

    @Test func contentOfUnknownTypes() throws {
        #expect(try code(CraftedPFX(authSafeType: "1.2.840.113549.1.7.5")) == "malformed")
        #expect(try code(CraftedPFX(parts: [CraftedPFX.contentInfo("1.2.3.4", TestDER.octets([]))])) == "malformed")
        // Bags of unknown types are kept: RFC 7292 §4.2 leaves room for them.
        let bag = CraftedPFX.bag(type: "1.2.3.4", TestDER.integer(5))
        let pfx = try decode(CraftedPFX(parts: [CraftedPFX.plain(bag)]).bytes, CraftedPFX.password)
        #expect(
            pfx.allBags.map(\.value) == [.other(type: [1, 2, 3, 4], value: SecretBytes(copying: TestDER.integer(5)))])
    }

    @Test(arguments: [
        ("1.2.840.113549.1.12.1.1", "pbeWithSHA1And128BitRC4"), ("1.2.840.113549.1.5.3", "pbeWithMD5AndDES-CBC"),
        ("1.2.3.4.5", "1.2.3.4.5"),
    ])
    func unsupportedEncryptionByName(_ identifier: String, _ name: String) throws {
        let algorithm = TestDER.sequence(
            TestDER.oid(identifier), TestDER.sequence(TestDER.octets([1]), TestDER.integer(1)))
        for part in [
            CraftedPFX.encrypted(algorithm: algorithm, [0]),
            CraftedPFX.plain(CraftedPFX.bag(2, TestDER.sequence(algorithm, TestDER.octets([0])))),
        ] {
            let refusal = try refusal(CraftedPFX(parts: [part]).bytes, CraftedPFX.password)
            #expect(refusal.hasPrefix("unsupportedAlgorithm: ") && refusal.contains(name), "\(refusal)")
        }
    }

    @Test func unsupportedPartsOfPBES2AndMACByName() throws {
        func refusal(_ kdf: [UInt8], _ cipher: [UInt8]) throws -> String {
            let part = CraftedPFX.encrypted(algorithm: Self.pbes2(kdf, cipher), Array(repeating: 0, count: 16))
            return try PKCS12Tests.refusal(CraftedPFX(parts: [part]).bytes, CraftedPFX.password)
        }
        let scrypt = TestDER.sequence(TestDER.oid("1.3.6.1.4.1.11591.4.11"), TestDER.sequence())
        #expect(try refusal(scrypt, Self.aes256).contains("scrypt"))
        let gcm = TestDER.sequence(TestDER.oid("2.16.840.1.101.3.4.1.46"), TestDER.sequence())
        #expect(try refusal(Self.pbkdf2(), gcm).contains("AES-256-GCM"))
        let prf = TestDER.sequence(TestDER.oid("1.2.840.113549.2.6"), TestDER.null)
        #expect(try refusal(Self.pbkdf2(prf: prf), Self.aes256).contains("hmacWithMD5"))
        for (identifier, name) in [
            ("1.2.840.113549.2.5", "MD5"), ("2.16.840.1.101.3.4.2.8", "SHA3-256"), ("1.2.3", "1.2.3"),
        ] {
            let macData = CraftedPFX.macData(
                algorithm: TestDER.sequence(TestDER.oid(identifier), TestDER.null), value: [1], iterations: [])
            let refusal = try PKCS12Tests.refusal(CraftedPFX(macData: macData).bytes, CraftedPFX.password)
            #expect(refusal.hasPrefix("unsupportedAlgorithm: ") && refusal.contains(name), "\(refusal)")
        }
    }

    private func code(_ file: CraftedPFX) throws -> String {
        String(try refusal(file.bytes, CraftedPFX.password).prefix { $0 != ":" })
    }

    private static let aes256 = TestDER.sequence(
        TestDER.oid("2.16.840.1.101.3.4.1.42"), TestDER.octets(Array(repeating: 0, count: 16)))
    private static let tripleDESCipher = TestDER.sequence(
        TestDER.oid("1.2.840.113549.3.7"), TestDER.octets(Array(repeating: 0, count: 8)))

    private static func pbkdf2(
        iterations: [UInt8] = TestDER.integer(1), keyLength: [UInt8] = [], prf: [UInt8] = []
    ) -> [UInt8] {
        TestDER.sequence(
            TestDER.oid("1.2.840.113549.1.5.12"), TestDER.sequence(TestDER.octets([1]), iterations, keyLength, prf))
    }

    private static func pbes2(_ kdf: [UInt8], _ cipher: [UInt8]) -> [UInt8] {
        TestDER.sequence(TestDER.oid("1.2.840.113549.1.5.13"), TestDER.sequence(kdf, cipher))
    }

    private static func pbmac1(_ kdf: [UInt8]) -> [UInt8] {
        let hmac = TestDER.sequence(TestDER.oid("1.2.840.113549.2.9"), TestDER.null)
        return CraftedPFX.macData(
            algorithm: TestDER.sequence(TestDER.oid("1.2.840.113549.1.5.14"), TestDER.sequence(kdf, hmac)),
            value: Array(repeating: 1, count: 32), iterations: [])
    }
}
