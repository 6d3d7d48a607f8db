import Reissue

/// The authorities' certificates that an Edge server needs for the certificates of a site, in files for its stores.
public struct AuthorityChain: Sendable {
    enum Store: String, Sendable {
        /// Self-signed ones.
        case root = "Root"
        /// Intermediate ones.
        case intermediate = "CA"
    }

    struct File: Sendable {
        var certificate: ChainCertificate
        var store: Store
        /// In the store's folder.
        var name: String
    }

    /// Roots first.
    let files: [File]
    /// Sentences about chains that do not end in a root.
    public let notes: [String]

    static let none = AuthorityChain(files: [], notes: [])

    private init(files: [File], notes: [String]) {
        self.files = files
        self.notes = notes
    }

    /// - Parameter certificates: those at hand, in any order, others among them.
    /// - Throws: ``WindowsError`` `authorityMissing` where a certificate that the manifest names is not at hand.
    public init(for identities: [IdentityReport], among certificates: [ChainCertificate]) throws(WindowsError) {
        var found: [ChainCertificate] = []
        var notes: [String] = []
        for identity in identities {
            let chain = try Self.chain(of: identity, among: certificates)
            for certificate in chain where !found.contains(where: { $0.thumbprint == certificate.thumbprint }) {
                found.append(certificate)
            }
            let end = chain.last.map { ($0.isSelfSigned, $0.subject, $0.issuer) }
            let (isComplete, subject, issuer) =
                end ?? (identity.subject == identity.issuer, identity.subject, identity.issuer)
            let note =
                "the chain of \(identity.subject) ends at \(subject): \(issuer), which issued that, is in no file"
            if !isComplete, !notes.contains(note) { notes.append(note) }
        }
        let roots = found.filter(\.isSelfSigned)
        let others = found.filter { !$0.isSelfSigned }
        self.init(files: Self.files(roots, .root) + Self.files(others, .intermediate), notes: notes)
    }

    /// What the manifest names of it, and what is above that.
    private static func chain(of identity: IdentityReport, among certificates: [ChainCertificate]) throws(WindowsError)
        -> [ChainCertificate]
    {
        var chain: [ChainCertificate] = []
        for thumbprint in identity.chain {
            guard let certificate = certificates.first(where: { $0.thumbprint == thumbprint }) else {
                throw WindowsError(
                    .authorityMissing, "the authority \(thumbprint) in the chain of \(identity.subject) is in no file",
                    hint: "put its certificate into the folder of --ca")
            }
            chain.append(certificate)
        }
        if chain.isEmpty, identity.subject != identity.issuer {
            chain += certificates.filter { $0.subject == identity.issuer }.prefix(1)
        }
        while let last = chain.last, !last.isSelfSigned, let issuer = last.issuer(among: certificates),
            !chain.contains(where: { $0.thumbprint == issuer.thumbprint })
        {
            chain.append(issuer)
        }
        return chain
    }

    private static func files(_ certificates: [ChainCertificate], _ store: Store) -> [File] {
        let names = FileNames.assign(certificates.map { $0.commonName }, extension: "cer")
        return zip(certificates, names).map { File(certificate: $0, store: store, name: $1) }
    }
}

extension ChainCertificate {
    /// For a file's name: the value of CN, or else the whole subject.
    fileprivate var commonName: String {
        guard let start = subject.firstRange(of: "CN=") else { return subject }
        return String(subject[start.upperBound...].prefix { $0 != "," })
    }
}
