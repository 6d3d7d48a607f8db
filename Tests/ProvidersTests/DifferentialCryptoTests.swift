import PKCS12
import Providers
import TestSupport
import Testing

/// Every primitive gives the same answer, or the same refusal, under every provider; odd arguments above all.
@Suite struct DifferentialCryptoTests {
    @Test(arguments: ContentCipher.allCases)
    func everyLastByteOfAPaddingGetsTheSameVerdict(cipher: ContentCipher) throws {
        var generator = SeededGenerator(seed: UInt64(cipher.rawValue))
        let block = cipher.blockByteCount
        for keyByteCount in cipher.keyByteCounts {
            let key = secret(generator.bytes(keyByteCount...keyByteCount))
            let iv = secret(generator.bytes(block...block))
            for textByteCount in [0, 1, block - 1, block, 3 * block - 2] {
                // A text of its own padding's bytes: many a last byte makes a padding that is right as a whole.
                let padding = UInt8(block - textByteCount % block)
                let text = secret(Array(repeating: padding, count: textByteCount))
                let good = try agreed {
                    try $0.encrypt(text, with: cipher, key: key, iv: iv)
                }
                var openCount = 0
                for change in 0...UInt8.max where good.value?.count ?? 0 > block {
                    // In CBC mode, a change in one block changes the same bits of the next one's text.
                    var damaged = try #require(good.value)
                    damaged[damaged.count - block - 1] ^= change
                    let verdict = try agreed {
                        try $0.decrypt(damaged[...], with: cipher, key: key, iv: iv).withUnsafeBytes(Array.init)
                    }
                    if verdict.code == nil { openCount += 1 } else { #expect(verdict.code == "decryptionFailed") }
                }
                #expect(openCount <= block)
                for count in 0...2 * block {
                    let noise = generator.bytes(count...count)
                    _ = try agreed {
                        try $0.decrypt(noise[...], with: cipher, key: key, iv: iv).withUnsafeBytes(Array.init)
                    }
                }
            }
        }
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func digestsAndMACsOfEveryLengthAgree(digest: DigestAlgorithm) throws {
        var generator = SeededGenerator(seed: 7)
        for count in Array(0...150) + [1_000, 65_537] {
            let data = generator.bytes(count...count)
            let key = secret(generator.bytes(0...300))
            #expect(try agreed { try $0.digest(data[...], with: digest) }.code == nil)
            #expect(try agreed { try $0.hmac(data[...], with: digest, key: key) }.code == nil)
        }
    }

    @Test(arguments: 0..<4)
    func derivedKeysAgree(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let methods: [KeyDerivation.Method] = [
            .pkcs12(.encryptionKey), .pkcs12(.initializationVector), .pkcs12(.macKey), .pbkdf2,
        ]
        for _ in 0..<40 {
            let requests = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                KeyDerivation(
                    method: generator.pick(methods), digest: generator.pick(DigestAlgorithm.allCases),
                    password: secret(generator.bytes(generator.pick([0...0, 1...20, 100...300]))),
                    salt: generator.bytes(generator.pick([0...0, 1...20, 100...300])),
                    iterations: generator.pick([1, 2, 3, 100]),
                    byteCount: Int.random(in: 1...150, using: &generator))
            }
            let keys = try agreed { try $0.derive(requests).map { $0.withUnsafeBytes(Array.init) } }
            #expect(keys.value?.map(\.count) == requests.map(\.byteCount))
        }
    }

    @Test func defectsOfKeysAgree() throws {
        var generator = SeededGenerator(seed: 3)
        let key = try RSAPrivateKey(try #require(try DifferentialSample().privateKey))
        let secrets: [WritableKeyPath<RSAPrivateKey, SecretBytes>] = [
            \.privateExponent, \.prime1, \.prime2, \.exponent1, \.exponent2, \.coefficient,
        ]
        #expect(try agreed { try $0.check(key) }.value == [])
        for _ in 0..<300 {
            var changed = key
            for _ in 0..<generator.pick([1, 1, 2]) {
                let number = generator.pick(secrets)
                switch generator.pick([0, 1, 2, 3, 4]) {
                case 0: changed[keyPath: number] = key[keyPath: generator.pick(secrets)]
                case 1: changed[keyPath: number] = secret(generator.bytes(0...3))
                case 2: changed.modulus = generator.pick([[], [0], [1], [2], key.modulus + [0], [0] + key.modulus])
                case 3: changed.publicExponent = generator.pick([[], [1], [3], [1, 0, 1, 0], key.modulus])
                default:
                    var bytes = key[keyPath: number].withUnsafeBytes(Array.init)
                    bytes[Int.random(in: bytes.indices, using: &generator)] ^=
                        1 << UInt8.random(in: 0...7, using: &generator)
                    changed[keyPath: number] = secret(bytes)
                }
            }
            let broken = changed
            #expect(try agreed { try $0.check(broken) }.code == nil)
        }
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func signaturesAgree(digest: DigestAlgorithm) throws {
        for bitCount in [1024, 2048] {
            let key = try InstalledProviders.crypto.generateRSAKey(bitCount: bitCount)
            #expect(try agreed { try $0.sign([1, 2, 3], with: digest, key: key) }.value?.count == bitCount / 8)
        }
    }

    private struct Answer<Value> {
        let value: Value?
        /// Of the error; nil where there is a value.
        let code: String?
    }

    /// Asks every provider, expects one answer of all, and gives it.
    private func agreed<Value: Equatable>(
        _ body: (any CryptoProvider) throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Answer<Value> {
        let answers = try Differential.providers.map { provider in
            let crypto = try #require(provider.crypto)
            let result = Result { try body(crypto) }
            return Answer(value: try? result.get(), code: errorCode { try result.get() })
        }
        let first = try #require(answers.first)
        for answer in answers {
            #expect(answer.code == first.code && answer.value == first.value, sourceLocation: sourceLocation)
        }
        return first
    }
}
