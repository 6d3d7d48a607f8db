import PKCS12
import Providers
import TestSupport
import Testing

/// A provider under test: the same properties hold for each.
struct Subject: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let provider: @Sendable () throws -> Provider
    /// A size of RSA keys that it makes quickly.
    let rsaBitCount: Int

    var crypto: any CryptoProvider {
        get throws { try #require(try provider().crypto) }
    }

    static let all = [
        Subject(testDescription: "openssl", provider: { try InstalledProviders.openSSL }, rsaBitCount: 2048),
        Subject(testDescription: "gnutls", provider: { try InstalledProviders.gnuTLS }, rsaBitCount: 2048),
        Subject(
            testDescription: "openssl, isolated", provider: { try InstalledProviders.isolatedOpenSSL },
            rsaBitCount: 2048),
        Subject(testDescription: "fake", provider: { try FakeProvider.provider() }, rsaBitCount: 64),
    ]
}

func secret(_ bytes: some Sequence<UInt8>) -> SecretBytes { SecretBytes(copying: bytes) }

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: text.utf8) }

func code(of body: () throws -> some Any) -> PKCS12Error.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? PKCS12Error)?.code
    }
}

@Suite struct CryptoProviderTests {
    @Test(arguments: Subject.all, ContentCipher.allCases)
    func decryptionUndoesEncryption(subject: Subject, cipher: ContentCipher) throws {
        let crypto = try subject.crypto
        for keyByteCount in cipher.keyByteCounts {
            let key = secret(try crypto.randomBytes(keyByteCount))
            let iv = secret(try crypto.randomBytes(cipher.blockByteCount))
            for count in [0, 1, 7, 8, 15, 16, 17, 1000] {
                let text = secret(try crypto.randomBytes(count))
                let encrypted = try crypto.encrypt(text, with: cipher, key: key, iv: iv)
                #expect(encrypted.count == (count / cipher.blockByteCount + 1) * cipher.blockByteCount)
                #expect(try crypto.decrypt(encrypted[...], with: cipher, key: key, iv: iv) == text)
            }
        }
    }

    @Test(arguments: Subject.all, ContentCipher.allCases)
    func aWrongKeyIsAPaddingErrorOrOtherBytes(subject: Subject, cipher: ContentCipher) throws {
        let crypto = try subject.crypto
        let iv = secret(try crypto.randomBytes(cipher.blockByteCount))
        let text = secret(Array(repeating: 0x41, count: 100))
        let encrypted = try crypto.encrypt(
            text, with: cipher, key: secret(try crypto.randomBytes(cipher.keyByteCounts[0])), iv: iv)
        var refused = 0
        for _ in 0..<40 {
            do {
                let key = secret(try crypto.randomBytes(cipher.keyByteCounts[0]))
                #expect(try crypto.decrypt(encrypted[...], with: cipher, key: key, iv: iv) != text)
            } catch let error as PKCS12Error {
                #expect(error.code == .decryptionFailed)
                refused += 1
            }
        }
        // About 1 key in 256 gives a padding that looks right.
        #expect(refused > 30)
    }

    @Test(arguments: Subject.all)
    func unfitArgumentsAreRefused(subject: Subject) throws {
        let crypto = try subject.crypto
        let (key, iv, text) = (
            secret(Array(repeating: 1, count: 16)), secret(Array(repeating: 2, count: 16)), secret([3])
        )
        let encrypted = try crypto.encrypt(text, with: .aes128CBC, key: key, iv: iv)
        #expect(code { try crypto.encrypt(text, with: .aes256CBC, key: key, iv: iv) } == .invalidArgument)
        #expect(code { try crypto.encrypt(text, with: .aes128CBC, key: key, iv: text) } == .invalidArgument)
        #expect(code { try crypto.decrypt(encrypted.dropLast(), with: .aes128CBC, key: key, iv: iv) } == .malformed)
        #expect(code { try crypto.decrypt([], with: .aes128CBC, key: key, iv: iv) } == .malformed)
        #expect(code { try crypto.randomBytes(-1) } == .invalidArgument)
        #expect(code { try crypto.derive([derivation(iterations: 0)]) } == .invalidArgument)
        #expect(code { try crypto.derive([derivation(byteCount: 0)]) } == .invalidArgument)
        #expect(code { try crypto.generateRSAKey(bitCount: 0) } == .invalidArgument)
    }

    @Test(arguments: Subject.all)
    func keysComeInTheOrderOfTheRequests(subject: Subject) throws {
        let crypto = try subject.crypto
        var requests: [KeyDerivation] = []
        for digest in DigestAlgorithm.allCases {
            for method: KeyDerivation.Method in [
                .pkcs12(.encryptionKey), .pkcs12(.initializationVector), .pkcs12(.macKey), .pbkdf2,
            ] {
                for byteCount in [1, 8, 20, 24, 70] {
                    requests.append(derivation(method: method, digest: digest, byteCount: byteCount))
                }
            }
        }
        let keys = try crypto.derive(requests)
        #expect(keys.map(\.count) == requests.map(\.byteCount))
        for (request, key) in zip(requests, keys) {
            #expect(try crypto.derive([request]) == [key])
        }
        #expect(try crypto.derive([]) == [])
    }

    @Test(arguments: Subject.all)
    func derivedKeysDependOnEveryField(subject: Subject) throws {
        let crypto = try subject.crypto
        let requests = [
            derivation(), derivation(method: .pkcs12(.macKey)), derivation(method: .pbkdf2),
            derivation(digest: .sha256), derivation(iterations: 3), derivation(salt: [9]), derivation(salt: []),
            derivation(password: [0, 0x42, 0, 0]), derivation(password: []),
        ]
        let keys = try crypto.derive(requests).map { $0.withUnsafeBytes(Array.init) }
        #expect(Set(keys).count == requests.count)
    }

    @Test(arguments: Subject.all, DigestAlgorithm.allCases)
    func digestsAndMACsDependOnTheirInput(subject: Subject, digest: DigestAlgorithm) throws {
        let crypto = try subject.crypto
        let inputs: [[UInt8]] = [[], [0], [0, 0], Array(repeating: 5, count: 100_000)]
        let digests = try inputs.map { try crypto.digest($0[...], with: digest) }
        #expect(Set(digests).count == inputs.count)
        #expect(digests.allSatisfy { $0.count == digest.byteCount })
        let macs = try inputs.map { try crypto.hmac($0[...], with: digest, key: secret("key")) }
        #expect(Set(macs).count == inputs.count)
        #expect(macs.allSatisfy { $0.count == digest.byteCount })
        #expect(try crypto.hmac([1], with: digest, key: secret([])) != crypto.hmac([1], with: digest, key: secret([1])))
    }

    @Test(arguments: Subject.all)
    func randomBytesHaveTheirSizeAndDiffer(subject: Subject) throws {
        let crypto = try subject.crypto
        #expect(try crypto.randomBytes(0) == [])
        #expect(Set(try (0..<100).map { _ in try crypto.randomBytes(20) }).count == 100)
    }

    @Test(arguments: Subject.all)
    func callsFromManyThreadsAgree(subject: Subject) throws {
        let crypto = try subject.crypto
        let data = Array(repeating: UInt8(7), count: 500)
        let expected = try answers(crypto, data)
        let results = concurrently(8) { _ in try (0..<20).map { _ in try answers(crypto, data) } }
        for result in results {
            #expect(try result.get().allSatisfy { $0 == expected })
        }
    }

    private func answers(_ crypto: any CryptoProvider, _ data: [UInt8]) throws -> [[UInt8]] {
        let key = secret(Array(repeating: 1, count: 24))
        return [
            try crypto.digest(data[...], with: .sha256), try crypto.hmac(data[...], with: .sha1, key: key),
            try crypto.encrypt(secret(data), with: .tripleDESCBC, key: key, iv: secret(data.prefix(8))),
            try crypto.derive([derivation(), derivation(method: .pbkdf2)]).flatMap { $0.withUnsafeBytes(Array.init) },
        ]
    }

    private func derivation(
        method: KeyDerivation.Method = .pkcs12(.encryptionKey), digest: DigestAlgorithm = .sha1,
        password: [UInt8] = [0, 0x41, 0, 0], salt: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8], iterations: Int = 2,
        byteCount: Int = 24
    ) -> KeyDerivation {
        KeyDerivation(
            method: method, digest: digest, password: secret(password), salt: salt, iterations: iterations,
            byteCount: byteCount)
    }
}
