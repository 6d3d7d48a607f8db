import PKCS12

extension GnuTLSCrypto {
    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        let context = try self.cipher(cipher, key: key, iv: iv)
        return try padded(plaintext, blockByteCount: cipher.blockByteCount).withUnsafeBytes { padded in
            try [UInt8](unsafeUninitializedCapacity: padded.count) { output, count in
                try context.encrypt(padded, into: UnsafeMutableRawBufferPointer(output))
                count = padded.count
            }
        }
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: cipher.blockByteCount) else {
            throw PKCS12Error(.malformed, "the ciphertext is not a whole number of blocks")
        }
        let context = try self.cipher(cipher, key: key, iv: iv)
        return try ciphertext.withUnsafeBytes { ciphertext in
            try SecretBytes(capacity: ciphertext.count) { output in
                try context.decrypt(ciphertext, into: output)
                return try unpaddedCount(UnsafeRawBufferPointer(output), blockByteCount: cipher.blockByteCount)
            }
        }
    }
}

/// PKCS#7 padding (RFC 8018 §6.1.1), which GnuTLS has only from 3.7.7 on, and nettle not at all.
private func padded(_ text: SecretBytes, blockByteCount: Int) -> SecretBytes {
    let padding = blockByteCount - text.count % blockByteCount
    return SecretBytes(capacity: text.count + padding) { output in
        text.withUnsafeBytes(output.copyMemory)
        for index in text.count..<output.count { output[index] = UInt8(padding) }
        return output.count
    }
}

/// The size of a text without its padding.
///
/// - Throws: ``PKCS12Error`` `decryptionFailed`.
private func unpaddedCount(_ text: UnsafeRawBufferPointer, blockByteCount: Int) throws -> Int {
    let padding = text.last.map(Int.init) ?? 0
    guard (1...blockByteCount).contains(padding), text.suffix(padding).allSatisfy({ $0 == UInt8(padding) }) else {
        throw PKCS12Error(.decryptionFailed, "the padding of the decrypted text is wrong")
    }
    return text.count - padding
}
