import PKCS12
import Providers
import Synchronization
import TestSupport

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

    private struct Crypto: ForwardingCrypto {
        let crypto: any CryptoProvider
        let opener: Opener

        func decrypt(_ text: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
            -> SecretBytes
        {
            opener.counts.withLock { $0.decryptions += 1 }
            return try crypto.decrypt(text, with: cipher, key: key, iv: iv)
        }
    }
}
