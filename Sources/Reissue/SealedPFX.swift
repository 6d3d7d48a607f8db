import PKCS12
import Providers

/// The third stop: the bytes of the output, and what has to be found in them. Only ``Reissuer/seal(_:password:)``
/// makes one.
public struct SealedPFX: Sendable {
    let bytes: [UInt8]
    let checked: CAPI1PFX
    let sealedBy: String
    let derivations: RememberedDerivations
}

/// Builds the output file of design.md §5.
struct Sealer {
    let profile: Profile
    let crypto: any PKCS12Cryptography
    /// For the first key, the certificates and the MAC.
    let schemes: OutputSchemes

    func seal(_ checked: CAPI1PFX, password: SecretBytes) throws -> [UInt8] {
        var keys: [SafeBag] = []
        var localKeyIDs: [Int: [UInt8]] = [:]
        for (index, identity) in checked.identities.enumerated() {
            let certificate = checked.opened.certificates[identity.certificate]
            let localKeyID = try crypto.digest(certificate.der[...], with: .sha1)
            localKeyIDs[identity.certificate] = localKeyID
            keys.append(
                SafeBag(
                    try key(of: identity, shroud: index == 0 ? schemes.key : profile.encryption.freshScheme(crypto)),
                    attributes: try keyAttributes(identity, localKeyID)))
        }
        let certificates = Self.order(checked).map { index in
            var bag = SafeBag(
                .certificate(checked.opened.certificates[index].der),
                attributes: checked.opened.certificates[index].attributes)
            bag.attributes.localKeyID = localKeyIDs[index]
            bag.attributes.isLocalMachineKeySet = false
            bag.attributes.providerNames = []
            bag.attributes.removeExtendedProperties { Self.keyLinkProperties.contains($0) }
            return bag
        }
        // Windows puts the key first.
        let pfx = PFX(
            contents: [
                SafeContents(encryption: nil, bags: keys),
                SafeContents(encryption: schemes.certificates, bags: certificates),
            ],
            mac: schemes.mac)
        return try PFXEncoder(cryptography: crypto).encode(pfx, password: password)
    }

    private func key(of identity: CAPI1PFX.Identity, shroud: EncryptionScheme) -> SafeBag.Value {
        switch identity.key {
        case .numbers(let rsa):
            .privateKey(
                rsa.privateKeyInfo(attributes: identity.keyInfoAttributes), shroud: shroud)
        case .shrouded(let scheme, let ciphertext):
            .shroudedKey(scheme, ciphertext: ciphertext)
        }
    }

    /// Each leaf with its chain behind it, then whatever else was in the file; each certificate of the file once.
    static func order(_ checked: CAPI1PFX) -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(checked.opened.certificates.count)
        func append(_ index: Int) {
            if !order.contains(index) { order.append(index) }
        }
        for identity in checked.identities {
            append(identity.certificate)
            identity.chain.forEach(append)
        }
        checked.opened.certificates.indices.forEach(append)
        return order
    }

    private func keyAttributes(_ identity: CAPI1PFX.Identity, _ localKeyID: [UInt8]) throws -> BagAttributes {
        var attributes = identity.bagAttributes
        attributes.providerNames = profile.providerName.map { [$0] } ?? []
        attributes.isLocalMachineKeySet = identity.machineKeySet
        attributes.localKeyID = localKeyID
        // A container of the same name would make the import fail or replace the key that is there (NTE_EXISTS).
        attributes.friendlyName = try containerName()
        return attributes
    }

    /// A GUID of version 4 (RFC 9562 §5.4), in braces as Windows names containers.
    private func containerName() throws -> String {
        var bytes = try crypto.randomBytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = hexText(bytes)
        var groups: [Substring] = []
        var rest = hex[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "{\(groups.joined(separator: "-"))}"
    }

    /// CERT_KEY_PROV_INFO_PROP_ID, CERT_KEY_CONTEXT_PROP_ID and CERT_ACCESS_STATE_PROP_ID tie a certificate to
    /// the key of the store it came from.
    private static let keyLinkProperties: Set<UInt> = [2, 5, 14]
}

/// How the parts of one output are protected, each with a salt of its own.
struct OutputSchemes: Sendable {
    let key: EncryptionScheme
    let certificates: EncryptionScheme
    let mac: MACScheme

    init(_ encryption: Profile.Encryption, _ crypto: any PKCS12Cryptography) throws {
        key = try encryption.freshScheme(crypto)
        certificates = try encryption.freshScheme(crypto)
        mac = encryption.mac(salt: try crypto.randomBytes(Profile.Encryption.saltByteCount))
    }

    /// All that has to be derived from the output's password.
    func derivations(for password: SecretBytes) -> [KeyDerivation] {
        key.derivations(for: password) + certificates.derivations(for: password) + [mac.derivation(for: password)]
    }
}

extension Profile.Encryption {
    /// What Windows itself writes: 2000 iterations and salts of 20 bytes.
    static let iterations = 2000
    fileprivate static let saltByteCount = 20

    func freshScheme(_ crypto: any PKCS12Cryptography) throws -> EncryptionScheme {
        try scheme(
            salt: try crypto.randomBytes(Self.saltByteCount),
            vector: try crypto.randomBytes(ContentCipher.aes256CBC.blockByteCount))
    }

    /// - Parameter vector: for AES, whose initialization vector is not derived.
    fileprivate func scheme(salt: [UInt8], vector: @autoclosure () throws -> [UInt8]) rethrows -> EncryptionScheme {
        switch self {
        case .tripleDESSHA1:
            .tripleDESSHA1(salt: salt, iterations: Self.iterations)
        case .aes256SHA256:
            .pbes2(
                .aes256CBC, prf: .sha256, salt: salt, initializationVector: try vector(), iterations: Self.iterations)
        }
    }

    fileprivate func mac(salt: [UInt8]) -> MACScheme {
        switch self {
        case .tripleDESSHA1: MACScheme(.pkcs12(.sha1), salt: salt, iterations: Self.iterations)
        case .aes256SHA256: MACScheme(.pkcs12(.sha256), salt: salt, iterations: Self.iterations)
        }
    }

    /// The schemes without their salts, for their names.
    var exampleScheme: EncryptionScheme { scheme(salt: [], vector: []) }
    var exampleMAC: MACScheme { mac(salt: []) }

    /// Whether a scheme is of the kind that this profile writes.
    func isMet(by scheme: EncryptionScheme?) -> Bool {
        scheme?.name == exampleScheme.name
    }

    func isMet(by mac: MACScheme?) -> Bool {
        mac?.name == exampleMAC.name
    }
}
