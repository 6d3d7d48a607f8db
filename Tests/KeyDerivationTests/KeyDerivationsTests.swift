import PKCS12
import Providers
import Testing

@Suite("Keys of one call")
struct KeyDerivationsTests {
    static let requests = (0..<60).map { number in
        KeyDerivation(
            method: [.pbkdf2, .pkcs12(.macKey), .pbkdf2, .pkcs12(.encryptionKey)][number % 4],
            digest: DigestAlgorithm.allCases[number % 5],
            password: SecretBytes(copying: [0, UInt8(number), 0, 0x62, 0, 0]), salt: [UInt8(number), 1, 2, 3, 4],
            iterations: [1, 3, 1000, 50][number % 3 + number % 2], byteCount: 20 + number)
    }

    @Test(
        "requests of all methods and hashes are answered in order, with OpenSSL's keys", arguments: [1, 2, 16, 32, 60])
    func mixed(_ count: Int) throws {
        let requests = Array(Self.requests[..<count])
        let keys = try KeyDerivations.derive(requests, hash: OpenSSLHash()) { request in
            #expect(!PBKDF2Derivation.serves(request.digest))
            return SecretBytes(copying: try OpenSSLHash.derive(request))
        }
        #expect(try keys.map(hex) == requests.map { hex(try OpenSSLHash.derive($0)) })
    }

    @Test("an error of the library's PBKDF2 comes through")
    func failure() {
        #expect(throws: FailingHash.error) {
            try KeyDerivations.derive(Self.requests, hash: OpenSSLHash()) { _ in throw FailingHash.error }
        }
    }
}
