import PKCS12
import Providers
import Testing

@Suite("PBKDF2")
struct PBKDF2DerivationTests {
    /// A published key: RFC 6070 §2, RFC 7914 §11.
    struct Published: Sendable {
        var digest: DigestAlgorithm
        var password: String
        var salt: String
        var iterations: Int
        var key: String
    }

    static let published = [
        Published(
            digest: .sha1, password: "password", salt: "salt", iterations: 1,
            key: "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
        Published(
            digest: .sha1, password: "password", salt: "salt", iterations: 2,
            key: "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
        Published(
            digest: .sha1, password: "password", salt: "salt", iterations: 4096,
            key: "4b007901b765489abead49d926f721d065a429c1"),
        Published(
            digest: .sha1, password: "passwordPASSWORDpassword", salt: "saltSALTsaltSALTsaltSALTsaltSALTsalt",
            iterations: 4096, key: "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
        Published(
            digest: .sha1, password: "pass\0word", salt: "sa\0lt", iterations: 4096,
            key: "56fa6aa75548099dcc37d7f03425e0c3"),
        Published(
            digest: .sha256, password: "passwd", salt: "salt", iterations: 1,
            key: "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"),
        Published(
            digest: .sha256, password: "Password", salt: "NaCl", iterations: 80000,
            key: "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"),
    ]

    @Test("keys are those that RFC 6070 and RFC 7914 publish, all derived together")
    func publishedKeys() throws {
        let requests = Self.published.map {
            KeyDerivation(
                method: .pbkdf2, digest: $0.digest, password: SecretBytes(copying: $0.password.utf8),
                salt: Array($0.salt.utf8), iterations: $0.iterations, byteCount: $0.key.count / 2)
        }
        #expect(try PBKDF2Derivation.derive(requests, hash: OpenSSLHash()).map(hex) == Self.published.map(\.key))
    }

    /// All lengths at which something changes: of passwords, of salts and of keys.
    static let requests = [DigestAlgorithm.sha1, .sha256].flatMap { digest in
        [0, 1, 63, 64, 65, 200].flatMap { passwordCount in
            (0...100).flatMap { saltCount in
                [1, 20, 31, 32, 33, 64, 100].map { byteCount in
                    request(
                        digest, passwordCount, saltCount, byteCount,
                        iterations: [1, 2, 3][(passwordCount + saltCount + byteCount) % 3])
                }
            }
        }
    }

    static func request(
        _ digest: DigestAlgorithm, _ passwordCount: Int, _ saltCount: Int, _ byteCount: Int, iterations: Int
    ) -> KeyDerivation {
        KeyDerivation(
            method: .pbkdf2, digest: digest,
            password: SecretBytes(copying: (0..<passwordCount).map { UInt8(truncatingIfNeeded: $0 * 7 + saltCount) }),
            salt: (0..<saltCount).map { UInt8(truncatingIfNeeded: $0 * 3 + byteCount) }, iterations: iterations,
            byteCount: byteCount)
    }

    @Test("keys of all lengths are those of OpenSSL, however many together", arguments: [1, 2, 17, 1000])
    func lengths(_ size: Int) throws {
        for start in stride(from: 0, to: Self.requests.count, by: size) {
            let batch = Self.requests[start..<min(start + size, Self.requests.count)]
            let keys = try PBKDF2Derivation.derive(Array(batch), hash: OpenSSLHash())
            #expect(try keys.map(hex) == batch.map { hex(try OpenSSLHash.derive($0)) })
        }
    }

    @Test("each number of requests with any iterations gives the keys of OpenSSL, in order", arguments: 1...40)
    func together(_ count: Int) throws {
        var generator = SplitMix(state: UInt64(count))
        let requests = (0..<count).map { number in
            Self.request(
                [.sha1, .sha256][number % 2], number, 8, 1 + 9 * number % 100,
                iterations: [1, 2, 3, 1000, .random(in: 1...300, using: &generator)][number * 7 % 5])
        }.shuffled(using: &generator)
        let keys = try PBKDF2Derivation.derive(requests, hash: OpenSSLHash())
        #expect(try keys.map(hex) == requests.map { hex(try OpenSSLHash.derive($0)) })
    }

    @Test("no request, no key")
    func none() throws {
        #expect(try PBKDF2Derivation.derive([], hash: FailingHash()).isEmpty)
    }

    @Test(
        "what cannot be derived is refused",
        arguments: [
            (KeyDerivation.Method.pkcs12(.macKey), DigestAlgorithm.sha256, 1, 1), (.pbkdf2, .sha512, 1, 1),
            (.pbkdf2, .sha256, 0, 1), (.pbkdf2, .sha1, -1, 1), (.pbkdf2, .sha256, 1, 0),
            (.pbkdf2, .sha256, 1, 32 * Int(UInt32.max) + 1),
        ])
    func refusals(method: KeyDerivation.Method, digest: DigestAlgorithm, iterations: Int, byteCount: Int) throws {
        let request = KeyDerivation(
            method: method, digest: digest, password: SecretBytes(copying: [1]), salt: [1], iterations: iterations,
            byteCount: byteCount)
        let error = #expect(throws: PKCS12Error.self) {
            try PBKDF2Derivation.derive([request], hash: OpenSSLHash())
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("an error of the hash comes through", arguments: [1, 65])
    func failure(passwordCount: Int) throws {
        #expect(throws: FailingHash.error) {
            try PBKDF2Derivation.derive(
                [Self.request(.sha256, passwordCount, 8, 32, iterations: 2)], hash: FailingHash())
        }
    }
}
