import PKCS12
import Providers
import TestSupport
import Testing

/// An isolated provider against the same one in this process. (The properties of ProvidersTests hold for it as well.)
@Suite struct SameAnswersTests {
    @Test func itSaysWhatTheProviderSays() throws {
        let (here, there) = (try InstalledProviders.openSSL, try InstalledProviders.isolatedOpenSSL)
        #expect(!here.isIsolated && there.isIsolated)
        #expect(there.name == here.name && there.library == here.library)
        #expect(there.crypto?.capabilities == here.crypto?.capabilities)
        #expect(there.reader?.reports == here.reader?.reports)
    }

    @Test(arguments: Vectors.all.filter { ($0.iterations ?? 0) < 10_000 })
    func theReaderReportsTheSame(vector: Vector) throws {
        let here = outcome(try InstalledProviders.openSSL, vector)
        let there = outcome(try InstalledProviders.isolatedOpenSSL, vector)
        #expect(there == here)
    }

    @Test func errorsAreThoseOfTheProvider() throws {
        func errors(_ crypto: any CryptoProvider) -> [PKCS12Error?] {
            let (key, iv) = (SecretBytes(copying: 0..<16), SecretBytes(copying: 0..<16))
            return [
                thrown { try crypto.decrypt([1, 2, 3], with: .aes128CBC, key: key, iv: iv) },
                thrown { try crypto.decrypt(Array(repeating: 9, count: 16)[...], with: .aes128CBC, key: key, iv: iv) },
                thrown { try crypto.encrypt(key, with: .aes256CBC, key: key, iv: iv) },
                thrown { try crypto.randomBytes(.max) }, thrown { try crypto.randomBytes(.min) },
                thrown { try crypto.generateRSAKey(bitCount: .max) },
                thrown { try crypto.generateRSAKey(bitCount: -1) },
                thrown {
                    try crypto.derive([
                        KeyDerivation(
                            method: .pbkdf2, digest: .sha1, password: key, salt: [], iterations: .max, byteCount: .max)
                    ])
                },
            ].map { $0 as? PKCS12Error }
        }
        let here = errors(try InstalledProviders.crypto)
        #expect(!here.contains(nil))
        #expect(errors(try #require(try InstalledProviders.isolatedOpenSSL.crypto)) == here)
    }

    @Test func largeMessagesCross() throws {
        let (here, there) = (
            try InstalledProviders.crypto, try #require(try InstalledProviders.isolatedOpenSSL.crypto)
        )
        var generator = SeededGenerator(seed: 7)
        for count in [0, 1, 65_535, 65_536, 5_000_001] {
            let data = generator.bytes(count...count)
            #expect(try there.digest(data[...], with: .sha256) == here.digest(data[...], with: .sha256))
            let (key, iv) = (SecretBytes(copying: 0..<32), SecretBytes(copying: 0..<16))
            let encrypted = try there.encrypt(SecretBytes(copying: data), with: .aes256CBC, key: key, iv: iv)
            #expect(try here.decrypt(encrypted[...], with: .aes256CBC, key: key, iv: iv) == SecretBytes(copying: data))
            #expect(try there.decrypt(encrypted[...], with: .aes256CBC, key: key, iv: iv) == SecretBytes(copying: data))
        }
    }

    /// A report, or the error, as a text to compare; the secrets by their digests.
    private func outcome(_ provider: Provider, _ vector: Vector) -> String {
        do {
            let report = try #require(provider.reader).read(try vector.bytes[...], password: secret(vector.password))
            let crypto = try InstalledProviders.crypto
            return String(describing: report)
                + String(
                    describing: try report.keys.map { key in
                        try [key.rsa.privateExponent, key.rsa.prime1, key.rsa.prime2, key.rsa.coefficient].map {
                            hex(try crypto.hmac([], with: .sha256, key: $0))
                        }
                    })
        } catch {
            return "\(type(of: error)) \(error)"
        }
    }
}
