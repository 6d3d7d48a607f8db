import SwiftASN1

/// Writes PKCS#12 files (RFC 7292) in DER.
public struct PFXEncoder: Sendable {
    private let cryptography: any PKCS12Cryptography

    public init(cryptography: any PKCS12Cryptography) {
        self.cryptography = cryptography
    }

    /// Writes a file; the same value and password give the same bytes.
    ///
    /// - Parameter password: UTF-8. Used for the MAC and for every encrypted part.
    /// - Throws: ``PKCS12Error`` `invalidArgument`, `unsupportedAlgorithm`, `cryptographyFailed`.
    public func encode(_ pfx: PFX, password: SecretBytes) throws -> [UInt8] {
        let encoded = EncodedPassword(password)
        var writing = Writing(cryptography: cryptography, keys: try derive(pfx, encoded)[...])
        var parts: [[UInt8]] = []
        for contents in pfx.contents {
            parts.append(try writing.part(contents))
        }
        let authenticatedSafe = DER.value(DERCursor.Tag.sequence, parts: parts)
        var macData: [UInt8] = []
        if let mac = pfx.mac, let key = writing.keys.popFirst() {
            macData = try mac.encoded(
                value: try cryptography.hmac(authenticatedSafe[...], with: mac.digest, key: key))
        }
        return DER.sequence(DER.integer(3), try contentInfo(OID.data, DER.octetString(authenticatedSafe)), macData)
    }

    /// All keys of the file in the order in which they are used, from one batch of derivations.
    private func derive(_ pfx: PFX, _ password: EncodedPassword) throws -> [SecretBytes] {
        var requests: [KeyDerivation] = []
        for contents in pfx.contents {
            requests += contents.bags.flatMap(\.shrouds).flatMap { $0.derivations(password) }
            requests += contents.encryption.map { $0.derivations(password) } ?? []
        }
        requests += pfx.mac.map { [$0.derivation(password)] } ?? []
        return try cryptography.deriveAll(requests.checked)
    }
}

private func contentInfo(_ type: ASN1ObjectIdentifier, _ content: [UInt8]) throws(PKCS12Error) -> [UInt8] {
    DER.sequence(try DER.objectIdentifier(type), DER.value(DERCursor.Tag.explicit(0), content))
}

/// One file on its way to bytes; the productions stand in `Envelope` and `SealedBag`, which read them.
private struct Writing {
    let cryptography: any PKCS12Cryptography
    var keys: ArraySlice<SecretBytes>

    mutating func part(_ contents: SafeContents) throws -> [UInt8] {
        var bags: [SecretDER] = []
        for bag in contents.bags {
            bags.append(try self.bag(bag))
        }
        let list = SecretDER.constructed(identifier: DERCursor.Tag.sequence, bags).serialized()
        guard let scheme = contents.encryption else {
            return try contentInfo(OID.data, DER.octetString(list.withUnsafeBytes(Array.init)))
        }
        let encryptedContentInfo = DER.sequence(
            try DER.objectIdentifier(OID.data), try scheme.identifier.encoded(),
            DER.value(DERCursor.Tag.implicit(0), try encrypt(list, scheme)))
        return try contentInfo(OID.encryptedData, DER.sequence(DER.integer(0), encryptedContentInfo))
    }

    private mutating func bag(_ bag: SafeBag) throws -> SecretDER {
        let (type, value) = try typeAndValue(bag.value)
        return .constructed(
            identifier: DERCursor.Tag.sequence,
            [
                .encoded(try DER.objectIdentifier(type)),
                .constructed(identifier: DERCursor.Tag.explicit(0), [value]),
                .encoded(try bag.attributes.encoded()),
            ])
    }

    private mutating func typeAndValue(_ value: SafeBag.Value) throws -> (ASN1ObjectIdentifier, SecretDER) {
        switch value {
        case .privateKey(let key, let scheme?):
            return (OID.shroudedKeyBag, try shrouded(try encrypt(try key.encoded(), scheme), scheme))
        case .shroudedKey(let scheme, let ciphertext):
            guard scheme.canGive(ciphertext) else {
                throw PKCS12Error(
                    .invalidArgument, "a shrouded key has \(ciphertext.count) bytes, which \(scheme.name) never gives")
            }
            return (OID.shroudedKeyBag, try shrouded(ciphertext, scheme))
        case .privateKey(let key, nil):
            return (OID.keyBag, .raw(try key.encoded()))
        case .certificate(let der):
            return (OID.certificateBag, try typed(OID.x509Certificate, .encoded(DER.octetString(der))))
        case .crl(let der):
            return (OID.crlBag, try typed(OID.x509CRL, .encoded(DER.octetString(der))))
        case .secret(let type, let value):
            return (OID.secretBag, try typed(type, .raw(value)))
        case .safeContents(let bags):
            var parts: [SecretDER] = []
            for bag in bags { parts.append(try self.bag(bag)) }
            return (OID.safeContentsBag, .constructed(identifier: DERCursor.Tag.sequence, parts))
        case .other(let type, let value):
            return (type, .raw(value))
        }
    }

    /// An EncryptedPrivateKeyInfo.
    private func shrouded(_ ciphertext: [UInt8], _ scheme: EncryptionScheme) throws(PKCS12Error) -> SecretDER {
        .encoded(DER.sequence(try scheme.identifier.encoded(), DER.octetString(ciphertext)))
    }

    private func typed(_ type: ASN1ObjectIdentifier, _ value: SecretDER) throws(PKCS12Error) -> SecretDER {
        .constructed(
            identifier: DERCursor.Tag.sequence,
            [
                .encoded(try DER.objectIdentifier(type)),
                .constructed(identifier: DERCursor.Tag.explicit(0), [value]),
            ])
    }

    private mutating func encrypt(_ text: SecretBytes, _ scheme: EncryptionScheme) throws -> [UInt8] {
        let (key, iv) = try scheme.keyAndVector(keys.prefix(scheme.derivationCount))
        keys = keys.dropFirst(scheme.derivationCount)
        return try cryptography.encrypt(text, with: scheme.cipher, key: key, iv: iv)
    }
}

extension [KeyDerivation] {
    /// The requests, where they can be met.
    var checked: [KeyDerivation] {
        get throws(PKCS12Error) {
            guard allSatisfy({ $0.iterations > 0 && $0.byteCount > 0 }) else {
                throw PKCS12Error(.invalidArgument, "an iteration count or a key length is not positive")
            }
            return self
        }
    }
}

extension SafeBag {
    /// The schemes of the shrouded keys in the order in which they are written.
    fileprivate var shrouds: [EncryptionScheme] {
        switch value {
        case .privateKey(_, let scheme?): [scheme]
        case .safeContents(let bags): bags.flatMap(\.shrouds)
        default: []
        }
    }
}
