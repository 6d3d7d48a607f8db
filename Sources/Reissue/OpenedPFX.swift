import PKCS12

/// The first stop: a file that could be read, its keys tied to their certificates. Nothing is judged yet.
public struct OpenedPFX: Sendable {
    /// A certificate as the file has it.
    struct Certificate: Sendable {
        var der: [UInt8]
        var attributes: BagAttributes
        /// Of the part that holds it; `none` where that is in the clear.
        var encryption: EncryptionScheme?
        var fields: CertificateFields
    }

    /// A key as the file has it.
    struct Key: Sendable {
        var content: Content
        /// Of the bag.
        var attributes: BagAttributes
        /// The shroud, or the encryption of the part that holds the key.
        var encryption: EncryptionScheme?
        /// The key is shrouded, in a part that is in the clear, as Windows writes it and recapi does.
        var isShroudedAlone: Bool
        /// Nil where the algorithm is not RSA with two primes; `rsaError` says why.
        var rsa: RSAPrivateKey?
        var rsaError: PKCS12Error?
        var certificate: CertificateMatch

        enum Content: Sendable, Equatable {
            case opened(PrivateKeyInfo)
            /// What nobody here has opened.
            case shrouded(EncryptionScheme, ciphertext: [UInt8])
        }

        /// Nil where the key was left in its shroud.
        var info: PrivateKeyInfo? {
            if case .opened(let info) = content { info } else { nil }
        }
    }

    enum CertificateMatch: Sendable {
        /// The certificate, by its index, has the key's own public key, or (for other keys than RSA) its localKeyID.
        case found(Int)
        /// The file ties this certificate to the key, and it has another public key.
        case mismatch(Int)
        case missing
    }

    let keys: [Key]
    /// In the order of the file.
    let certificates: [Certificate]
    let mac: MACScheme?
    /// What is in the file and cannot go into the output, as sentences.
    let leftOut: [String]

    init(_ pfx: PFX) throws {
        var keys: [(Key.Content, BagAttributes, EncryptionScheme?, isShroudedAlone: Bool)] = []
        var certificates: [Certificate] = []
        var leftOut: [String] = []
        for contents in pfx.contents {
            for bag in contents.bags.flatMap(\.flattened) {
                switch bag.value {
                case .privateKey(let info, let shroud):
                    keys.append(
                        (
                            .opened(info), bag.attributes, shroud ?? contents.encryption,
                            isShroudedAlone: shroud != nil && contents.encryption == nil
                        ))
                case .shroudedKey(let scheme, let ciphertext):
                    keys.append(
                        (
                            .shrouded(scheme, ciphertext: ciphertext), bag.attributes, scheme,
                            isShroudedAlone: contents.encryption == nil
                        ))
                case .certificate(let der):
                    certificates.append(
                        Certificate(
                            der: der, attributes: bag.attributes, encryption: contents.encryption,
                            fields: try CertificateFields(der: der)))
                case .crl:
                    leftOut.append("a CRL was left out: Windows takes CRLs from their own files")
                case .secret(let type, _):
                    leftOut.append("a secret of type \(type) was left out: Windows refuses files with secret bags")
                case .safeContents:
                    break
                case .other(let type, _):
                    leftOut.append("a bag of type \(type) was left out: Windows does not know it")
                }
            }
        }
        self.certificates = certificates
        self.leftOut = leftOut
        mac = pfx.mac
        let isOnlyPair = keys.count == 1 && certificates.count == 1
        self.keys = keys.map { content, attributes, encryption, isShroudedAlone in
            Key(
                content, attributes, encryption, isShroudedAlone: isShroudedAlone, among: certificates,
                isTiedAnyway: isOnlyPair)
        }
    }

    /// What came out of a token.
    ///
    /// - Parameter certificates: the key's own first, then its chain.
    init(_ key: Key.Content, fromTokenWith certificates: [Certificate]) {
        keys = [Key(key, BagAttributes(), nil, isShroudedAlone: false, among: certificates, isTiedAnyway: true)]
        self.certificates = certificates
        mac = nil
        leftOut = []
    }

    /// The largest iteration count in the file.
    var iterations: Int {
        let schemes = keys.map(\.encryption) + certificates.map(\.encryption)
        return (schemes.compactMap { $0?.iterations } + [mac?.iterations ?? 0]).max() ?? 0
    }
}

extension [OpenedPFX.Certificate] {
    /// The issuers of a certificate among the others, the nearest first.
    func chain(of index: Int) -> [Int] {
        var chain: [Int] = []
        var current = self[index].fields
        while !current.isSelfIssued {
            let others = indices.filter { $0 != index && !chain.contains($0) }
            guard
                let issuer = others.first(where: { current.isIssued(byKeyOf: self[$0].fields) })
                    ?? others.first(where: { current.isIssued(by: self[$0].fields) })
            else { break }
            chain.append(issuer)
            current = self[issuer].fields
        }
        return chain
    }
}

extension OpenedPFX.CertificateMatch {
    /// - Parameters:
    ///   - isOwn: whether a certificate has the key's public key.
    ///   - isTied: whether the source ties a certificate to the key.
    init(
        among certificates: [OpenedPFX.Certificate], isOwn: (OpenedPFX.Certificate) -> Bool,
        isTied: (OpenedPFX.Certificate) -> Bool
    ) {
        let own = certificates.indices.filter { isOwn(certificates[$0]) }
        if let index = own.first(where: { isTied(certificates[$0]) }) ?? own.first {
            self = .found(index)
        } else {
            self = certificates.firstIndex(where: isTied).map { .mismatch($0) } ?? .missing
        }
    }
}

extension OpenedPFX.Key {
    fileprivate init(
        _ content: Content, _ attributes: BagAttributes, _ encryption: EncryptionScheme?, isShroudedAlone: Bool,
        among certificates: [OpenedPFX.Certificate], isTiedAnyway: Bool
    ) {
        self.content = content
        self.attributes = attributes
        self.encryption = encryption
        self.isShroudedAlone = isShroudedAlone
        do {
            if case .opened(let info) = content { rsa = try RSAPrivateKey(info) }
        } catch {
            rsaError = error as? PKCS12Error
        }
        let isTied = { (certificate: OpenedPFX.Certificate) in
            isTiedAnyway || attributes.localKeyID != nil && attributes.localKeyID == certificate.attributes.localKeyID
        }
        guard let publicKey = rsa?.publicKey else {
            certificate = certificates.firstIndex(where: isTied).map { .found($0) } ?? .missing
            return
        }
        certificate = OpenedPFX.CertificateMatch(
            among: certificates, isOwn: { $0.fields.rsaPublicKey == publicKey }, isTied: isTied)
    }
}
