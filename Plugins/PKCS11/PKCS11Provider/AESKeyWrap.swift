import PKCS12

/// Keys wrapped under an AES-256 key, outside the token.
struct AESKeyWrap {
    let key: SecretBytes

    /// Opens what a token wrapped, whichever way it did: modules differ in what they call CKM_AES_KEY_WRAP_PAD, but the integrity
    /// check tells RFC 5649 from RFC 3394.
    ///
    /// - Returns: the key, perhaps with padding after it.
    /// - Throws: ``PKCS12Error`` `decryptionFailed`.
    func unwrap(_ wrapped: [UInt8]) throws -> SecretBytes {
        try wrapped.withUnsafeBytes { wrapped in
            for cipher in [Self.padded, "AES-256-WRAP"] {
                if let key = try LibCrypto.apply(cipher, key: key, to: wrapped, encrypts: false) { return key }
            }
            throw PKCS12Error(.decryptionFailed, "what the token wrapped is neither of RFC 5649 nor of RFC 3394")
        }
    }

    /// Wraps as RFC 5649 says.
    func wrap(_ plaintext: SecretBytes) throws -> [UInt8] {
        try encrypt(plaintext, with: Self.padded)
    }

    /// Encrypts with AES-CBC and the padding of PKCS #7.
    func encryptCBC(_ plaintext: SecretBytes, iv: [UInt8]) throws -> [UInt8] {
        try encrypt(plaintext, with: "AES-256-CBC", iv: iv)
    }

    private static let padded = "AES-256-WRAP-PAD"

    private func encrypt(_ plaintext: SecretBytes, with cipher: String, iv: [UInt8]? = nil) throws -> [UInt8] {
        try plaintext.withUnsafeBytes { plaintext in
            guard let output = try LibCrypto.apply(cipher, key: key, iv: iv, to: plaintext, encrypts: true) else {
                throw PKCS12Error(.cryptographyFailed, "OpenSSL could not encrypt a key with \(cipher)")
            }
            return output.withUnsafeBytes(Array.init)
        }
    }
}
