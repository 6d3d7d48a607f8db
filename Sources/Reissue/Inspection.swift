import PKCS12

/// What is in a PFX, and where Windows would put its keys. It holds no secret.
public struct Inspection: Codable, Sendable, Equatable {
    public struct Key: Codable, Sendable, Equatable {
        /// `RSA`, `EC`, `Ed25519`…
        public var kind: String
        /// The length of the modulus; nil for other keys than RSA.
        public var bits: Int?
        /// The friendlyName of the key's bag, which Windows takes as the container's name.
        public var containerName: String?
        /// The Microsoft CSP Names; a good file has one at most.
        public var providerNames: [String]
        public var placement: IdentityReport.Placement
        /// The thumbprint of the key's certificate; nil where the file has none.
        public var certificate: String?
        /// Whether the certificate has the key's own public key; nil where that cannot be told.
        public var matchesCertificate: Bool?
        public var importers: [ImportVerdict]
        /// What `recapi convert` would say: a code and a sentence; nil where it would convert the key.
        public var refusal: Refusal?
    }

    public struct Refusal: Codable, Sendable, Equatable {
        public var code: String
        public var message: String
        public var hint: String?

        public init(_ error: any Error) {
            let coded = error as? any CodedError
            code = coded?.codeName ?? "unexpected"
            message = coded?.reason ?? "\(error)"
            hint = coded?.hint
        }
    }

    public struct Certificate: Codable, Sendable, Equatable {
        public var thumbprint: String
        public var thumbprintSHA256: String
        public var subject: String
        public var issuer: String
        public var serialNumber: String
        public var notAfter: String
        public var friendlyName: String?
        /// Of the part that holds it.
        public var encryption: String
        /// The numbers of the properties of 1.3.6.1.4.1.311.17.3 (CERT_*_PROP_ID).
        public var extendedProperties: [UInt]
    }

    public var keys: [Key]
    public var certificates: [Certificate]
    public var mac: String
    /// Of the MAC; nil where there is none.
    public var macIterations: Int?
    /// What else is in the file.
    public var notes: [String]

    init(_ opened: OpenedPFX, rules: CAPI1Rules, thumbprints: Thumbprints) throws {
        certificates = try opened.certificates.map { try Certificate($0, thumbprints) }
        mac = opened.mac?.name ?? "none"
        macIterations = opened.mac?.iterations
        notes = opened.leftOut
        let thumbprintOf = certificates.map(\.thumbprint)
        keys = opened.keys.map { Key($0, opened, thumbprintOf, rules) }
    }
}

extension Inspection.Certificate {
    fileprivate init(_ certificate: OpenedPFX.Certificate, _ thumbprints: Thumbprints) throws {
        thumbprint = try thumbprints.sha1(certificate.der)
        thumbprintSHA256 = try thumbprints.sha256(certificate.der)
        subject = DistinguishedName.text(certificate.fields.subject)
        issuer = DistinguishedName.text(certificate.fields.issuer)
        serialNumber = hexText(certificate.fields.serialNumber)
        notAfter = certificate.fields.notAfter
        friendlyName = certificate.attributes.friendlyName?.printable
        encryption = certificate.encryption?.name ?? "none"
        extendedProperties = certificate.attributes.extendedProperties.keys.sorted()
    }
}

extension Inspection.Key {
    fileprivate init(_ key: OpenedPFX.Key, _ opened: OpenedPFX, _ thumbprints: [String], _ rules: CAPI1Rules) {
        kind = key.info?.algorithm.keyKind ?? "shrouded"
        bits = key.rsa?.bitCount
        containerName = key.attributes.friendlyName?.printable
        providerNames = key.attributes.providerNames.map(\.printable)
        var index: Int?
        switch key.certificate {
        case .found(let found):
            index = found
            matchesCertificate = key.rsa == nil ? nil : true
        case .mismatch(let found):
            index = found
            matchesCertificate = false
        case .missing:
            matchesCertificate = nil
        }
        certificate = index.map { thumbprints[$0] }
        placement = opened.placement(of: key, certificate: index)
        importers = ImportVerdict.all(
            providerName: key.attributes.providerNames.first, isRSA: key.info?.algorithm.isRSA ?? true)
        refusal = rules.refusal(of: key, in: opened)
    }
}
