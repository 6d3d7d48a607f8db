import PKCS12
import Providers
import Synchronization

/// Counts what others decrypt and read.
final class Opener: Sendable {
    /// Texts that were decrypted, and files that a library's reader read. The mutex owns them.
    private let counts = Mutex((decryptions: 0, readings: 0))

    var decryptions: Int { counts.withLock(\.decryptions) }
    var readings: Int { counts.withLock(\.readings) }

    func watching(_ provider: Provider) -> Provider {
        var watched = provider
        watched.crypto = provider.crypto.map { Crypto(crypto: $0, opener: self) }
        watched.reader = provider.reader.map { Reader(reader: $0, opener: self) }
        return watched
    }

    private struct Reader: ReaderProvider {
        let reader: any ReaderProvider
        let opener: Opener

        var reports: ReaderFields { reader.reports }
        func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
            opener.counts.withLock { $0.readings += 1 }
            return try reader.read(file, password: password)
        }
    }

    private struct Crypto: CryptoProvider {
        let crypto: any CryptoProvider
        let opener: Opener

        var capabilities: CryptoCapabilities { crypto.capabilities }
        var verifiesSignatures: Bool { crypto.verifiesSignatures }
        func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] { try crypto.derive(requests) }
        func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
            -> [UInt8]
        { try crypto.encrypt(plaintext, with: cipher, key: key, iv: iv) }
        func decrypt(_ text: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
            -> SecretBytes
        {
            opener.counts.withLock { $0.decryptions += 1 }
            return try crypto.decrypt(text, with: cipher, key: key, iv: iv)
        }
        func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
            try crypto.hmac(data, with: digest, key: key)
        }
        func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
            try crypto.digest(data, with: digest)
        }
        func randomBytes(_ count: Int) throws -> [UInt8] { try crypto.randomBytes(count) }
        func check(_ key: RSAPrivateKey) throws -> RSADefects { try crypto.check(key) }
        func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey { try crypto.generateRSAKey(bitCount: bitCount) }
        func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
            try crypto.sign(message, with: digest, key: key)
        }
        func verify(
            _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
        ) throws { try crypto.verify(signature, of: message, with: digest, key: key) }
    }
}
