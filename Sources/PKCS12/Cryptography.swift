/// The primitives that the PKCS#12 format needs from a cryptographic library.
///
/// Implementations must be safe to call from several threads at once.
/// They throw ``PKCS12Error`` with
/// - ``PKCS12Error/Code/unsupportedAlgorithm`` when the library cannot do what is asked (the reason names the algorithm);
/// - ``PKCS12Error/Code/decryptionFailed`` when the padding of a decrypted text is wrong, and for nothing else;
/// - ``PKCS12Error/Code/cryptographyFailed`` for any failure of the library itself.
public protocol PKCS12Cryptography: Sendable {
    /// Derives one key for each request, in the requests' order.
    ///
    /// The requests are independent of each other: an implementation may run them side by side.
    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes]

    /// Encrypts with PKCS#7 padding (RFC 8018 §6.1.1).
    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]

    /// Decrypts, and removes PKCS#7 padding.
    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes

    /// The HMAC of `data` (RFC 2104).
    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8]

    /// The digest of `data`.
    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8]

    /// `count` bytes fit for keys and salts.
    func randomBytes(_ count: Int) throws -> [UInt8]
}

extension PKCS12Cryptography {
    /// As ``derive(_:)``, and makes sure that there is a key for each request. Nobody is asked for none.
    package func deriveAll(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        guard !requests.isEmpty else { return [] }
        let keys = try derive(requests)
        guard keys.count == requests.count else {
            throw PKCS12Error(
                .cryptographyFailed, "the provider gave \(keys.count) keys for \(requests.count) requests")
        }
        return keys
    }
}

/// A hash function of FIPS 180-4.
public enum DigestAlgorithm: UInt32, Sendable, Hashable, CaseIterable {
    case sha1 = 1
    case sha224 = 2
    case sha256 = 3
    case sha384 = 4
    case sha512 = 5

    /// The size of a digest, in bytes.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The size of a block of the compression function, in bytes (`v` of RFC 7292 appendix B.2).
    public var blockByteCount: Int {
        switch self {
        case .sha1, .sha224, .sha256: 64
        case .sha384, .sha512: 128
        }
    }
}

/// A block cipher in CBC mode.
public enum ContentCipher: UInt32, Sendable, Hashable, CaseIterable {
    /// DES-EDE3-CBC. The key has 24 bytes; for two-key 3DES its last 8 repeat its first 8.
    case tripleDESCBC = 1
    /// RC2-CBC (RFC 2268). The key's length in bits is the effective key size: 5, 8 or 16 bytes.
    case rc2CBC = 2
    case aes128CBC = 3
    case aes192CBC = 4
    case aes256CBC = 5

    /// The key sizes that the cipher takes, in bytes.
    public var keyByteCounts: [Int] {
        switch self {
        case .tripleDESCBC: [24]
        case .rc2CBC: [5, 8, 16]
        case .aes128CBC: [16]
        case .aes192CBC: [24]
        case .aes256CBC: [32]
        }
    }

    /// The size of a block, and so of the initialization vector, in bytes.
    public var blockByteCount: Int {
        switch self {
        case .tripleDESCBC, .rc2CBC: 8
        case .aes128CBC, .aes192CBC, .aes256CBC: 16
        }
    }
}

/// One key to derive from a password.
public struct KeyDerivation: Sendable {
    /// How a password becomes a key.
    public enum Method: Sendable, Hashable {
        /// RFC 7292 appendix B.2 with this ID byte; the password is a BMPString with its terminator.
        case pkcs12(Purpose)
        /// PBKDF2 with HMAC (RFC 8018 §5.2).
        case pbkdf2
    }

    /// The ID byte of RFC 7292 appendix B.3.
    public enum Purpose: UInt8, Sendable, Hashable {
        case encryptionKey = 1
        case initializationVector = 2
        case macKey = 3
    }

    public var method: Method
    public var digest: DigestAlgorithm
    /// The password, encoded as the method wants it.
    public var password: SecretBytes
    public var salt: [UInt8]
    /// At least 1.
    public var iterations: Int
    /// The number of bytes wanted: at least 1.
    public var byteCount: Int

    public init(
        method: Method, digest: DigestAlgorithm, password: SecretBytes, salt: [UInt8], iterations: Int, byteCount: Int
    ) {
        self.method = method
        self.digest = digest
        self.password = password
        self.salt = salt
        self.iterations = iterations
        self.byteCount = byteCount
    }
}
