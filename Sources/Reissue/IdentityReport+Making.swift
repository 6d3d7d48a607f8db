import PKCS12

/// The digests by which Windows and others name certificates.
struct Thumbprints {
    private let cryptography: any PKCS12Cryptography

    init(_ cryptography: any PKCS12Cryptography) {
        self.cryptography = cryptography
    }

    func sha1(_ der: [UInt8]) throws -> String {
        hexText(try cryptography.digest(der[...], with: .sha1))
    }

    func sha256(_ der: [UInt8]) throws -> String {
        hexText(try cryptography.digest(der[...], with: .sha256))
    }
}

extension CAPI1PFX {
    /// Whether the file already is what the profile asks for.
    var isDone: Bool { isDone(allowsNoKeySpec: false) }

    /// - Parameter allowsNoKeySpec: keys may lack theirs.
    func isDone(allowsNoKeySpec: Bool) -> Bool {
        opened.leftOut.isEmpty
            && Sealer.order(self) == Array(opened.certificates.indices)
            && profile.encryption.isMet(by: opened.mac)
            && opened.certificates.allSatisfy { profile.encryption.isMet(by: $0.encryption) }
            && zip(opened.keys, identities).allSatisfy { key, identity in
                key.isShroudedAlone
                    && key.attributes.providerNames == (profile.providerName.map { [$0] } ?? [])
                    && key.attributes.hasOneValueEach && key.says(profile.keySpec, orNothing: allowsNoKeySpec)
                    && key.attributes.isLocalMachineKeySet == identity.machineKeySet
                    && profile.encryption.isMet(by: key.encryption)
                    && opened.ties(key, to: identity.certificate)
            }
    }
}

extension OpenedPFX.Key {
    /// Windows takes an RSA key without a key usage as AT_KEYEXCHANGE (PFXImportCertStore): what tokens write has none.
    fileprivate func says(_ keySpec: Profile.KeySpec, orNothing allowsNothing: Bool) -> Bool {
        guard let attributes = info?.attributes else { return keySpec == .exchange }
        guard attributes.hasOneValueEach else { return false }
        return attributes.keyUsage == keySpec.keyUsage
            || allowsNothing && keySpec == .exchange && attributes.keyUsage == nil
    }
}

extension BagAttributes {
    /// No attribute comes twice, and none has two values: readers would be free to choose.
    fileprivate var hasOneValueEach: Bool {
        Set(all.map(\.type)).count == all.count && all.allSatisfy { $0.values.count < 2 }
    }
}

extension OpenedPFX {
    /// Whether the key's localKeyID is on this certificate and on no other.
    fileprivate func ties(_ key: Key, to certificate: Int) -> Bool {
        guard let localKeyID = key.attributes.localKeyID else { return false }
        return certificates.indices.filter { certificates[$0].attributes.localKeyID == localKeyID } == [certificate]
    }
}

extension CAPI1PFX.Identity {
    /// - Parameter profile: of the verified output; nil where there is none.
    func report(_ checked: CAPI1PFX, after profile: Profile?, _ thumbprints: Thumbprints) throws -> IdentityReport {
        let certificates = checked.opened.certificates
        let der = certificates[certificate].der
        let fields = certificates[certificate].fields
        return IdentityReport(
            thumbprint: try thumbprints.sha1(der), thumbprintSHA256: try thumbprints.sha256(der),
            // The verifier has compared the certificate byte by byte, and the rules the key with it.
            thumbprintUnchanged: true, keyMatchesCertificate: true,
            subject: DistinguishedName.text(fields.subject), issuer: DistinguishedName.text(fields.issuer),
            serialNumber: hexText(fields.serialNumber), notAfter: fields.notAfter, keyBits: publicKey.bitCount,
            before: before, after: profile.map { $0.placement(machineKeySet: machineKeySet, isShrouded: isShrouded) },
            chain: try chain.map { try thumbprints.sha1(certificates[$0].der) })
    }
}

extension Profile {
    /// What the verified output says.
    fileprivate func placement(machineKeySet: Bool, isShrouded: Bool) -> IdentityReport.Placement {
        let scheme = encryption.exampleScheme.name
        return IdentityReport.Placement(
            providerName: providerName, providerKind: WindowsProviders.kind(of: providerName),
            keySpec: isShrouded ? .unspecified : IdentityReport.KeySpec(keyUsage: keySpec.keyUsage),
            machineKeySet: machineKeySet,
            keyEncryption: scheme, certificateEncryption: scheme, mac: encryption.exampleMAC.name,
            iterations: Profile.Encryption.iterations)
    }
}
