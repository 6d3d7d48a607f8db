import PKCS12
import TestSupport
import Testing

/// Each limit refuses by its own name, and lets pass what just fits.
@Suite struct LimitTests {
    @Test func fileByteCount() throws {
        let file = try CraftedPFX().bytes
        try expect(file, "fileByteCount", fits: file.count) { $0.fileByteCount = $1 }
    }

    @Test func nestingOfValues() throws {
        // The bag in which bags are nested is the 7th value inside: list, bag, [0], list, bag, [0], list.
        var bag = CraftedPFX.certificate()
        for _ in 0..<5 { bag = CraftedPFX.bag(6, TestDER.sequence(bag)) }
        let file = try CraftedPFX(parts: [CraftedPFX.plain(bag)]).bytes
        try expect(file, "nesting", fits: 1 + 3 * 5 + 5) { $0.nesting = $1 }
    }

    @Test func nestingOfAHostileFile() throws {
        for deep in [
            Array(repeating: [0x30, 0x80] as [UInt8], count: 100_000).flatMap { $0 },
            Array(repeating: [0x24, 0x80] as [UInt8], count: 100_000).flatMap { $0 },
        ] {
            let file = CraftedPFX(authenticatedSafe: deep)
            #expect(try refusal(file.bytes, CraftedPFX.password).contains("(nesting)"))
        }
    }

    @Test func bags() throws {
        let certificate = CraftedPFX.certificate()
        let nested = CraftedPFX.bag(6, TestDER.sequence(certificate, certificate))
        let file = try CraftedPFX(
            parts: [
                CraftedPFX.plain(certificate, nested), CraftedPFX.encrypted(TestDER.sequence(certificate)),
            ]
        ).bytes
        // Each of the two parts counts as a bag as well.
        try expect(file, "bags", fits: 7) { $0.bags = $1 }
    }

    @Test func partsWithoutBags() throws {
        let file = try CraftedPFX(parts: Array(repeating: CraftedPFX.plain(), count: 2000)).bytes
        #expect(try refusal(file, CraftedPFX.password).contains("(bags)"))
    }

    @Test func iterationsOfTheMAC() throws {
        try expect(CraftedPFX(macIterations: 1000).bytes, "iterations", fits: 1000) { $0.iterations = $1 }
    }

    @Test func iterationsOfAScheme() throws {
        let safe = EncryptionScheme.tripleDESSHA1(salt: [1], iterations: 500)
        let pfx = PFX(
            contents: [SafeContents(encryption: safe, bags: [])],
            mac: MACScheme(.pkcs12(.sha1), salt: [1], iterations: 1))
        try expect(encode(pfx, CraftedPFX.password), "iterations", fits: 500) { $0.iterations = $1 }
    }

    @Test func iterationsOfPBKDF2() throws {
        let pfx = PFX(
            contents: [], mac: MACScheme(.pbmac1(prf: .sha1, hmac: .sha1, keyByteCount: 20), salt: [1], iterations: 700)
        )
        try expect(encode(pfx, CraftedPFX.password), "iterations", fits: 700) { $0.iterations = $1 }
    }

    /// Nothing is derived for a file that asks for too much: this test would run for hours.
    @Test(arguments: [0x7FFF_FFFF, Int.max >> 8])
    func hostileIterations(_ count: Int) throws {
        let mac = CraftedPFX.macData(
            algorithm: TestDER.sequence(TestDER.oid("1.3.14.3.2.26")), value: [1], iterations: TestDER.integer(count))
        #expect(try refusal(CraftedPFX(macData: mac).bytes).contains("(iterations)"))
        let huge = CraftedPFX.macData(
            algorithm: TestDER.sequence(TestDER.oid("1.3.14.3.2.26")), value: [1],
            iterations: TestDER.value(0x02, [0x7F] + Array(repeating: 0xFF, count: 20)))
        #expect(try refusal(CraftedPFX(macData: huge).bytes).hasPrefix("limitExceeded: "))
    }

    @Test func totalIterations() throws {
        let text = TestDER.sequence()
        let file = try CraftedPFX(parts: [CraftedPFX.encrypted(text), CraftedPFX.encrypted(text)], macIterations: 100)
            .bytes
        // MAC key 100; for each part 2 chains for the key and 1 for the vector.
        try expect(file, "totalIterations", fits: 100 + 3 + 3) { $0.totalIterations = $1 }
    }

    @Test func totalIterationsWithManyCandidates() throws {
        var limits = Limits()
        limits.totalIterations = 5_000
        let file = try CraftedPFX(macIterations: 100).bytes
        let decoder = PFXDecoder(cryptography: try InstalledProviders.crypto, limits: limits)
        let candidates = (0..<100).map { secret("wrong \($0)") }
        let error = thrown { try decoder.decode(file, passwords: candidates) } as? PKCS12Error
        #expect(error?.code == .limitExceeded)
        #expect(error?.reason.contains("(totalIterations)") == true)
    }

    @Test func saltByteCount() throws {
        let salt = Array(repeating: UInt8(7), count: 40)
        let vector = Array(repeating: UInt8(0), count: 16)
        let mac = MACScheme(.pkcs12(.sha1), salt: [1], iterations: 1)
        for pfx in [
            PFX(contents: [], mac: MACScheme(.pkcs12(.sha1), salt: salt, iterations: 1)),
            PFX(
                contents: [],
                mac: MACScheme(.pbmac1(prf: .sha1, hmac: .sha1, keyByteCount: 20), salt: salt, iterations: 1)),
            PFX(contents: [SafeContents(encryption: .tripleDESSHA1(salt: salt, iterations: 1), bags: [])], mac: mac),
            PFX(
                contents: [
                    SafeContents(
                        encryption: .pbes2(
                            .aes128CBC, prf: .sha1, salt: salt, initializationVector: vector, iterations: 1), bags: [])
                ], mac: mac),
        ] {
            try expect(encode(pfx, CraftedPFX.password), "saltByteCount", fits: 40) { $0.saltByteCount = $1 }
        }
    }

    /// Refused by the limit's name at one less than what fits, and opened there.
    private func expect(_ file: [UInt8], _ name: String, fits: Int, set: (inout Limits, Int) -> Void) throws {
        var limits = Limits()
        set(&limits, fits)
        #expect(try refusal(file, CraftedPFX.password, limits: limits) == "opens")
        set(&limits, fits - 1)
        let tight = try refusal(file, CraftedPFX.password, limits: limits)
        #expect(tight.hasPrefix("limitExceeded: ") && tight.contains("(\(name))"), "\(tight)")
    }
}
