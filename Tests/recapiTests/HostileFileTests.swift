import PKCS12
import TestSupport
import Testing

/// Attacks that others have suffered (docs/hostile-input.md), through the command as users run it: each ends in a code, or in
/// a right conversion, in little time and memory.
@Suite struct HostileFileTests {
    @Test(arguments: contents + attributes + counts + lengths + keys)
    func endsSoon(_ attack: Attack) throws {
        let workshop = try Workshop()
        let password = try workshop.write(password: CraftedPFX.password, to: "crafted")
        let path = try workshop.folder.write(try attack.file(), to: "attack.pfx")
        let output = try Recapi.run(
            "convert", "--out", workshop.out, "--password", password, "--output-password", password, path)
        let item = try JSONDocument(try workshop.folder.read("out/manifest.json"))["items"][0]
        #expect(item["error"]["code"].string == attack.code, "\(output.errorText)")
        #expect(item["status"].string == (attack.code == nil ? "converted" : "failed"))
        #expect(output.status == (attack.code == nil ? 0 : 1))
        #expect(output.processorTime < .seconds(2), "\(output.processorTime)")
        #expect(output.peakMemory < 100 << 20, "\(output.peakMemory >> 20) MiB")
    }

    /// Of two provider names that the file has, the output has the one of its profile.
    @Test func twoProviderNamesBecomeOne() throws {
        let workshop = try Workshop()
        let password = try workshop.write(password: CraftedPFX.password, to: "crafted")
        let path = try workshop.folder.write(try Self.duplicates.file(), to: "attack.pfx")
        _ = try Recapi.run(
            "convert", "--out", workshop.out, "--password", password, "--output-password", password, path)
        let reading = try OpenSSLReading(workshop.out + "/attack.pfx", password: password)
        #expect(reading.providerNames == ["Microsoft RSA SChannel Cryptographic Provider"])
    }

    // MARK: - Content

    private static let contents = [
        Attack("absent content", "malformed") {
            try CraftedPFX(parts: [TestDER.sequence(TestDER.oid(CraftedPFX.data))]).bytes
        },
        Attack("absent encrypted content", "malformed") {
            try CraftedPFX(parts: [CraftedPFX.encrypted(algorithm: CraftedPFX.tripleDES(), nil)]).bytes
        },
        Attack("absent authenticated safe", "malformed") {
            TestDER.sequence(TestDER.integer(3), TestDER.sequence(TestDER.oid(CraftedPFX.data)))
        },
        Attack("two MACs", "malformed") {
            let safe = TestDER.sequence(CraftedPFX.plain(CraftedPFX.certificate()))
            let mac = try CraftedPFX.macData(over: safe, CraftedPFX.password)
            return try CraftedPFX(macData: mac + mac, authenticatedSafe: safe).bytes
        },
        Attack("a second MAC of another password", "malformed") {
            let safe = TestDER.sequence(CraftedPFX.plain(CraftedPFX.certificate()))
            let macs = try ["another", CraftedPFX.password].map { try CraftedPFX.macData(over: safe, $0) }
            return try CraftedPFX(macData: macs.flatMap { $0 }, authenticatedSafe: safe).bytes
        },
    ]

    // MARK: - Attributes

    private static let friendlyName = "1.2.840.113549.1.9.20"
    private static let localKeyID = "1.2.840.113549.1.9.21"
    private static let providerName = "1.3.6.1.4.1.311.17.1"

    private static let duplicates = Attack("duplicate attributes", nil) {
        try Attack.file(
            keyAttributes: [providerName, friendlyName].flatMap { type in
                ["Microsoft Software Key Storage Provider", "Microsoft Base Cryptographic Provider v1.0"].map {
                    CraftedPFX.attribute(type, TestDER.bmp($0))
                }
            } + [[1], [2]].map { CraftedPFX.attribute(localKeyID, TestDER.octets($0)) })
    }

    private static let attributes = [
        duplicates,
        Attack("attribute values of wrong types", nil) {
            try Attack.file(keyAttributes: [
                CraftedPFX.attribute(friendlyName, TestDER.octets([65])),
                CraftedPFX.attribute(localKeyID, TestDER.integer(1)),
                CraftedPFX.attribute(providerName, TestDER.sequence(TestDER.null)),
            ])
        },
        Attack("an attribute without a set", "malformed") {
            try Attack.file(keyAttributes: [TestDER.sequence(TestDER.oid(friendlyName), TestDER.bmp("a"))])
        },
        Attack("half a BMPString character", nil) {
            try Attack.file(keyAttributes: [CraftedPFX.attribute(friendlyName, TestDER.value(0x1E, [0, 65, 8]))])
        },
        Attack("BMPString beyond U+0800, lone surrogates, zeros", nil) {
            try Attack.file(
                keyAttributes: [[0x08, 0, 0xFF, 0xFF], [0xD8, 0x3D], [0xDD, 0x11, 0xD8, 0x3D], [0, 0, 0, 0], []].map {
                    CraftedPFX.attribute(friendlyName, TestDER.value(0x1E, $0))
                })
        },
        Attack("a BMPString of 1 MiB", nil) {
            let name = TestDER.value(0x1E, Array(repeating: 0x20, count: 1 << 20))
            return try Attack.file(keyAttributes: [CraftedPFX.attribute(friendlyName, name)])
        },
    ]

    // MARK: - Counts

    private static let counts: [Attack] =
        [
            ("2^31", TestDER.integer(1 << 31), "limitExceeded"),
            ("2^31 - 1", TestDER.integer((1 << 31) - 1), "limitExceeded"),
            ("2^160", TestDER.value(0x02, [1] + Array(repeating: 0, count: 20)), "limitExceeded"),
            ("zero", TestDER.integer(0), "malformed"), ("minus one", TestDER.integer(-1), "malformed"),
            ("-2^31", TestDER.integer(-(1 << 31)), "malformed"), ("no number", TestDER.value(0x02), "malformed"),
        ].flatMap { name, count, code in
            [
                Attack("\(name) iterations of the MAC", code) {
                    try CraftedPFX(macData: CraftedPFX.macData(algorithm: sha1, value: [1], iterations: count)).bytes
                },
                Attack("\(name) iterations of the encryption", code) {
                    let scheme = CraftedPFX.tripleDES(iterations: count)
                    return try CraftedPFX(
                        parts: [CraftedPFX.encrypted(algorithm: scheme, Array(repeating: 0, count: 8))]
                    ).bytes
                },
            ]
        }
        + [
            ("of 2^30 bytes", TestDER.integer(1 << 30), "limitExceeded"),
            ("of 0 bytes", TestDER.integer(0), "malformed"),
            ("of 2^200 bytes", TestDER.value(0x02, [1] + Array(repeating: 0, count: 25)), "limitExceeded"),
            ("of 1 byte", TestDER.integer(1), "malformed"), ("of no length", [], "malformed"),
        ].map { name, length, code in
            Attack("PBMAC1 with a key \(name)", code) {
                let kdf = TestDER.sequence(
                    TestDER.oid("1.2.840.113549.1.5.12"),
                    TestDER.sequence(TestDER.octets([1]), TestDER.integer(1), length))
                let hmac = TestDER.sequence(TestDER.oid("1.2.840.113549.2.9"), TestDER.null)
                let algorithm = TestDER.sequence(TestDER.oid("1.2.840.113549.1.5.14"), TestDER.sequence(kdf, hmac))
                return try CraftedPFX(macData: CraftedPFX.macData(algorithm: algorithm, value: [1], iterations: []))
                    .bytes
            }
        } + [
            Attack("32 more bags", nil) {
                try Attack.file(
                    others: Array(repeating: CraftedPFX.bag(type: "1.2.3", TestDER.null), count: 32).flatMap { $0 })
            },
            Attack("10,000 bags", "limitExceeded") {
                let bags = Array(repeating: CraftedPFX.certificate(try Attack.realCertificate), count: 10_000)
                return try Attack.file(others: bags.flatMap { $0 })
            },
            Attack("two million empty values", "limitExceeded") {
                try CraftedPFX(authenticatedSafe: TestDER.sequence(Array(repeating: 0, count: 4_000_000))).bytes
            },
        ]

    private static let sha1 = TestDER.sequence(TestDER.oid("1.3.14.3.2.26"), TestDER.null)

    // MARK: - Lengths

    private static let lengths = [
        Attack("a length beyond the file", "truncated") {
            [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF] + TestDER.integer(3)
        },
        Attack("a length of 2^63", "truncated") {
            [0x30, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0] + TestDER.integer(3)
        },
        Attack("a length beyond the value around it", "malformed") {
            try CraftedPFX(authenticatedSafe: [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0x30, 0]).bytes
        },
        Attack("values nested beyond the limit", "limitExceeded") {
            try CraftedPFX(authenticatedSafe: Array(repeating: [0x30, 0x80], count: 1_000_000).flatMap { $0 }).bytes
        },
        Attack("strings nested beyond the limit", "limitExceeded") {
            Array(repeating: [0x30, 0x80, 0x24, 0x80], count: 500_000).flatMap { $0 }
        },
        Attack("bags nested to the limit", nil) {
            // List, bag, [0] for each, and three more for the first: 32 in all.
            var bag = CraftedPFX.bag(type: "1.2.3", TestDER.null)
            for _ in 0..<9 { bag = CraftedPFX.bag(6, TestDER.sequence(bag)) }
            return try Attack.file(others: bag)
        },
        Attack("bags nested beyond it", "limitExceeded") {
            var bag = CraftedPFX.bag(type: "1.2.3", TestDER.null)
            for _ in 0..<11 { bag = CraftedPFX.bag(6, TestDER.sequence(bag)) }
            return try Attack.file(others: bag)
        },
    ]

    // MARK: - Keys and certificates

    private static let keys = [
        Attack("a key with another one's modulus", "keyInconsistent") {
            try Attack.file(key: try key(2) { $0[5] ^= 1 })
        },
        Attack("a key of 8 bits that claims a certificate of 2,048", "modulusLengthUnfit") {
            try Attack.file(key: try key(1) { $0 = [0, 0x8F] })
        },
        Attack("a key with a modulus of 1 MiB", "modulusLengthUnfit") {
            try Attack.file(key: try key(1) { $0 = [0] + Array(repeating: 0xFF, count: 1 << 20) })
        },
        Attack("a key with a prime of 0", "keyInconsistent") { try Attack.file(key: try key(4) { $0 = [0] }) },
        Attack("a key with an empty prime", "malformed") { try Attack.file(key: try key(4) { $0 = [] }) },
        Attack("a key with a prime as long as its modulus", "primesUnbalanced") {
            try Attack.file(key: try key(4) { $0 = [0] + Array(repeating: 0xFF, count: 256) })
        },
        Attack("a certificate with extensions of 1 MiB", nil) {
            let value = TestDER.octets(Array(repeating: 0x55, count: 1 << 20))
            let more = TestDER.sequence(TestDER.oid("1.2.3.4"), value)
            guard let certificate = TestNode.parse(try Attack.realCertificate[...]).first else { return [] }
            return try Attack.file(certificate: certificate.addingExtension(more).der)
        },
    ]

    /// The real key with one of its numbers changed, counted from 0, the version.
    private static func key(_ number: Int, _ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
        guard case .constructed(let tag, var fields)? = TestNode.parse(try Attack.realKey[...]).first,
            case .constructed(_, var numbers)? = TestNode.parse(fields[2].content[...]).first
        else { throw TestFailure(description: "the key is none") }
        var content = numbers[number].content
        change(&content)
        numbers[number] = .primitive(0x02, content)
        fields[2] = .primitive(0x04, TestNode.constructed(0x30, numbers).der)
        return TestNode.constructed(tag, fields).der
    }
}

extension TestNode {
    /// A certificate with one extension more.
    fileprivate func addingExtension(_ der: [UInt8]) -> TestNode {
        guard case .constructed(let tag, var parts) = self, case .constructed(_, var fields)? = parts.first,
            let extensions = fields.last?.children.first?.der
        else { return self }
        let content = TestNode.parse(extensions[...])[0].children.flatMap(\.der) + der
        fields[fields.count - 1] = .constructed(0xA3, TestNode.parse(TestDER.sequence(content)[...]))
        parts[0] = .constructed(0x30, fields)
        return .constructed(tag, parts)
    }
}
