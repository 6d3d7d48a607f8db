import PKCS12
import Providers

/// A provider's crypto behind something that does one thing otherwise: all else goes to `crypto`.
public protocol ForwardingCrypto: CryptoProvider {
    var crypto: any CryptoProvider { get }
}

extension ForwardingCrypto {
    public var capabilities: CryptoCapabilities { crypto.capabilities }
    public var verifiesSignatures: Bool { crypto.verifiesSignatures }

    public func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] { try crypto.derive(requests) }
    public func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    { try crypto.encrypt(plaintext, with: cipher, key: key, iv: iv) }
    public func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes)
        throws
        -> SecretBytes
    { try crypto.decrypt(ciphertext, with: cipher, key: key, iv: iv) }
    public func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try crypto.hmac(data, with: digest, key: key)
    }
    public func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try crypto.digest(data, with: digest)
    }
    public func randomBytes(_ count: Int) throws -> [UInt8] { try crypto.randomBytes(count) }
    public func check(_ key: RSAPrivateKey) throws -> RSADefects { try crypto.check(key) }
    public func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey { try crypto.generateRSAKey(bitCount: bitCount) }
    public func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        try crypto.sign(message, with: digest, key: key)
    }
    public func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws { try crypto.verify(signature, of: message, with: digest, key: key) }
}
