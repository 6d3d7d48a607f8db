import COpenSSL
import PKCS12

/// What has to be done with keys outside the token, by OpenSSL's libcrypto: AES key wrap (RFC 3394 and RFC 5649), which
/// nettle has only since 3.8 and which Ubuntu 22.04 does not have, and digests.
///
/// In a library context of its own: vendors' modules use libcrypto as well, and change the default one.
enum LibCrypto {
    /// Never freed: it lives as long as the process.
    nonisolated(unsafe) static let context: OpaquePointer? = {
        // Nothing at exit: a vendor's module may still use the library then.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        return OSSL_LIB_CTX_new()
    }()

    static func digest(_ data: ArraySlice<UInt8>, with algorithm: DigestAlgorithm) throws -> [UInt8] {
        let name = String(describing: algorithm).uppercased()
        var digest = [UInt8](repeating: 0, count: algorithm.byteCount)
        let done = data.withUnsafeBytes { data in
            EVP_Q_digest(context, name, nil, data.baseAddress, data.count, &digest, nil)
        }
        guard done == 1 else { throw failure("digest with \(name)") }
        return digest
    }

    /// Encrypts or decrypts in one piece.
    ///
    /// - Returns: nil where a ciphertext is not one of this cipher and key.
    static func apply(
        _ cipher: String, key: SecretBytes, iv: [UInt8]? = nil, to input: UnsafeRawBufferPointer, encrypts: Bool
    ) throws -> SecretBytes? {
        guard let algorithm = EVP_CIPHER_fetch(context, cipher, nil) else { throw failure("find \(cipher)") }
        defer { EVP_CIPHER_free(algorithm) }
        guard let state = EVP_CIPHER_CTX_new() else { throw failure("set up \(cipher)") }
        defer { EVP_CIPHER_CTX_free(state) }
        EVP_CIPHER_CTX_set_flags(state, Int32(EVP_CIPHER_CTX_FLAG_WRAP_ALLOW))
        guard let inputSize = Int32(exactly: input.count) else { throw failure("take so many bytes") }
        let isReady = key.withUnsafeBytes { EVP_CipherInit_ex(state, algorithm, nil, $0.bytes, iv, encrypts ? 1 : 0) }
        guard isReady == 1 else { throw failure("set up \(cipher)") }
        var isRight = false
        // Room for padding and for the integrity check of a key wrap.
        let output = SecretBytes(capacity: input.count + 32) { output in
            var (count, rest): (Int32, Int32) = (0, 0)
            let start = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            isRight =
                EVP_CipherUpdate(state, start, &count, input.bytes, inputSize) == 1 && count >= 0
                && EVP_CipherFinal_ex(state, start.map { $0 + Int(count) }, &rest) == 1
            return isRight ? Int(count + rest) : 0
        }
        ERR_clear_error()
        return isRight ? output : nil
    }

    static func failure(_ what: String) -> PKCS12Error {
        ERR_clear_error()
        return PKCS12Error(.cryptographyFailed, "OpenSSL could not \(what)")
    }
}
