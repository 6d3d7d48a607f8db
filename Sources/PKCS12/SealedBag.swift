import SwiftASN1

/// A bag as the file has it: shrouded keys are not opened yet.
///
///     SafeContents ::= SEQUENCE OF SafeBag                         -- RFC 7292 §4.2
///     SafeBag ::= SEQUENCE {
///         bagId          OBJECT IDENTIFIER,
///         bagValue   [0] EXPLICIT ANY DEFINED BY bagId,
///         bagAttributes  SET OF PKCS12Attribute OPTIONAL }
indirect enum SealedBag: Sendable {
    case open(SafeBag)
    case shrouded(EncryptionScheme, ciphertext: [UInt8], attributes: BagAttributes)
    case nested([SealedBag], attributes: BagAttributes)

    /// Reads the encoding of a SafeContents.
    static func list(_ octets: [UInt8], _ bags: inout BagBudget, _ limits: Limits) throws -> [SealedBag] {
        try octets.withUnsafeBytes { try list($0, &bags, limits) }
    }

    /// Reads the encoding of a SafeContents, which may have been encrypted.
    static func list(_ octets: UnsafeRawBufferPointer, _ bags: inout BagBudget, _ limits: Limits) throws -> [SealedBag]
    {
        try insideFile {
            try BERNormalizer.withDER(of: octets, limits: limits) { bytes in
                var cursor = DERCursor(bytes)
                var contents = try cursor.sequence("a list of bags")
                return try list(&contents, &bags, limits)
            }
        }
    }

    /// The shrouded keys, nested ones included, in the order in which ``opened(with:)`` asks for them.
    var shrouds: [(scheme: EncryptionScheme, ciphertext: [UInt8])] {
        switch self {
        case .open: []
        case .shrouded(let scheme, let ciphertext, _): [(scheme, ciphertext)]
        case .nested(let bags, _): bags.flatMap(\.shrouds)
        }
    }

    /// The bag with its shrouded keys as they are, for good.
    var leftShrouded: SealedBag {
        switch self {
        case .open: self
        case .shrouded(let scheme, let ciphertext, let attributes):
            .open(SafeBag(.shroudedKey(scheme, ciphertext: ciphertext), attributes: attributes))
        case .nested(let bags, let attributes): .nested(bags.map(\.leftShrouded), attributes: attributes)
        }
    }

    /// The bag with its keys, which are taken from the front of `keys`.
    func opened(with keys: inout ArraySlice<PrivateKeyInfo>) throws(PKCS12Error) -> SafeBag {
        switch self {
        case .open(let bag):
            return bag
        case .shrouded(let scheme, _, let attributes):
            guard let key = keys.popFirst() else {
                throw PKCS12Error(.cryptographyFailed, "a key is missing after decryption")
            }
            return SafeBag(.privateKey(key, shroud: scheme), attributes: attributes)
        case .nested(let bags, let attributes):
            var opened: [SafeBag] = []
            for bag in bags { opened.append(try bag.opened(with: &keys)) }
            return SafeBag(.safeContents(opened), attributes: attributes)
        }
    }

    private static func list(_ contents: inout DERCursor, _ bags: inout BagBudget, _ limits: Limits) throws(PKCS12Error)
        -> [SealedBag]
    {
        var list: [SealedBag] = []
        while !contents.isAtEnd {
            try bags.charge()
            list.append(try bag(&contents, &bags, limits))
        }
        return list
    }

    private static func bag(_ contents: inout DERCursor, _ bags: inout BagBudget, _ limits: Limits) throws(PKCS12Error)
        -> SealedBag
    {
        var bag = try contents.sequence("a bag")
        let type = try bag.objectIdentifier("the type of a bag")
        let content = try bag.require(DERCursor.Tag.explicit(0), "the value of a bag").content
        var attributes = BagAttributes()
        if let set = try bag.optional(DERCursor.Tag.set, "the attributes of a bag") {
            var set = DERCursor(set.content)
            attributes = try BagAttributes(from: &set)
        }
        try bag.requireEnd(of: "a bag")

        var value = DERCursor(content)
        switch type {
        case OID.keyBag:
            return .open(SafeBag(.privateKey(try PrivateKeyInfo(content), shroud: nil), attributes: attributes))
        case OID.shroudedKeyBag:
            // EncryptedPrivateKeyInfo ::= SEQUENCE {
            //     encryptionAlgorithm  AlgorithmIdentifier,
            //     encryptedData        OCTET STRING }                -- RFC 5208 §6
            var info = try value.sequence("a shrouded key")
            let algorithm = try AlgorithmIdentifier(from: &info, "the encryption of a key")
            let scheme = try EncryptionScheme(algorithm, limits: limits)
            return .shrouded(
                scheme, ciphertext: try scheme.checked(try info.octets("a shrouded key")), attributes: attributes)
        case OID.certificateBag, OID.crlBag, OID.secretBag:
            return .open(SafeBag(try typedValue(type, content), attributes: attributes))
        case OID.safeContentsBag:
            var nested = try value.sequence("a bag of bags")
            return .nested(try list(&nested, &bags, limits), attributes: attributes)
        default:
            return .open(SafeBag(.other(type: type, value: SecretBytes(copying: content)), attributes: attributes))
        }
    }

    /// CertBag, CRLBag and SecretBag have one form:
    ///
    ///     CertBag ::= SEQUENCE {
    ///         certId         OBJECT IDENTIFIER,
    ///         certValue  [0] EXPLICIT ANY DEFINED BY certId }       -- RFC 7292 §4.2.3 to §4.2.5
    private static func typedValue(_ bag: ASN1ObjectIdentifier, _ content: UnsafeRawBufferPointer) throws(PKCS12Error)
        -> SafeBag.Value
    {
        var cursor = DERCursor(content)
        var typed = try cursor.sequence("a certificate, CRL or secret bag")
        let type = try typed.objectIdentifier("the type of a certificate, CRL or secret")
        let encoded = try typed.require(DERCursor.Tag.explicit(0), "a certificate, CRL or secret").content
        var value = DERCursor(encoded)
        switch (bag, type) {
        case (OID.certificateBag, OID.x509Certificate):
            return .certificate(try value.octets("a certificate"))
        case (OID.crlBag, OID.x509CRL):
            return .crl(try value.octets("a CRL"))
        case (OID.secretBag, _):
            return .secret(type: type, value: SecretBytes(copying: encoded))
        default:
            return .other(type: bag, value: SecretBytes(copying: content))
        }
    }
}
