import PKCS12

/// The cryptography of a provider in a process of its own.
///
/// Arguments are checked there, where ``ImportedCrypto`` stands before the plugin; answers are checked here, against what
/// was asked, since a process in which a plugin went wild can answer anything.
struct IsolatedCrypto: CryptoProvider {
    let pool: HostPool
    let capabilities: CryptoCapabilities
    let verifiesSignatures: Bool

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        try pool.call(
            .derive, answerLimit: requests.reduce(0) { $0 + Self.room($1.byteCount) }, cost: .derivation(requests)
        ) { message in
            message.append(requests) { $0.append($1) }
        } read: { answer in
            try requests.map { try answer.secret(exactly: $0.byteCount) }
        }
    }

    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        let expected = (plaintext.count / cipher.blockByteCount + 1) * cipher.blockByteCount
        return try pool.call(
            .encrypt, answerLimit: expected + Self.field, cost: .data(byteCount: expected)
        ) { message in
            message.append(UInt64(cipher.rawValue))
            message.append(plaintext)
            message.append(key)
            message.append(iv)
        } read: {
            try $0.bytes(exactly: expected)
        }
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        try pool.call(
            .decrypt, answerLimit: ciphertext.count + Self.field, cost: .data(byteCount: ciphertext.count)
        ) { message in
            message.append(UInt64(cipher.rawValue))
            message.append(ciphertext)
            message.append(key)
            message.append(iv)
        } read: {
            try $0.secret(count: max(0, ciphertext.count - cipher.blockByteCount)...max(0, ciphertext.count - 1))
        }
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try pool.call(
            .hmac, answerLimit: Self.room(digest.byteCount), cost: .data(byteCount: data.count)
        ) { message in
            message.append(UInt64(digest.rawValue))
            message.append(data)
            message.append(key)
        } read: {
            try $0.bytes(exactly: digest.byteCount)
        }
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try pool.call(
            .digest, answerLimit: Self.room(digest.byteCount), cost: .data(byteCount: data.count)
        ) { message in
            message.append(UInt64(digest.rawValue))
            message.append(data)
        } read: {
            try $0.bytes(exactly: digest.byteCount)
        }
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        try pool.call(.random, answerLimit: Self.room(count)) {
            $0.append(count)
        } read: {
            try $0.bytes(exactly: count)
        }
    }

    func check(_ key: RSAPrivateKey) throws -> RSADefects {
        try pool.call(.check, answerLimit: Self.field) {
            $0.append(key)
        } read: {
            RSADefects(rawValue: UInt32(try $0.number(in: 0...Int(UInt32.max))))
        }
    }

    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        // Eight numbers, the largest as long as the modulus.
        try pool.call(
            .generate, answerLimit: 8 * Self.room(bitCount / 8 + 1), cost: .keyGeneration(bitCount: bitCount)
        ) {
            $0.append(bitCount)
        } read: { answer in
            let key = try answer.rsaKey()
            guard key.bitCount == bitCount else { throw MessageError("an RSA key of another size than asked") }
            return key
        }
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        try pool.call(
            .sign, answerLimit: Self.room(key.modulus.count), cost: .data(byteCount: message.count)
        ) {
            $0.append(UInt64(digest.rawValue))
            $0.append(message)
            $0.append(key)
        } read: {
            try $0.bytes(exactly: key.modulus.count)
        }
    }

    func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws {
        try pool.call(.verify, answerLimit: 0, cost: .data(byteCount: message.count)) {
            $0.append(UInt64(digest.rawValue))
            $0.append(message)
            $0.append(signature)
            $0.append(key.modulus)
            $0.append(key.exponent)
        } read: { _ in
        }
    }

    /// A number, or the count before bytes.
    private static let field = MemoryLayout<UInt64>.size

    /// The size of a field of so many bytes; for counts that the host will refuse as well.
    private static func room(_ byteCount: Int) -> Int { min(max(byteCount, 0), 1 << 20) + field }
}

extension MessageReader {
    fileprivate mutating func bytes(exactly count: Int) throws -> [UInt8] {
        try bytes(count: max(count, 0)...max(count, 0))
    }

    fileprivate mutating func secret(exactly count: Int) throws -> SecretBytes {
        try secret(count: max(count, 0)...max(count, 0))
    }
}
