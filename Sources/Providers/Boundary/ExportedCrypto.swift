import CProviderABI
import PKCS12

/// A ``CryptoProvider`` behind the functions of `recapi_crypto_v1`; the table's context points to it.
final class ExportedCrypto: Sendable {
    fileprivate let crypto: any CryptoProvider

    init(_ crypto: any CryptoProvider) {
        self.crypto = crypto
    }

    /// The table's context is not retained; its note is the caller's to free.
    var table: recapi_crypto_v1 {
        recapi_crypto_v1(
            struct_size: UInt32(MemoryLayout<recapi_crypto_v1>.size),
            digests: crypto.capabilities.digests.boundaryBits, ciphers: crypto.capabilities.ciphers.boundaryBits,
            reserved: 0, note: crypto.capabilities.note.flatMap(ExportedProvider.copy),
            context: Unmanaged.passUnretained(self).toOpaque(),
            derive: { context, requests, count, reason in
                answer(context, reason) { crypto in
                    guard let requests = UnsafeBufferPointer(checking: requests, count: count) else {
                        throw PKCS12Error(.invalidArgument, "no requests")
                    }
                    let keys = try crypto.derive(try requests.map(KeyDerivation.init))
                    for (key, request) in zip(keys, requests) {
                        try write(key, to: request.output, request.output_size)
                    }
                }
            },
            encrypt: { context, cipher, key, iv, plaintext, output, reason in
                answer(context, reason) { crypto in
                    let encrypted = try crypto.encrypt(
                        try SecretBytes(plaintext), with: try algorithm(cipher),
                        key: try SecretBytes(key), iv: try SecretBytes(iv))
                    try encrypted.withUnsafeBytes { try present(output).pointee.fill(with: $0) }
                }
            },
            decrypt: { context, cipher, key, iv, ciphertext, output, reason in
                answer(context, reason) { crypto in
                    let decrypted = try crypto.decrypt(
                        Array(try ciphertext.checked())[...], with: try algorithm(cipher),
                        key: try SecretBytes(key), iv: try SecretBytes(iv))
                    try decrypted.withUnsafeBytes { try present(output).pointee.fill(with: $0) }
                }
            },
            hmac: { context, digest, key, data, output, size, reason in
                answer(context, reason) { crypto in
                    let mac = try crypto.hmac(
                        Array(try data.checked())[...], with: try algorithm(digest),
                        key: try SecretBytes(key))
                    try write(mac, to: output, size)
                }
            },
            digest: { context, digest, data, output, size, reason in
                answer(context, reason) { crypto in
                    try write(
                        try crypto.digest(Array(try data.checked())[...], with: try algorithm(digest)), to: output, size
                    )
                }
            },
            random: { context, output, size, reason in
                answer(context, reason) { crypto in
                    guard let count = Int(exactly: size) else { throw BufferTooSmall() }
                    try write(try crypto.randomBytes(count), to: output, size)
                }
            },
            rsa_check: { context, key, defects, reason in
                answer(context, reason) { crypto in
                    let key = try RSAPrivateKey(try present(key).pointee)
                    try present(defects).pointee = try crypto.check(key).rawValue
                }
            },
            rsa_generate: { context, bitCount, buffers, reason in
                answer(context, reason) { crypto in
                    let buffers = try present(buffers)
                    try crypto.generateRSAKey(bitCount: Int(bitCount)).withCKey { try buffers.pointee.fill(with: $0) }
                }
            },
            rsa_sign: { context, digest, key, message, signature, reason in
                answer(context, reason) { crypto in
                    let signed = try crypto.sign(
                        Array(try message.checked())[...], with: try algorithm(digest),
                        key: try RSAPrivateKey(try present(key).pointee))
                    try signed.withUnsafeBytes { try present(signature).pointee.fill(with: $0) }
                }
            },
            rsa_verify: crypto.verifiesSignatures ? verify : nil)
    }

    private var verify: CryptoFunctions.RSAVerify {
        { context, digest, modulus, exponent, message, signature, reason in
            answer(context, reason) { crypto in
                let key = RSAPublicKey(modulus: Array(try modulus.checked()), exponent: Array(try exponent.checked()))
                try crypto.verify(
                    Array(try signature.checked()), of: Array(try message.checked())[...], with: try algorithm(digest),
                    key: key)
            }
        }
    }
}

private func answer(
    _ context: UnsafeMutableRawPointer?, _ reason: UnsafeMutablePointer<recapi_reason>?,
    _ body: (any CryptoProvider) throws -> Void
) -> recapi_status {
    answerCall(reason) {
        guard let context else { throw PKCS12Error(.invalidArgument, "no context") }
        try body(Unmanaged<ExportedCrypto>.fromOpaque(context).takeUnretainedValue().crypto)
    }
}

func algorithm<Algorithm: RawRepresentable<UInt32>>(_ number: UInt32) throws -> Algorithm {
    guard let algorithm = Algorithm(rawValue: number) else {
        throw PKCS12Error(.unsupportedAlgorithm, "there is no \(Algorithm.self) number \(number)")
    }
    return algorithm
}

func present<Pointer>(_ pointer: Pointer?) throws -> Pointer {
    guard let pointer else { throw PKCS12Error(.invalidArgument, "a pointer is NULL") }
    return pointer
}

private func write(_ bytes: [UInt8], to output: UnsafeMutablePointer<UInt8>?, _ size: UInt64) throws {
    try bytes.withUnsafeBytes { try write($0, to: output, size) }
}

private func write(_ secret: SecretBytes, to output: UnsafeMutablePointer<UInt8>?, _ size: UInt64) throws {
    try secret.withUnsafeBytes { try write($0, to: output, size) }
}

/// Fills an output whose size the caller knows.
private func write(_ bytes: UnsafeRawBufferPointer, to output: UnsafeMutablePointer<UInt8>?, _ size: UInt64) throws {
    guard size == UInt64(bytes.count), output != nil || bytes.isEmpty else {
        throw PKCS12Error(.invalidArgument, "an output of \(size) bytes for a result of \(bytes.count)")
    }
    UnsafeMutableRawBufferPointer(start: output, count: bytes.count).copyMemory(from: bytes)
}

extension KeyDerivation {
    fileprivate init(_ request: recapi_derivation) throws {
        guard let method = Method(boundaryNumber: request.method) else {
            throw PKCS12Error(.unsupportedAlgorithm, "there is no derivation method number \(request.method)")
        }
        guard let iterations = Int(exactly: request.iterations), iterations >= 1,
            let byteCount = Int(exactly: request.output_size), byteCount >= 1
        else {
            throw PKCS12Error(
                .invalidArgument,
                "cannot derive \(request.output_size) bytes with \(request.iterations) iterations")
        }
        self.init(
            method: method, digest: try algorithm(request.digest),
            password: try SecretBytes(request.password),
            salt: Array(try request.salt.checked()), iterations: iterations, byteCount: byteCount)
    }
}

extension UnsafeBufferPointer {
    /// nil where the pointer and the count do not fit together.
    fileprivate init?(checking start: UnsafePointer<Element>?, count: UInt64) {
        guard let count = Int(exactly: count), start != nil || count == 0 else { return nil }
        self.init(start: start, count: count)
    }
}

extension recapi_rsa_buffers {
    fileprivate mutating func fill(with key: recapi_rsa_key) throws {
        try modulus.fill(with: try key.modulus.checked())
        try public_exponent.fill(with: try key.public_exponent.checked())
        try private_exponent.fill(with: try key.private_exponent.checked())
        try prime1.fill(with: try key.prime1.checked())
        try prime2.fill(with: try key.prime2.checked())
        try exponent1.fill(with: try key.exponent1.checked())
        try exponent2.fill(with: try key.exponent2.checked())
        try coefficient.fill(with: try key.coefficient.checked())
    }
}
