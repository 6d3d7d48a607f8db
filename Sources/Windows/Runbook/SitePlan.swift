import Pipeline
import Reissue

/// What is to be done at one site: the sites file and the manifest, put together.
public struct SitePlan: Sendable {
    public var name: String
    var activeDirectorySite: String
    /// Mailbox servers first, each kind in the order of the sites file.
    public var servers: [ServerPlan]
    /// Sources of this site that were not converted.
    var failedSources: [String] = []

    var edges: [ServerPlan] { servers.filter { $0.role == .edge } }
    var mailboxes: [ServerPlan] { servers.filter { $0.role == .mailbox } }
    /// Each file once.
    var certificates: [CertificatePlan] {
        var seen: Set<String> = []
        return servers.flatMap(\.certificates).filter { seen.insert($0.file).inserted }
    }
}

public struct ServerPlan: Sendable {
    public var name: String
    var role: SitesConfiguration.Role
    var exportable: Bool
    var selfSigned: String?
    public var certificates: [CertificatePlan]

    /// Without its domain, as `$env:COMPUTERNAME` has it.
    var hostName: String { String(name.prefix { $0 != "." }) }
}

/// A PFX for a server, and which of its certificates the services get.
public struct CertificatePlan: Sendable {
    /// The one that is enabled.
    var identity: IdentityReport
    /// All whose keys are in the file.
    public var identities: [IdentityReport]
    var services: [SitesConfiguration.Service]
    /// Where it is now.
    public var path: FilePath
    public var sha256: String
    /// What it is called on Windows.
    var file: String
    /// Where it was exported to, before it was converted.
    var sourcePath: FilePath
    var sourceSHA256: String

    /// Nil where none is named, or none that may be.
    var csp: WindowsProviders.CSP? {
        WindowsProviders.csps.first { $0.name == identity.placed.providerName }
    }
}
