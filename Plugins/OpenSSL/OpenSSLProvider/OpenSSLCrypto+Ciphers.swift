import COpenSSL
import PKCS12

extension OpenSSLCrypto {
    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        let context = try CipherContext(try fetched(cipher, key: key), key: key, iv: iv, encrypting: true)
        return try plaintext.withUnsafeBytes { plaintext in
            try [UInt8](unsafeUninitializedCapacity: plaintext.count + cipher.blockByteCount) { output, count in
                let output = UnsafeMutableRawBufferPointer(output)
                count = try context.update(plaintext, into: output)
                guard let last = context.finish(into: UnsafeMutableRawBufferPointer(rebasing: output[count...])) else {
                    throw OpenSSLError.drain("encrypt")
                }
                count += last
            }
        }
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: cipher.blockByteCount) else {
            throw PKCS12Error(.malformed, "the ciphertext is not a whole number of blocks")
        }
        let context = try CipherContext(try fetched(cipher, key: key), key: key, iv: iv, encrypting: false)
        return try ciphertext.withUnsafeBytes { ciphertext in
            // OpenSSL wants room for one more block than it uses.
            try SecretBytes(capacity: ciphertext.count + cipher.blockByteCount) { output in
                let count = try context.update(ciphertext, into: output)
                guard let last = context.finish(into: UnsafeMutableRawBufferPointer(rebasing: output[count...])) else {
                    OpenSSLError.clear()
                    throw PKCS12Error(.decryptionFailed, "the padding of the decrypted text is wrong")
                }
                return count + last
            }
        }
    }
}

/// One encryption or decryption with PKCS#7 padding, which is OpenSSL's default.
private final class CipherContext: Handle {
    init(_ cipher: Cipher, key: SecretBytes, iv: SecretBytes, encrypting: Bool) throws {
        OpenSSLError.clear()
        super.init(
            takingOwnership: try openSSL("set up a cipher", EVP_CIPHER_CTX_new()), free: EVP_CIPHER_CTX_free)
        try cipher.withPointer { cipher in
            guard Int(EVP_CIPHER_get_key_length(cipher)) == key.count,
                Int(EVP_CIPHER_get_iv_length(cipher)) == iv.count
            else {
                throw PKCS12Error(.invalidArgument, "a key or an initialization vector has a size that does not fit")
            }
            let status = key.withUnsafeBytes { key in
                iv.withUnsafeBytes { iv in
                    withPointer { EVP_CipherInit_ex2($0, cipher, key.bytes, iv.bytes, encrypting ? 1 : 0, nil) }
                }
            }
            try openSSL("set up a cipher", status)
        }
    }

    func update(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let length = Int32(exactly: input.count) else {
            throw PKCS12Error(.invalidArgument, "a text of \(input.count) bytes is too large")
        }
        var count: Int32 = 0
        let status = withPointer { EVP_CipherUpdate($0, output.bytes, &count, input.bytes, length) }
        try openSSL("run a cipher", status)
        return Int(count)
    }

    /// nil where the padding is wrong.
    func finish(into output: UnsafeMutableRawBufferPointer) -> Int? {
        var count: Int32 = 0
        return withPointer { EVP_CipherFinal_ex($0, output.bytes, &count) } == 1 ? Int(count) : nil
    }
}
