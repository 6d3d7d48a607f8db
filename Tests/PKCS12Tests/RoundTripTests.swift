import TestSupport
import Testing

@testable import PKCS12

/// What is written is read again, whatever it is; a failure names the seed that makes it again.
@Suite struct RoundTripTests {
    static let passwords = ["crafted", "Grüße", "key 🔑 𝔘", String(repeating: "long ", count: 50)]

    @Test(arguments: 0..<200 as Range<UInt64>)
    func decodingGivesWhatWasEncoded(seed: UInt64) throws {
        var random = RandomPFX(seed: seed)
        let pfx = random.pfx()
        let password = random.random.pick(Self.passwords)
        let file = try encode(pfx, password)
        #expect(try decode(file, password) == pfx)
        #expect(try encode(pfx, password) == file)
    }

    @Test(arguments: 200..<220 as Range<UInt64>)
    func opensslFindsTheFileWellFormed(seed: UInt64) throws {
        var random = RandomPFX(seed: seed)
        let file = try encode(random.pfx(), "crafted")
        try ExternalTool.openssl.check(["asn1parse", "-inform", "DER", "-noout"], input: file)
    }

    @Test func otherSaltsGiveOtherBytes() throws {
        var pfx = PFX(
            contents: [
                SafeContents(encryption: .tripleDESSHA1(salt: [1], iterations: 1), bags: [SafeBag(.certificate([1]))])
            ], mac: MACScheme(.pkcs12(.sha1), salt: [1], iterations: 1))
        let file = try encode(pfx, "a")
        #expect(try encode(pfx, "b") != file)
        pfx.contents[0].encryption?.salt = [2]
        let other = try encode(pfx, "a")
        #expect(other != file)
        pfx.mac?.salt = [2]
        #expect(try encode(pfx, "a") != other)
    }

    @Test func writesWithoutMAC() throws {
        let pfx = PFX(contents: [SafeContents(encryption: nil, bags: [SafeBag(.certificate([7]))])], mac: nil)
        let file = try encode(pfx, "")
        #expect(try refusal(file).hasPrefix("macMissing: "))
        #expect(try decode(file, allowsMissingMAC: true) == pfx)
    }

    @Test func refusesToWriteWhatCannotBeRead() throws {
        func code(_ scheme: EncryptionScheme) -> String? {
            errorCode { try encode(PFX(contents: [SafeContents(encryption: scheme, bags: [])], mac: nil), "x") }
        }
        let vector = Array(repeating: UInt8(0), count: 16)
        #expect(code(.tripleDESSHA1(salt: [1], iterations: 0)) == "invalidArgument")
        #expect(code(.tripleDESSHA1(salt: [1], iterations: -1)) == "invalidArgument")
        #expect(
            code(.pbes2(.aes256CBC, prf: .sha256, salt: [1], initializationVector: [1], iterations: 1))
                == "invalidArgument")
        #expect(code(.dangerousRC2SHA1(keyByteCount: 7, salt: [1], iterations: 1)) == "invalidArgument")
        #expect(
            code(.pbes2(.aes256CBC, prf: .sha256, salt: [1], initializationVector: vector, iterations: 1)) == nil)
    }
}
