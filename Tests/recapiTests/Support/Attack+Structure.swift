import TestSupport

// What is missing, doubled, or of another kind than it should be.

extension Attack {
    static let contents = [
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

    private static let friendlyName = "1.2.840.113549.1.9.20"
    private static let localKeyID = "1.2.840.113549.1.9.21"
    private static let providerName = "1.3.6.1.4.1.311.17.1"

    static let duplicates = Attack("duplicate attributes", nil) {
        try Attack.file(
            keyAttributes: [providerName, friendlyName].flatMap { type in
                ["Microsoft Software Key Storage Provider", "Microsoft Base Cryptographic Provider v1.0"].map {
                    CraftedPFX.attribute(type, TestDER.bmp($0))
                }
            } + [[1], [2]].map { CraftedPFX.attribute(localKeyID, TestDER.octets($0)) })
    }

    static let attributes = [
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
}
