/// What is recorded of one identity: a private key, its certificate, and their chain (design.md §7). It holds no secret.
public struct IdentityReport: Codable, Sendable, Equatable {
    /// SHA-1 of the certificate's DER, upper-case hex, as Windows shows it.
    public var thumbprint: String
    /// SHA-256 of the certificate's DER, upper-case hex.
    public var thumbprintSHA256: String
    public var thumbprintUnchanged: Bool
    public var keyMatchesCertificate: Bool
    /// RFC 4514 text.
    public var subject: String
    public var issuer: String
    /// Upper-case hex, as Windows shows it.
    public var serialNumber: String
    /// ISO 8601, UTC.
    public var notAfter: String
    public var keyBits: Int
    public var before: Placement
    public var after: Placement?
    /// SHA-1 thumbprints of the issuers in the file, the nearest first.
    public var chain: [String]

    public init(
        thumbprint: String, thumbprintSHA256: String, thumbprintUnchanged: Bool, keyMatchesCertificate: Bool,
        subject: String, issuer: String, serialNumber: String, notAfter: String, keyBits: Int, before: Placement,
        after: Placement? = nil, chain: [String]
    ) {
        self.thumbprint = thumbprint
        self.thumbprintSHA256 = thumbprintSHA256
        self.thumbprintUnchanged = thumbprintUnchanged
        self.keyMatchesCertificate = keyMatchesCertificate
        self.subject = subject
        self.issuer = issuer
        self.serialNumber = serialNumber
        self.notAfter = notAfter
        self.keyBits = keyBits
        self.before = before
        self.after = after
        self.chain = chain
    }

    /// Where a PFX sends its key on Windows, and how the file protects it.
    public struct Placement: Codable, Sendable, Equatable {
        /// The Microsoft CSP Name in the file.
        public var providerName: String?
        public var providerKind: ProviderKind
        public var keySpec: KeySpec
        public var machineKeySet: Bool
        /// Such as `pbeWithSHA1And3-KeyTripleDES-CBC`; `none` for a plain key.
        public var keyEncryption: String
        /// As `keyEncryption`, of the part that holds this certificate.
        public var certificateEncryption: String
        /// Such as `hmacWithSHA1`; `none` where the file has none.
        public var mac: String
        /// The largest iteration count in the file.
        public var iterations: Int

        public init(
            providerName: String?, providerKind: ProviderKind, keySpec: KeySpec, machineKeySet: Bool,
            keyEncryption: String, certificateEncryption: String, mac: String, iterations: Int
        ) {
            self.providerName = providerName
            self.providerKind = providerKind
            self.keySpec = keySpec
            self.machineKeySet = machineKeySet
            self.keyEncryption = keyEncryption
            self.certificateEncryption = certificateEncryption
            self.mac = mac
            self.iterations = iterations
        }
    }

    /// The generation of Windows' key providers that a name belongs to.
    public enum ProviderKind: String, Codable, Sendable {
        case cng = "CNG"
        case capi1 = "CAPI1"
        case unspecified
    }

    /// What the key usage inside the PKCS#8 says (2.5.29.15).
    public enum KeySpec: String, Codable, Sendable {
        case exchange
        case signature
        /// Both bits, as a CNG key has it.
        case both
        case unspecified
    }
}
