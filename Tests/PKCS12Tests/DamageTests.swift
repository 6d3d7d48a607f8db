import PKCS12
import TestSupport
import Testing

/// Files that were changed or cut: the code says which.
@Suite struct DamageTests {
    @Test(arguments: ["openssl-3des", "openssl-default", "openssl-all-plain"])
    func findsEachFlippedBitOfTheMAC(_ name: String) throws {
        let vector = Vectors.named(name)
        let file = try vector.bytes
        let digest = try macDigest(file)
        for offset in 0..<digest.count where offset.isMultiple(of: 3) {
            var damaged = file
            damaged[digest.startIndex + offset] ^= 1 << UInt8(offset % 8)
            #expect(try refusal(damaged, vector.password).hasPrefix("macMismatch: "), "\(offset)")
        }
    }

    /// A shorter MAC must not pass for the whole.
    @Test func takesNoPrefixOfAMAC() throws {
        let safe = TestDER.sequence(try CraftedPFX.encrypted(TestDER.sequence()))
        let right = try CraftedPFX.macData(over: safe, CraftedPFX.password)
        let value = try #require(TestNode.parse(right[...]).first).children[0].children[1].content
        for wrong in [[], Array(value.prefix(1)), Array(value.dropLast()), value + [0]] {
            let macData = CraftedPFX.macData(
                algorithm: TestDER.sequence(TestDER.oid("1.3.14.3.2.26"), TestDER.null), value: wrong,
                salt: [8, 7, 6, 5, 4, 3, 2, 1], iterations: [])
            let file = try CraftedPFX(macData: macData, authenticatedSafe: safe).bytes
            #expect(try refusal(file, CraftedPFX.password).hasPrefix("macMismatch: "), "\(wrong.count) bytes")
        }
    }

    @Test func findsAChangeInAPlainPart() throws {
        let vector = Vectors.named("openssl-certificates-plain")
        var file = try vector.bytes
        let certificate = try #require(decode(file, vector.password).certificates.first?.der)
        let start = try #require(file.indices.first { file[$0...].starts(with: certificate) })
        file[start + certificate.count - 1] ^= 1
        #expect(try refusal(file, vector.password).hasPrefix("macMismatch: "))
        #expect(try refusal(file, "wrong").hasPrefix("wrongPassword: "))
    }

    @Test(arguments: ["openssl-3des", "openssl-default", "openssl-all-plain", "pk12util-3des", "keytool-two-keys"])
    func findsTheEndOfACutFile(_ name: String) throws {
        let file = try Vectors.named(name).bytes
        for count in stride(from: 1, to: file.count, by: 100) {
            let refusal = try refusal(Array(file.prefix(count)), "vectors")
            #expect(refusal.hasPrefix("truncated: "), "\(count) of \(file.count) bytes: \(refusal)")
        }
        #expect(try refusal([]).hasPrefix("notPKCS12: "))
    }

    @Test(arguments: Vectors.convertible.filter { ($0.iterations ?? 0) < 3000 && $0.mac != nil })
    func saysWrongPasswordWhereNothingDecrypts(_ vector: Vector) throws {
        let isPlain =
            vector.keys.allSatisfy { $0.encryption == "none" }
            && vector.certificates.allSatisfy { $0.encryption == "none" }
        #expect(try refusal(vector.bytes, "not this one").hasPrefix(isPlain ? "macMismatch: " : "wrongPassword: "))
    }

    /// Damage inside what a right password decrypts is the file's fault.
    @Test func saysMalformedForWhatDecryptsUnderAGoodMAC() throws {
        for text in [[], [0x30], TestDER.null, TestDER.sequence(TestDER.null), [0x30, 0x05, 0x00]] as [[UInt8]] {
            let part = try CraftedPFX(parts: [CraftedPFX.encrypted(text)]).bytes
            #expect(try refusal(part, CraftedPFX.password).hasPrefix("malformed: "), "\(text)")
            let key = try CraftedPFX(parts: [CraftedPFX.plain(CraftedPFX.shrouded(text))]).bytes
            #expect(try refusal(key, CraftedPFX.password).hasPrefix("malformed: "), "\(text)")
        }
    }

    /// Any bytes end in a code: each octet of a small file takes some other values, under a right MAC where it can.
    @Test func endsInACodeWhateverIsChanged() throws {
        let safe = TestDER.sequence(
            CraftedPFX.plain(
                CraftedPFX.certificate(attributes: CraftedPFX.attribute("1.2.840.113549.1.9.20", TestDER.bmp("ab"))),
                try CraftedPFX.shrouded(TestDER.sequence()),
                CraftedPFX.bag(6, TestDER.sequence(CraftedPFX.bag(1, TestDER.sequence())))),
            try CraftedPFX.encrypted(TestDER.sequence()))
        let file = try CraftedPFX(authenticatedSafe: safe).bytes
        for index in safe.indices {
            for value in [0x00, 0x01, 0x24, 0x80, 0x84, 0xFF, safe[index] &+ 1] {
                var changed = safe
                changed[index] = value
                try expectCode(CraftedPFX(authenticatedSafe: changed).bytes, "inside, octet \(index) is \(value)")
            }
        }
        for index in file.indices {
            for value in [0x00, 0x30, 0x80, 0xFF] as [UInt8] {
                var changed = file
                changed[index] = value
                try expectCode(changed, "outside, octet \(index) is \(value)")
            }
        }
    }

    private func expectCode(_ file: [UInt8], _ what: String) throws {
        var limits = Limits()
        limits.totalIterations = 1000
        let refusal = try refusal(file, CraftedPFX.password, limits: limits)
        #expect(!refusal.hasPrefix("not a PKCS12Error"), "\(what): \(refusal)")
    }

    private func macDigest(_ file: [UInt8]) throws -> ArraySlice<UInt8> {
        let macData = try #require(TestNode.parse(file[...]).first?.children[2])
        let digest = macData.children[0].children[1].content
        let start = try #require(file.indices.last { file[$0...].starts(with: digest) })
        return file[start..<start + digest.count]
    }
}
