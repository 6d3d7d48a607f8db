import TestSupport

// Counts and lengths that ask for more than anybody should give.

extension Attack {
    static let counts: [Attack] =
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
            Attack("half a million empty values", "limitExceeded") {
                try CraftedPFX(authenticatedSafe: TestDER.sequence(Array(repeating: 0, count: 1_000_000))).bytes
            },
        ]

    private static let sha1 = TestDER.sequence(TestDER.oid("1.3.14.3.2.26"), TestDER.null)

    static let lengths = [
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
            try CraftedPFX(authenticatedSafe: Array(repeating: [0x30, 0x80], count: 100_000).flatMap { $0 }).bytes
        },
        Attack("strings nested beyond the limit", "limitExceeded") {
            Array(repeating: [0x30, 0x80, 0x24, 0x80], count: 100_000).flatMap { $0 }
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
}
