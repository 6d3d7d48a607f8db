import Pipeline
import Reissue

/// How far the certificates of a manifest have come on their servers, as dumps show them.
public struct Expectation: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable {
        /// Under the provider that it was converted for.
        case done
        /// There, and under another provider, or with another KeySpec, or without its key.
        case other
        /// The server's dump does not have it.
        case absent
        /// There is no dump of the server.
        case noDump
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
        /// Where the key is instead, for ``State/other``.
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
            entries = servers.flatMap { Self.entries($0, certificates, files) }
        } else {
            entries = Self.entries(manifest, certificates)
        }
    }

    private static func entries(_ manifest: Manifest, _ certificates: [Diagnosis.Certificate]) -> [Entry] {
        let wanted = manifest.items.filter { $0.status != .failed }.flatMap { item in
            item.identities.map { (item.site, $0) }
        }
        return wanted.flatMap { site, identity in
            let found = certificates.filter { $0.certificate.thumbprint == identity.thumbprint }
            return found.isEmpty
                ? [Entry(identity, site: site, server: nil, state: .absent)]
                : found.map { Entry(identity, site: site, server: $0.dumpName, $0) }
        }
    }

    private static func entries(
        _ site: SitePlan, _ certificates: [Diagnosis.Certificate], _ files: [String]
    ) -> [Entry] {
        site.servers.flatMap { server in
            let dumps = files.filter { isDump($0, of: server, in: site) }
            return server.certificates.flatMap { certificate in
                certificate.identities.map { identity in
                    let found = certificates.last {
                        dumps.contains($0.file) && $0.certificate.thumbprint == identity.thumbprint
                    }
                    if let found { return Entry(identity, site: site.name, server: server.name, found) }
                    return Entry(
                        identity, site: site.name, server: server.name, state: dumps.isEmpty ? .noDump : .absent)
                }
            }
        }
    }

    /// A dump has its server's name, with or without its domain. Where it lies in a folder with the name of a site, it
    /// is of that one.
    private static func isDump(_ path: String, of server: ServerPlan, in site: SitePlan) -> Bool {
        let name = dumpName(of: path).lowercased()
        guard [server.name.lowercased(), server.hostName.lowercased()].contains(name) else { return false }
        let folder = path.split(separator: "/").dropLast().last.map(String.init)
        return !site.otherNames.contains(folder ?? "")
    }

    fileprivate static func dumpName(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }
}

extension Diagnosis.Certificate {
    fileprivate var dumpName: String { Expectation.dumpName(of: file) }
}

extension Expectation.Entry {
    fileprivate init(_ identity: IdentityReport, site: String, server: String?, state: Expectation.State) {
        self.init(
            site: site, server: server, thumbprint: identity.thumbprint, subject: identity.subject,
            provider: identity.placed.providerName, state: state)
    }

    fileprivate init(_ identity: IdentityReport, site: String, server: String?, _ seen: Diagnosis.Certificate) {
        let placed = identity.placed
        let dumped = seen.certificate
        let isProvider = placed.providerName.map { $0.lowercased() == dumped.provider?.lowercased() } ?? true
        let isKeySpec = dumped.keySpec.map { $0 == placed.keySpec.number } ?? true
        let isDone = dumped.kind == .capi1 && isProvider && isKeySpec
        self.init(identity, site: site, server: server, state: isDone ? .done : .other)
        file = seen.file
        guard !isDone else { return }
        found = isProvider && !isKeySpec ? "KeySpec \(dumped.keySpec ?? 0)" : dumped.whereabouts
    }
}

extension DumpedCertificate {
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
