import Foundation
import PKCS12
import Providers
import Testing

/// A line of `Vectors/pkcs12-derivation.json`.
struct DerivationVector: Decodable {
    var digest: String
    var purpose: UInt8
    var password: String
    var salt: String
    var iterations: Int
    var byteCount: Int
    var key: String

    static func load() throws -> [DerivationVector] {
        let url = try #require(
            Bundle.module.url(forResource: "pkcs12-derivation", withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode([DerivationVector].self, from: Data(contentsOf: url))
    }

    func request() throws -> KeyDerivation {
        let digest = try #require(DigestAlgorithm.allCases.first { "\($0)" == self.digest })
        let purpose = try #require(KeyDerivation.Purpose(rawValue: self.purpose))
        return KeyDerivation(
            method: .pkcs12(purpose), digest: digest, password: SecretBytes(copying: bytes(ofHex: password)),
            salt: bytes(ofHex: salt), iterations: iterations, byteCount: byteCount)
    }
}

private func bytes(ofHex hex: String) -> [UInt8] {
    var digits = hex[...]
    var bytes: [UInt8] = []
    while !digits.isEmpty {
        bytes.append(UInt8(digits.prefix(2), radix: 16)!)
        digits = digits.dropFirst(2)
    }
    return bytes
}

private func hex(_ key: SecretBytes) -> String {
    key.withUnsafeBytes { $0.map { String(format: "%02x", $0) }.joined() }
}

@Suite("PKCS #12 key derivation")
struct PKCS12DerivationTests {
    @Test("keys are those that RFC 7292 says, one request at a time")
    func single() throws {
        let vectors = try DerivationVector.load()
        #expect(vectors.count > 800)
        for vector in vectors {
            let keys = try PKCS12Derivation.derive([vector.request()], hash: OpenSSLHash())
            #expect(keys.map(hex) == [vector.key], "\(vector)")
        }
    }

    @Test("requests of all kinds together give the same keys, in order", arguments: [2, 3, 5, 7, 8, 17, 40, 1000])
    func together(_ size: Int) throws {
        var vectors = try DerivationVector.load()
        var generator = SplitMix(state: UInt64(size))
        vectors.shuffle(using: &generator)
        for start in stride(from: 0, to: vectors.count, by: size) {
            let batch = vectors[start..<min(start + size, vectors.count)]
            let keys = try PKCS12Derivation.derive(batch.map { try $0.request() }, hash: OpenSSLHash())
            #expect(keys.map(hex) == batch.map(\.key))
        }
    }

    @Test("no request, no key")
    func none() throws {
        #expect(try PKCS12Derivation.derive([], hash: FailingHash()).isEmpty)
    }

    @Test(
        "what cannot be derived is refused",
        arguments: [
            (KeyDerivation.Method.pbkdf2, 1, 1), (.pkcs12(.macKey), 0, 1), (.pkcs12(.macKey), -1, 1),
            (.pkcs12(.macKey), 1, 0),
        ])
    func refusals(method: KeyDerivation.Method, iterations: Int, byteCount: Int) throws {
        let request = KeyDerivation(
            method: method, digest: .sha1, password: SecretBytes(copying: [0, 0]), salt: [1], iterations: iterations,
            byteCount: byteCount)
        let error = #expect(throws: PKCS12Error.self) {
            try PKCS12Derivation.derive([request], hash: OpenSSLHash())
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("an error of the hash comes through", arguments: DigestAlgorithm.allCases)
    func failure(_ digest: DigestAlgorithm) throws {
        let request = KeyDerivation(
            method: .pkcs12(.encryptionKey), digest: digest, password: SecretBytes(copying: [0, 0]), salt: [1],
            iterations: 2, byteCount: 24)
        #expect(throws: FailingHash.error) {
            try PKCS12Derivation.derive([request, request], hash: FailingHash())
        }
    }
}

/// SplitMix64, so that a failing order can be had again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
