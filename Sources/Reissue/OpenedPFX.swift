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
        var info: PrivateKeyInfo
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
        var keys: [(PrivateKeyInfo, BagAttributes, EncryptionScheme?, isShroudedAlone: Bool)] = []
        var certificates: [Certificate] = []
        var leftOut: [String] = []
        for contents in pfx.contents {
            for bag in contents.bags.flatMap(\.flattened) {
                switch bag.value {
                case .privateKey(let info, let shroud):
                    keys.append(
                        (
                            info, bag.attributes, shroud ?? contents.encryption,
                            isShroudedAlone: shroud != nil && contents.encryption == nil
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
        self.keys = keys.map { info, attributes, encryption, isShroudedAlone in
            Key(
                info, attributes, encryption, isShroudedAlone: isShroudedAlone, among: certificates,
                isOnlyPair: isOnlyPair)
        }
    }

    /// The issuers of a certificate among the others of the file, the nearest first.
    func chain(of index: Int) -> [Int] {
        var chain: [Int] = []
        var current = certificates[index].fields
        while !current.isSelfIssued {
            let others = certificates.indices.filter { $0 != index && !chain.contains($0) }
            guard
                let issuer = others.first(where: { current.isIssued(byKeyOf: certificates[$0].fields) })
                    ?? others.first(where: { current.isIssued(by: certificates[$0].fields) })
            else { break }
            chain.append(issuer)
            current = certificates[issuer].fields
        }
        return chain
    }

    /// The largest iteration count in the file.
    var iterations: Int {
        let schemes = keys.map(\.encryption) + certificates.map(\.encryption)
        return (schemes.compactMap { $0?.iterations } + [mac?.iterations ?? 0]).max() ?? 0
    }
}

extension OpenedPFX.Key {
    fileprivate init(
        _ info: PrivateKeyInfo, _ attributes: BagAttributes, _ encryption: EncryptionScheme?, isShroudedAlone: Bool,
        among certificates: [OpenedPFX.Certificate], isOnlyPair: Bool
    ) {
        self.info = info
        self.attributes = attributes
        self.encryption = encryption
        self.isShroudedAlone = isShroudedAlone
        do {
            rsa = try RSAPrivateKey(info)
        } catch {
            rsaError = error as? PKCS12Error
        }
        let isTied = { (certificate: OpenedPFX.Certificate) in
            attributes.localKeyID != nil && attributes.localKeyID == certificate.attributes.localKeyID
        }
        let tied = certificates.firstIndex(where: isTied) ?? (isOnlyPair ? 0 : nil)
        guard let rsa else {
            certificate = tied.map { .found($0) } ?? .missing
            return
        }
        let publicKey = RSAPublicKey(modulus: rsa.modulus, exponent: rsa.publicExponent)
        let same = certificates.indices.filter { certificates[$0].fields.rsaPublicKey == publicKey }
        if let own = same.first(where: { isTied(certificates[$0]) }) ?? same.first {
            certificate = .found(own)
        } else {
            certificate = tied.map { .mismatch($0) } ?? .missing
        }
    }
}
