import Pipeline
import Reissue

/// How far the certificates of a manifest have come on their servers, as dumps show them.
public struct Expectation: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        /// In the server's store, under the provider that it was converted for and with its KeySpec, and certutil could
        /// use the key.
        case done
        /// The dumps have it, and do not show that: ``Entry/found`` says what they show.
        case other
        /// The server's dump does not have it.
        case absent
        /// There is no dump of the server.
        case noDump
        /// The sites file has it on no server.
        case noServer
    }

    public struct Entry: Codable, Sendable, Equatable {
        public var site: String
        /// From the sites file; without one, the dump's name.
        public var server: String?
        public var thumbprint: String
        public var subject: String
        /// The provider that it was converted for; nil for any of CAPI1.
        public var provider: String?
        public var state: State
        /// The text that shows it.
        public var file: String?
        /// What is there instead, for ``State/other``; why no dump counts, for ``State/noDump``.
        public var found: String?
    }

    public var entries: [Entry] = []
    /// Sources of the manifest that were not converted, and so cannot have come anywhere.
    public var failedItems: Int

    public var done: Int { entries.count { $0.state == .done } }
    public var open: Int { entries.count { $0.state != .done } + failedItems }

    /// Without a sites file each dump stands for a server, and a certificate that no dump has is absent.
    ///
    /// - Parameter servers: what each server should have; nil where no sites file says.
    public init(
        _ manifest: Manifest, certificates: [Diagnosis.Certificate], files: [String], servers: [SitePlan]? = nil
    ) {
        failedItems = manifest.items.count { $0.status == .failed }
        if let servers {
            let dumps = DumpOwners(servers, files: files)
            entries = servers.flatMap { Self.entries($0, certificates, dumps) }
            entries += SitePlan.leftOut(by: servers, of: manifest).map { Entry($1, site: $0, state: .noServer) }
        } else {
            entries = Self.entries(manifest, certificates)
        }
    }

    private static func entries(_ manifest: Manifest, _ certificates: [Diagnosis.Certificate]) -> [Entry] {
        manifest.usableIdentities.flatMap { site, identity in
            let found = certificates.filter { $0.certificate.thumbprint == identity.thumbprint }
            guard !found.isEmpty else { return [Entry(identity, site: site, state: .absent)] }
            return found.map(\.file).unique.map { file in
                Entry(identity, site: site, server: DumpOwners.name(of: file), found.filter { $0.file == file })
            }
        }
    }

    private static func entries(
        _ site: SitePlan, _ certificates: [Diagnosis.Certificate], _ dumps: DumpOwners
    ) -> [Entry] {
        site.servers.flatMap { server in
            let files = dumps.files(of: server, in: site)
            return server.certificates.flatMap(\.identities).map { identity in
                let found = certificates.filter {
                    files.contains($0.file) && $0.certificate.thumbprint == identity.thumbprint
                }
                if !found.isEmpty { return Entry(identity, site: site.name, server: server.name, found) }
                var entry = Entry(
                    identity, site: site.name, server: server.name, state: files.isEmpty ? .noDump : .absent)
                entry.found = files.isEmpty ? dumps.doubt(about: server, in: site) : nil
                return entry
            }
        }
    }
}

extension Expectation.Entry {
    fileprivate init(_ identity: IdentityReport, site: String, server: String? = nil, state: Expectation.State) {
        self.init(
            site: site, server: server, thumbprint: identity.thumbprint, subject: identity.subject,
            provider: identity.placed.providerName, state: state)
    }

    /// It is done where each of the certificates found is as it should be, and one of them in the server's store: which
    /// of several texts is the newest, they do not say.
    fileprivate init(_ identity: IdentityReport, site: String, server: String, _ found: [Diagnosis.Certificate]) {
        self.init(identity, site: site, server: server, state: .done)
        // Authorities' and others' stores have certificates by themselves as well.
        let counted = found.filter { !$0.certificate.isCopyElsewhere }
        let problems = counted.map { (seen: $0, problem: $0.certificate.problem(for: identity.placed)) }
        let first = problems.first { $0.problem != nil } ?? problems.first
        file = first?.seen.file ?? found.first?.file
        self.found = problems.isEmpty ? DumpedCertificate.elsewhere : first?.problem
        if self.found != nil { state = .other }
    }
}

extension DumpedCertificate {
    fileprivate static let elsewhere = "not in the server's store My"

    private var isInMy: Bool { store?.lowercased() == "my" }

    /// A certificate by itself in a store for others.
    fileprivate var isCopyElsewhere: Bool { store != nil && !isInMy && kind == .noKey }

    /// Why this is not the certificate as it should be on its server; nil where it is.
    fileprivate func problem(for placed: IdentityReport.Placement) -> String? {
        guard isInMy else { return Self.elsewhere + (store.map { ", in \($0)" } ?? "") }
        if isArchived { return "archived" }
        let isProvider = placed.providerName.map { $0.lowercased() == provider?.lowercased() } ?? true
        guard kind == .capi1, isProvider else { return whereabouts }
        guard let keySpec else { return "the dump does not show the KeySpec, which certutil -v does" }
        if keySpec != placed.keySpec.number { return "KeySpec \(keySpec)" }
        return isKeyTested == true ? nil : "the dump does not show that the key works"
    }
    /// In words.
    public var whereabouts: String {
        switch kind {
        case .cng, .capi1: "\(provider ?? "a provider that is not shown") (\(kind.rawValue))"
        case .noKey: "no key"
        case .keyMissing: "the key is missing, which was under \(provider ?? "a provider that is not shown")"
        case .undetermined: "the dump does not say where its key is"
        }
    }
}

extension IdentityReport {
    /// Where Windows puts the key of the output, or of a source that was left as it was.
    var placed: Placement { after ?? before }
}

extension IdentityReport.KeySpec {
    /// As certutil shows it.
    var number: Int {
        switch self {
        case .exchange, .both: 1
        case .signature: 2
        case .unspecified: 1
        }
    }
}

extension [String] {
    /// Each once, in the same order.
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
