import PKCS12

/// An implementation of the cryptography that recapi needs: a value with small capabilities, each optional.
///
/// Providers come from plugins, through the C boundary of `CProviderABI`; see ``ProviderLoader``.
public struct Provider: Sendable {
    /// A short lower-case name: letters, digits, hyphens.
    public var name: String
    /// The library behind the provider and its version, such as `OpenSSL 3.0.19`.
    public var library: String
    /// Derivation, ciphers, digests, random numbers, RSA.
    public var crypto: (any CryptoProvider)?
    /// The library's own PKCS#12 reader.
    public var reader: (any ReaderProvider)?
    /// Keys on tokens.
    public var tokens: (any TokenProvider)?
    /// Whether the provider is hosted in a process of its own.
    public var isIsolated = false

    public init(
        name: String, library: String, crypto: (any CryptoProvider)? = nil, reader: (any ReaderProvider)? = nil,
        tokens: (any TokenProvider)? = nil
    ) {
        self.name = name
        self.library = library
        self.crypto = crypto
        self.reader = reader
        self.tokens = tokens
    }
}

/// What PKCS#12 needs, and the RSA arithmetic that proves a key.
///
/// The error contract is that of ``PKCS12Cryptography``.
public protocol CryptoProvider: PKCS12Cryptography {
    /// What this provider can do; anything else it refuses with `unsupportedAlgorithm`.
    var capabilities: CryptoCapabilities { get }

    /// Checks by arithmetic that the numbers belong together; primes are not tested for primality,
    /// which would cost a hundred times as much (design.md §8).
    func check(_ key: RSAPrivateKey) throws -> RSADefects

    /// A new key with the public exponent 65537.
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over `message`.
    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8]

    /// Whether ``verify(_:of:with:key:)`` is there: older plugins do not have it.
    var verifiesSignatures: Bool { get }

    /// Checks a signature of RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over `message`.
    ///
    /// - Throws: ``PKCS12Error`` `signatureInvalid` where it is not the key's.
    func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey) throws
}

extension CryptoProvider {
    public var verifiesSignatures: Bool { false }

    public func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws {
        throw PKCS12Error(.unsupportedAlgorithm, "the provider cannot verify signatures")
    }
}

/// What a ``CryptoProvider`` can do.
public struct CryptoCapabilities: Sendable, Equatable {
    public var digests: Set<DigestAlgorithm>
    public var ciphers: Set<ContentCipher>
    /// Why a cipher or digest is missing, and which package would bring it; for `recapi providers`.
    public var note: String?

    public init(
        digests: Set<DigestAlgorithm> = Set(DigestAlgorithm.allCases),
        ciphers: Set<ContentCipher> = Set(ContentCipher.allCases), note: String? = nil
    ) {
        self.digests = digests
        self.ciphers = ciphers
        self.note = note
    }
}

/// What is wrong with the numbers of an RSA key; empty when nothing is.
public struct RSADefects: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// n ≠ p·q.
    public static let modulus = RSADefects(rawValue: 1)
    /// e·d ≢ 1 modulo p − 1 or q − 1.
    public static let privateExponent = RSADefects(rawValue: 2)
    /// dP ≢ d modulo p − 1, or not reduced.
    public static let exponent1 = RSADefects(rawValue: 4)
    /// dQ ≢ d modulo q − 1, or not reduced.
    public static let exponent2 = RSADefects(rawValue: 8)
    /// qInv·q ≢ 1 modulo p, or not reduced.
    public static let coefficient = RSADefects(rawValue: 16)
}

/// A library's own PKCS#12 reader, as the second opinion on a file.
///
/// It throws ``PKCS12Error``: `wrongPassword` (the library says that the MAC does not verify),
/// `unsupportedAlgorithm` (the library cannot read such a file), `malformed`, `cryptographyFailed`.
public protocol ReaderProvider: Sendable {
    /// What this reader reports beyond keys and certificates.
    var reports: ReaderFields { get }

    /// Reads a whole PFX.
    ///
    /// - Parameter password: UTF-8, without a terminator.
    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport

    /// Reads several files, which is faster side by side with some libraries. What is wrong with one touches no other.
    ///
    /// - Returns: for each, in order, what ``read(_:password:)`` would give or throw.
    func read(_ files: [FileToRead]) -> [Result<ReaderReport, any Error>]
}

extension ReaderProvider {
    public func read(_ files: [FileToRead]) -> [Result<ReaderReport, any Error>] {
        files.map { file in Result { try read(file.bytes, password: file.password) } }
    }
}

/// A whole PFX and its password, as ``ReaderProvider/read(_:password:)`` takes them.
public struct FileToRead: Sendable {
    public var bytes: ArraySlice<UInt8>
    public var password: SecretBytes

    public init(_ bytes: ArraySlice<UInt8>, password: SecretBytes) {
        self.bytes = bytes
        self.password = password
    }
}

/// Fields that some libraries' readers can report and others cannot.
public struct ReaderFields: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let providerName = ReaderFields(rawValue: 1)
    public static let machineKeySet = ReaderFields(rawValue: 2)
    public static let keyUsage = ReaderFields(rawValue: 4)
    public static let localKeyID = ReaderFields(rawValue: 8)
    public static let friendlyName = ReaderFields(rawValue: 16)

    public static let all: ReaderFields = [.providerName, .machineKeySet, .keyUsage, .localKeyID, .friendlyName]
}

/// What a library's own reader found in a file. Fields that the reader does not report are nil.
public struct ReaderReport: Sendable {
    public struct Key: Sendable {
        public var rsa: RSAPrivateKey
        /// The Microsoft CSP Name attributes, in order; empty when there is none.
        public var providerNames: [String]?
        public var machineKeySet: Bool?
        /// The first octet of the key-usage BIT STRING in the PKCS#8 attributes; 0 when there is none.
        public var keyUsage: UInt8?
        public var localKeyID: [UInt8]?
        public var friendlyName: String?

        public init(
            rsa: RSAPrivateKey, providerNames: [String]? = nil, machineKeySet: Bool? = nil, keyUsage: UInt8? = nil,
            localKeyID: [UInt8]? = nil, friendlyName: String? = nil
        ) {
            self.rsa = rsa
            self.providerNames = providerNames
            self.machineKeySet = machineKeySet
            self.keyUsage = keyUsage
            self.localKeyID = localKeyID
            self.friendlyName = friendlyName
        }
    }

    public struct Certificate: Sendable {
        public var der: [UInt8]
        public var localKeyID: [UInt8]?
        public var friendlyName: String?

        public init(der: [UInt8], localKeyID: [UInt8]? = nil, friendlyName: String? = nil) {
            self.der = der
            self.localKeyID = localKeyID
            self.friendlyName = friendlyName
        }
    }

    public var keys: [Key]
    /// In the order of the file, as far as the library keeps it.
    public var certificates: [Certificate]

    public init(keys: [Key] = [], certificates: [Certificate] = []) {
        self.keys = keys
        self.certificates = certificates
    }
}
