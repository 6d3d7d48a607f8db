import CProviderABI
import PKCS12

/// The cryptography of a table that came through the boundary.
struct ImportedCrypto: CryptoProvider, @unchecked Sendable {
    // Sendable: the table is a copy, its functions may be called from any thread (the boundary's rule).
    private let provider: String
    private let table: recapi_crypto_v1
    private let functions: Functions
    private let owner: AnyObject?
    let capabilities: CryptoCapabilities

    /// The functions of a complete table.
    private struct Functions {
        let derive: CryptoFunctions.Derive
        let encrypt: CryptoFunctions.Cipher
        let decrypt: CryptoFunctions.Cipher
        let hmac: CryptoFunctions.HMAC
        let digest: CryptoFunctions.Digest
        let random: CryptoFunctions.Random
        let check: CryptoFunctions.RSACheck
        let generate: CryptoFunctions.RSAGenerate
        let sign: CryptoFunctions.RSASign
        let verify: CryptoFunctions.RSAVerify?
    }

    /// - Throws: ``ProviderError`` `inconsistent` where the table is not complete.
    init(provider: String, table pointer: UnsafePointer<recapi_crypto_v1>, owner: AnyObject?) throws {
        // Older tables end before the function that verifies signatures.
        let table = try ImportedProvider.copy(pointer, least: MemoryLayout<recapi_crypto_v1>.offset(of: \.rsa_verify)) {
            ProviderError(.inconsistent, "the crypto table of the provider \(provider) is too short")
        }
        guard let derive = table.derive, let encrypt = table.encrypt, let decrypt = table.decrypt,
            let hmac = table.hmac, let digest = table.digest, let random = table.random,
            let check = table.rsa_check, let generate = table.rsa_generate, let sign = table.rsa_sign
        else {
            throw ProviderError(.inconsistent, "the crypto table of the provider \(provider) has gaps")
        }
        self.provider = provider
        self.table = table
        self.owner = owner
        functions = Functions(
            derive: derive, encrypt: encrypt, decrypt: decrypt, hmac: hmac, digest: digest, random: random,
            check: check, generate: generate, sign: sign, verify: table.rsa_verify)
        capabilities = CryptoCapabilities(
            digests: Set(boundaryBits: table.digests), ciphers: Set(boundaryBits: table.ciphers),
            note: ImportedProvider.text(table.note, limit: 512))
    }

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        for request in requests {
            try require(request.digest)
            guard request.iterations >= 1, (1...Self.largestKey).contains(request.byteCount) else {
                throw PKCS12Error(
                    .invalidArgument,
                    "cannot derive \(request.byteCount) bytes with \(request.iterations) iterations")
            }
        }
        // All keys lie side by side in one block, so that one call can fill them.
        let keys = try SecretBytes(capacity: requests.reduce(0) { $0 + $1.byteCount }) { output in
            try withCRequests(requests, output: output) { requests in
                try callProvider(provider) {
                    functions.derive(table.context, requests.baseAddress, UInt64(requests.count), $0)
                }
            }
            return output.count
        }
        return keys.withUnsafeBytes { keys in
            var start = 0
            return requests.map { request in
                defer { start += request.byteCount }
                return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: keys[start..<start + request.byteCount]))
            }
        }
    }

    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        try require(cipher, key: key, iv: iv)
        let expected = (plaintext.count / cipher.blockByteCount + 1) * cipher.blockByteCount
        return try plaintext.withUnsafeBytes { plaintext in
            try [UInt8](unsafeUninitializedCapacity: expected) { output, count in
                count = try transform(
                    functions.encrypt, cipher, key, iv, plaintext, UnsafeMutableRawBufferPointer(output),
                    expecting: expected...expected)
            }
        }
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        try require(cipher, key: key, iv: iv)
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: cipher.blockByteCount) else {
            throw PKCS12Error(.malformed, "the ciphertext is not a whole number of blocks")
        }
        return try ciphertext.withUnsafeBytes { ciphertext in
            try SecretBytes(capacity: ciphertext.count) { output in
                try transform(
                    functions.decrypt, cipher, key, iv, ciphertext, output,
                    expecting: ciphertext.count - cipher.blockByteCount...ciphertext.count - 1)
            }
        }
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try require(digest)
        return try data.withUnsafeBytes { data in
            try key.withUnsafeBytes { key in
                try filled(digest.byteCount) { output, size, reason in
                    functions.hmac(
                        table.context, digest.rawValue, recapi_bytes(key), recapi_bytes(data), output, size, reason)
                }
            }
        }
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try require(digest)
        return try data.withUnsafeBytes { data in
            try filled(digest.byteCount) { output, size, reason in
                functions.digest(table.context, digest.rawValue, recapi_bytes(data), output, size, reason)
            }
        }
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        guard (0...Self.largestKey).contains(count) else {
            throw PKCS12Error(.invalidArgument, "cannot make \(count) random bytes")
        }
        return try filled(count) { functions.random(table.context, $0, $1, $2) }
    }

    func check(_ key: RSAPrivateKey) throws -> RSADefects {
        var defects: UInt32 = .max
        try key.withCKey { key in
            var key = key
            try callProvider(provider) { functions.check(table.context, &key, &defects, $0) }
        }
        return RSADefects(rawValue: defects)
    }

    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        guard (16...16384).contains(bitCount) else {
            throw PKCS12Error(.invalidArgument, "cannot make an RSA key of \(bitCount) bits")
        }
        let key = try RSAKeyBuffers.filled(bitCount: bitCount) { buffers in
            try callProvider(provider) { functions.generate(table.context, UInt32(bitCount), &buffers, $0) }
        }
        guard let key, key.bitCount == bitCount else {
            throw ProviderError(.inconsistent, "the provider \(provider) makes an RSA key of another size than asked")
        }
        return key
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        try require(digest)
        let expected = key.modulus.count
        return try key.withCKey { key in
            var key = key
            return try message.withUnsafeBytes { message in
                try [UInt8](unsafeUninitializedCapacity: expected) { output, count in
                    var signature = recapi_buffer(UnsafeMutableRawBufferPointer(output))
                    try callProvider(provider) {
                        functions.sign(
                            table.context, digest.rawValue, &key, recapi_bytes(message), &signature, $0)
                    }
                    count = try size(of: signature, expecting: expected...expected)
                }
            }
        }
    }

    var verifiesSignatures: Bool { functions.verify != nil }

    func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws {
        guard let verify = functions.verify else {
            throw PKCS12Error(.unsupportedAlgorithm, "the provider \(provider) cannot verify signatures")
        }
        try require(digest)
        guard key.canVerify, signature.count == key.modulus.count else {
            throw PKCS12Error(
                .signatureInvalid, "a signature of \(signature.count) bytes cannot be one of this public key")
        }
        try withSpans(of: [key.modulus, key.exponent, signature]) { spans in
            try message.withUnsafeBytes { message in
                try callProvider(provider) {
                    verify(table.context, digest.rawValue, spans[0], spans[1], recapi_bytes(message), spans[2], $0)
                }
            }
        }
    }

    /// The largest key or random value that makes sense; keeps sizes far from overflow.
    private static let largestKey = 1 << 20

    private func require(_ digest: DigestAlgorithm) throws {
        guard capabilities.digests.contains(digest) else { throw unsupported(digest) }
    }

    private func require(_ cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws {
        guard capabilities.ciphers.contains(cipher) else { throw unsupported(cipher) }
        guard cipher.keyByteCounts.contains(key.count), iv.count == cipher.blockByteCount else {
            throw PKCS12Error(
                .invalidArgument, "\(cipher) takes no key of \(key.count) bytes with an IV of \(iv.count) bytes")
        }
    }

    private func unsupported(_ algorithm: Any) -> PKCS12Error {
        PKCS12Error(
            .unsupportedAlgorithm, "the provider \(provider) does not have \(algorithm)", hint: capabilities.note)
    }

    private func transform(
        _ function: CryptoFunctions.Cipher, _ cipher: ContentCipher, _ key: SecretBytes, _ iv: SecretBytes,
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, expecting sizes: ClosedRange<Int>
    ) throws -> Int {
        try key.withUnsafeBytes { key in
            try iv.withUnsafeBytes { iv in
                var buffer = recapi_buffer(output)
                try callProvider(provider) {
                    function(
                        table.context, cipher.rawValue, recapi_bytes(key), recapi_bytes(iv), recapi_bytes(input),
                        &buffer, $0)
                }
                return try size(of: buffer, expecting: sizes)
            }
        }
    }

    private func size(of buffer: recapi_buffer, expecting sizes: ClosedRange<Int>) throws -> Int {
        guard let size = Int(exactly: buffer.size), sizes.contains(size) else {
            throw ProviderError(.inconsistent, "the provider \(provider) reports a result of \(buffer.size) bytes")
        }
        return size
    }

    private func filled(
        _ count: Int,
        _ function: (UnsafeMutablePointer<UInt8>?, UInt64, UnsafeMutablePointer<recapi_reason>) -> recapi_status
    ) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { output, written in
            output.initialize(repeating: 0)
            try callProvider(provider) { function(output.baseAddress, UInt64(count), $0) }
            written = count
        }
    }

    /// What is derived from lies side by side in one block, as the keys do in `output`.
    private func withCRequests(
        _ requests: [KeyDerivation], output: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeBufferPointer<recapi_derivation>) throws -> Void
    ) throws {
        let inputs = SecretBytes(capacity: requests.reduce(0) { $0 + $1.password.count + $1.salt.count }) { memory in
            var rest = memory[...]
            func add(_ bytes: UnsafeRawBufferPointer) {
                UnsafeMutableRawBufferPointer(rebasing: rest).copyMemory(from: bytes)
                rest = rest.dropFirst(bytes.count)
            }
            for request in requests {
                request.password.withUnsafeBytes(add)
                request.salt.withUnsafeBytes(add)
            }
            return memory.count
        }
        try inputs.withUnsafeBytes { inputs in
            var (inputs, output) = (inputs[...], output[...])
            func input(_ count: Int) -> recapi_bytes {
                defer { inputs = inputs.dropFirst(count) }
                return recapi_bytes(UnsafeRawBufferPointer(rebasing: inputs.prefix(count)))
            }
            let derivations = requests.map { request in
                defer { output = output.dropFirst(request.byteCount) }
                return recapi_derivation(
                    method: request.method.boundaryNumber, digest: request.digest.rawValue,
                    password: input(request.password.count), salt: input(request.salt.count),
                    iterations: UInt64(request.iterations),
                    output: UnsafeMutableRawBufferPointer(rebasing: output).baseAddress?
                        .assumingMemoryBound(to: UInt8.self),
                    output_size: UInt64(request.byteCount))
            }
            try derivations.withUnsafeBufferPointer(body)
        }
    }
}

extension RSAPublicKey {
    /// Whether a signature of this key can mean anything: with an exponent of 0 or 1 everybody could make one, and libraries do
    /// not expect an even modulus.
    fileprivate var canVerify: Bool {
        guard (2...2_048).contains(modulus.count), let last = modulus.last, let low = exponent.last,
            modulus.first != 0, exponent.first != 0
        else { return false }
        let isBelowModulus =
            exponent.count < modulus.count
            || exponent.count == modulus.count && exponent.lexicographicallyPrecedes(modulus)
        return last % 2 == 1 && low % 2 == 1 && exponent != [1] && isBelowModulus
    }
}
