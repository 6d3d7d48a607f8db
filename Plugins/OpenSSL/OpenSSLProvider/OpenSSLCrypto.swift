import COpenSSL
import PKCS12
import Providers

/// Digests, ciphers, random numbers by OpenSSL; derivation and RSA are in extensions.
struct OpenSSLCrypto: CryptoProvider {
    let library: OpenSSLLibrary
    let capabilities: CryptoCapabilities
    let pbkdf2: KeyDerivationFunction
    private let digests: [DigestAlgorithm: Digest]
    private let hmacs: [DigestAlgorithm: HMACTemplate]
    private let ciphers: [CipherKey: Cipher]

    private struct CipherKey: Hashable {
        let algorithm: ContentCipher
        let keyByteCount: Int
    }

    init(_ library: OpenSSLLibrary) throws {
        self.library = library
        pbkdf2 = try KeyDerivationFunction("PBKDF2", in: library)
        digests = Dictionary(
            uniqueKeysWithValues: try DigestAlgorithm.allCases.map { ($0, try Digest($0, in: library)) })
        hmacs = Dictionary(
            uniqueKeysWithValues: try DigestAlgorithm.allCases.map { ($0, try HMACTemplate($0, in: library)) })
        ciphers = ContentCipher.allCases.reduce(into: [:]) { found, algorithm in
            for count in algorithm.keyByteCounts {
                found[CipherKey(algorithm: algorithm, keyByteCount: count)] =
                    Cipher(algorithm, keyByteCount: count, in: library)
            }
        }
        let found = ciphers
        capabilities = CryptoCapabilities(
            ciphers: Set(
                ContentCipher.allCases.filter { algorithm in
                    algorithm.keyByteCounts.allSatisfy {
                        found[CipherKey(algorithm: algorithm, keyByteCount: $0)] != nil
                    }
                }),
            note: library.note)
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        guard let fetched = digests[digest] else { throw unsupported(digest) }
        return try data.withUnsafeBytes { data in
            try [UInt8](unsafeUninitializedCapacity: digest.byteCount) { output, count in
                let status = fetched.withPointer {
                    EVP_Digest(data.baseAddress, data.count, output.baseAddress, nil, $0, nil)
                }
                try openSSL("digest", status)
                count = digest.byteCount
            }
        }
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        guard let template = hmacs[digest] else { throw unsupported(digest) }
        let context = try openSSL("set up HMAC", template.withPointer { EVP_MAC_CTX_dup($0) })
        defer { EVP_MAC_CTX_free(context) }
        return try data.withUnsafeBytes { data in
            try key.withUnsafeBytes { key in
                try [UInt8](unsafeUninitializedCapacity: digest.byteCount) { output, count in
                    // A NULL key would mean "the key set before": an empty one still has memory.
                    try openSSL("set up HMAC", EVP_MAC_init(context, key.bytes, key.count, nil))
                    try openSSL("compute HMAC", EVP_MAC_update(context, data.bytes, data.count))
                    try openSSL("compute HMAC", EVP_MAC_final(context, output.baseAddress, &count, output.count))
                }
            }
        }
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { output, written in
            let status = library.withContext { RAND_bytes_ex($0, output.baseAddress, count, 0) }
            try openSSL("make random bytes", status)
            written = count
        }
    }

    func fetched(_ algorithm: ContentCipher, key: SecretBytes) throws -> Cipher {
        guard let cipher = ciphers[CipherKey(algorithm: algorithm, keyByteCount: key.count)] else {
            guard algorithm.keyByteCounts.contains(key.count) else {
                throw PKCS12Error(.invalidArgument, "\(algorithm) takes no key of \(key.count) bytes")
            }
            throw unsupported(algorithm)
        }
        return cipher
    }

    private func unsupported(_ algorithm: Any) -> PKCS12Error {
        PKCS12Error(.unsupportedAlgorithm, "\(library.version) does not have \(algorithm)", hint: library.note)
    }
}

extension UnsafeRawBufferPointer {
    /// The start of the bytes as C wants it.
    var bytes: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    /// The start of the bytes as C wants it.
    var bytes: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
