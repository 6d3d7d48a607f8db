import PKCS12
import Providers

/// The second stop: every key of the file has its certificate and fits a CAPI1 provider (design.md §5).
/// Only ``Reissuer/check(_:)`` makes one.
public struct CAPI1PFX: Sendable {
    struct Identity: Sendable {
        var key: Key
        var publicKey: RSAPublicKey
        /// The attributes inside the PKCS#8, with the key usage that the profile wants.
        var keyInfoAttributes: BagAttributes
        /// The other attributes of the key's bag: no provider name, container, key set mark or localKeyID.
        var bagAttributes: BagAttributes
        var machineKeySet: Bool
        /// Index of the certificate in the opened file.
        var certificate: Int
        var chain: [Int]
        var before: IdentityReport.Placement

        enum Key: Sendable, Equatable {
            case numbers(RSAPrivateKey)
            /// A key that a token shrouded: nothing but its public half is known here.
            case shrouded(EncryptionScheme, ciphertext: [UInt8])
        }

        var isShrouded: Bool {
            if case .shrouded = key { true } else { false }
        }
    }

    let opened: OpenedPFX
    let identities: [Identity]
    let profile: Profile
}

/// The rules that a key has to meet before CAPI1 can hold it.
struct CAPI1Rules {
    let profile: Profile
    let crypto: any CryptoProvider

    func check(_ opened: OpenedPFX) throws -> CAPI1PFX {
        guard !opened.keys.isEmpty else {
            throw ReissueError(
                .certificateWithoutKey,
                opened.certificates.isEmpty
                    ? "the file has neither a private key nor a certificate"
                    : "the file has \(opened.certificates.count == 1 ? "a certificate" : "certificates") without a private key"
                        + " (\(DistinguishedName.text(opened.certificates[0].fields.subject)))",
                hint: "export it again with the private key")
        }
        return CAPI1PFX(opened: opened, identities: try opened.keys.map { try identity($0, opened) }, profile: profile)
    }

    /// Why a key cannot be converted; nil where it can.
    func refusal(of key: OpenedPFX.Key, in opened: OpenedPFX) -> Inspection.Refusal? {
        do {
            _ = try identity(key, opened)
            return nil
        } catch {
            return Inspection.Refusal(error)
        }
    }

    private func identity(_ key: OpenedPFX.Key, _ opened: OpenedPFX) throws -> CAPI1PFX.Identity {
        let found = try checkKind(of: key)
        let certificate = try certificate(of: key, in: opened)
        let publicKey = try checkPublicKey(of: opened.certificates[certificate].fields)
        if case .numbers(let rsa) = found { try checkPrivateNumbers(rsa) }

        var keyInfoAttributes = key.info?.attributes ?? BagAttributes()
        keyInfoAttributes.keyUsage = profile.keySpec.keyUsage
        var bagAttributes = key.attributes
        bagAttributes.providerNames = []
        bagAttributes.friendlyName = nil
        bagAttributes.localKeyID = nil
        bagAttributes.isLocalMachineKeySet = false
        return CAPI1PFX.Identity(
            key: found, publicKey: publicKey, keyInfoAttributes: keyInfoAttributes, bagAttributes: bagAttributes,
            machineKeySet: profile.machineKeySet.applied(to: key.attributes.isLocalMachineKeySet),
            certificate: certificate, chain: opened.certificates.chain(of: certificate),
            before: opened.placement(of: key, certificate: certificate))
    }

    // MARK: - The kind of key

    private func checkKind(of key: OpenedPFX.Key) throws -> CAPI1PFX.Identity.Key {
        let algorithm: AlgorithmIdentifier
        switch key.content {
        case .shrouded(let scheme, let ciphertext): return .shrouded(scheme, ciphertext: ciphertext)
        case .opened(let info): algorithm = info.algorithm
        }
        try checkPurpose(algorithm)
        guard algorithm.isRSA else { throw ReissueError.keyNotRSA(algorithm.keyKind) }
        if let rsa = key.rsa { return .numbers(rsa) }
        guard key.rsaError?.code == .unsupportedKey else {
            throw key.rsaError ?? PKCS12Error(.malformed, "the private key cannot be read")
        }
        throw ReissueError(
            .keyHasMorePrimes, "the key has more than two primes, which a CAPI1 key blob cannot hold",
            hint: "have the certificate issued again with an ordinary RSA key")
    }

    /// Refuses RSA keys that are bound to one use, by the key itself or by its certificate.
    private func checkPurpose(_ algorithm: AlgorithmIdentifier) throws(ReissueError) {
        guard algorithm.isPSS || algorithm.isOAEP else { return }
        throw ReissueError(
            algorithm.isPSS ? .keyIsPSS : .keyIsOAEP,
            "the key is bound to \(algorithm.keyKind), which CAPI1 does not have",
            hint: "have the certificate issued again with an ordinary RSA key (rsaEncryption)")
    }

    private func certificate(of key: OpenedPFX.Key, in opened: OpenedPFX) throws(ReissueError) -> Int {
        switch key.certificate {
        case .found(let index):
            return index
        case .mismatch(let index):
            throw ReissueError(
                .keyDoesNotMatchCertificate,
                "the key does not belong to the certificate that the file ties to it"
                    + " (\(DistinguishedName.text(opened.certificates[index].fields.subject)));"
                    + " Windows would import the pair all the same",
                hint: "find the key that the certificate was issued for")
        case .missing:
            let name = key.attributes.friendlyName.map { " \"\($0.printable)\"" } ?? ""
            throw ReissueError(
                .keyWithoutCertificate, "the key\(name) has no certificate in the file",
                hint: "export it again with its certificate")
        }
    }

    // MARK: - Its numbers

    // PRIVATEKEYBLOB of CAPI1: `bitlen` is a multiple of 8, the exponent has 32 bits, and the primes and CRT
    // numbers have half the modulus each (Microsoft, "Base Provider Key BLOBs").

    /// What can be told of a key without its private half.
    func checkPublicKey(of certificate: CertificateFields) throws(ReissueError) -> RSAPublicKey {
        try checkPurpose(certificate.publicKeyAlgorithm)
        guard let key = certificate.rsaPublicKey else {
            throw ReissueError.keyNotRSA(certificate.publicKeyAlgorithm.keyKind)
        }
        let bits = key.bitCount
        guard bits.isMultiple(of: 8), (384...16384).contains(bits) else {
            throw ReissueError(
                .modulusLengthUnfit,
                "the key has \(bits) bits, and CAPI1 takes 384 to 16384 in steps of 8",
                hint: "have the certificate issued again with a key of 2048 or 4096 bits")
        }
        let exponent = key.exponent
        guard exponent.count <= 4, let last = exponent.last, !last.isMultiple(of: 2), exponent != [1] else {
            throw ReissueError(
                .publicExponentUnfit,
                exponent.count > 4
                    ? "the public exponent has more than 32 bits, which a CAPI1 key blob cannot hold"
                    : "the public exponent is not an odd number of 3 or more",
                hint: "have the certificate issued again with the exponent 65537")
        }
        return key
    }

    private func checkPrivateNumbers(_ key: RSAPrivateKey) throws {
        let half = (key.modulus.count + 1) / 2
        let numbers: [(String, SecretBytes)] = [
            ("p", key.prime1), ("q", key.prime2), ("dP", key.exponent1), ("dQ", key.exponent2),
            ("qInv", key.coefficient),
        ]
        if let (name, number) = numbers.first(where: { $0.1.count > half }) {
            throw ReissueError(
                .primesUnbalanced,
                "\(name) has \(number.count) bytes, more than half of the modulus, which a CAPI1 key blob cannot hold",
                hint: "have the certificate issued again with an ordinary RSA key")
        }
        let defects = try crypto.check(key)
        guard defects.isEmpty, key.privateExponent.count <= key.modulus.count else {
            throw ReissueError(
                .keyInconsistent, "the numbers of the key do not belong together: \(defects.text)",
                hint: "the key is damaged: export it again from where it works")
        }
    }
}

extension RSADefects {
    fileprivate var text: String {
        let names: [(RSADefects, String)] = [
            (.modulus, "n is not p·q"), (.privateExponent, "d does not belong to e"),
            (.exponent1, "dP does not belong to d"), (.exponent2, "dQ does not belong to d"),
            (.coefficient, "qInv is not the inverse of q"),
        ]
        let found = names.filter { contains($0.0) }.map(\.1)
        return found.isEmpty ? "d is longer than the modulus" : found.joined(separator: ", ")
    }
}

extension Profile.MachineKeySet {
    func applied(to input: Bool) -> Bool {
        switch self {
        case .keep: input
        case .set: true
        case .clear: false
        }
    }
}
