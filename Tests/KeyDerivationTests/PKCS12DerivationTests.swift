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

    @Test(
        "each number of requests with any iterations gives the keys of OpenSSL, in order",
        // Half of them with each hash: up to more than two of the widest kernels take.
        arguments: Array(1...40) + [63, 64, 65, 79, 128, 150])
    func lanes(_ count: Int) throws {
        let requests = (0..<count).map { number in
            KeyDerivation(
                method: .pkcs12([.macKey, .encryptionKey][number % 2]), digest: [.sha256, .sha1][number / 3 % 2],
                password: SecretBytes(copying: Array(repeating: [0, UInt8(number)], count: number).joined() + [0, 0]),
                salt: [8, UInt8(number)], iterations: [1, 2, 3, 1000, 77][number * 7 % 5],
                byteCount: [20, 32, 24, 70][number % 4])
        }
        let keys = try PKCS12Derivation.derive(requests, hash: OpenSSLHash())
        #expect(try keys.map(hex) == requests.map { hex(try OpenSSLHash.derive($0)) })
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
