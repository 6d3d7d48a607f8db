import CGnuTLS
import PKCS12
import Providers

/// Digests, HMAC, random numbers by GnuTLS; derivation, ciphers and RSA are in extensions.
struct GnuTLSCrypto: CryptoProvider {
    let capabilities: CryptoCapabilities
    private let library: GnuTLSLibrary

    init(_ library: GnuTLSLibrary) {
        self.library = library
        let digests = Set(DigestAlgorithm.allCases.filter(Self.works))
        let ciphers = Set(
            ContentCipher.allCases.filter { cipher in
                cipher.keyByteCounts.allSatisfy { Self.works(cipher, keyByteCount: $0, in: library) }
            })
        capabilities = CryptoCapabilities(
            digests: digests, ciphers: ciphers, note: Self.note(digests: digests, ciphers: ciphers, in: library))
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try require(digest)
        return try Self.digest(data, with: digest)
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try require(digest)
        return try Self.hmac(data, with: digest, key: key)
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { output, written in
            try gnuTLS("make random bytes", gnutls_rnd(GNUTLS_RND_KEY, output.baseAddress, count))
            written = count
        }
    }

    func require(_ digest: DigestAlgorithm) throws {
        guard capabilities.digests.contains(digest) else { throw unsupported(digest) }
    }

    /// A cipher for one text.
    func cipher(_ algorithm: ContentCipher, key: SecretBytes, iv: SecretBytes) throws -> any CBCCipher {
        guard algorithm.keyByteCounts.contains(key.count), iv.count == algorithm.blockByteCount else {
            throw PKCS12Error(.invalidArgument, "the key or the initialization vector has a size that does not fit")
        }
        guard capabilities.ciphers.contains(algorithm) else { throw unsupported(algorithm) }
        return try Self.cipher(algorithm, key: key, iv: iv)
    }

    private func unsupported(_ algorithm: Any) -> PKCS12Error {
        PKCS12Error(
            .unsupportedAlgorithm, "\(library.version) does not give \(algorithm) on this machine",
            hint: capabilities.note)
    }

    private static func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try data.withUnsafeBytes { data in
            try [UInt8](unsafeUninitializedCapacity: digest.byteCount) { output, count in
                try gnuTLS(
                    "compute a digest",
                    gnutls_hash_fast(digest.gnuTLSDigest, data.baseAddress, data.count, output.baseAddress))
                count = digest.byteCount
            }
        }
    }

    private static func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws
        -> [UInt8]
    {
        try data.withUnsafeBytes { data in
            try key.withUnsafeBytes { key in
                try [UInt8](unsafeUninitializedCapacity: digest.byteCount) { output, count in
                    try gnuTLS(
                        "compute HMAC",
                        gnutls_hmac_fast(
                            digest.gnuTLSMAC, key.baseAddress, key.count, data.baseAddress, data.count,
                            output.baseAddress))
                    count = digest.byteCount
                }
            }
        }
    }
}

/// What GnuTLS gives on this machine is found by asking for it: no function tells what a policy forbids.
extension GnuTLSCrypto {
    private static func works(_ algorithm: DigestAlgorithm) -> Bool {
        let key = SecretBytes(copying: Array(repeating: 1, count: 32))
        let derivation = KeyDerivation(
            method: .pbkdf2, digest: algorithm, password: key, salt: Array(repeating: 2, count: 16), iterations: 1,
            byteCount: algorithm.byteCount)
        do {
            _ = try digest([], with: algorithm)
            _ = try hmac([], with: algorithm, key: key)
            _ = try pbkdf2Key(derivation)
            return true
        } catch {
            return false
        }
    }

    private static func works(_ algorithm: ContentCipher, keyByteCount: Int, in library: GnuTLSLibrary) -> Bool {
        // RC2 comes from nettle, which knows of no mode: what GnuTLS would refuse is refused here.
        if algorithm == .rc2CBC && library.isInFIPSMode { return false }
        let key = SecretBytes(copying: (0..<keyByteCount).map { UInt8($0 + 1) })
        let iv = SecretBytes(copying: Array(repeating: 0, count: algorithm.blockByteCount))
        return (try? cipher(algorithm, key: key, iv: iv)) != nil
    }

    private static func note(
        digests: Set<DigestAlgorithm>, ciphers: Set<ContentCipher>, in library: GnuTLSLibrary
    ) -> String? {
        let missing =
            DigestAlgorithm.allCases.filter { !digests.contains($0) }.map { "\($0)" }
            + ContentCipher.allCases.filter { !ciphers.contains($0) }.map { "\($0)" }
        guard !missing.isEmpty else { return nil }
        let cause = library.isInFIPSMode ? "FIPS mode" : "this machine's build or crypto policy of GnuTLS"
        return "\(cause) takes away \(missing.joined(separator: ", ")); the openssl provider may have them"
    }
}
