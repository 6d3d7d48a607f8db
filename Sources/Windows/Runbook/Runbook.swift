import Pipeline
import Reissue

/// The Windows side of a run: for each site a folder of scripts, and a README.md with the same steps for a person.
public struct Runbook: Sendable {
    public struct File: Sendable {
        /// Below the runbook's folder.
        public var path: String
        public var bytes: [UInt8]
    }

    public struct SiteFolder: Codable, Sendable {
        public var site: String
        public var folder: String
        public var servers: [String]
        /// Sentences about what is not as complete as it could be.
        public var notes: [String]
    }

    /// What of a site stands elsewhere than in its plan.
    public struct Site: Sendable {
        public var plan: SitePlan
        /// ``AuthorityChain/none`` where there is no Edge server.
        var chain: AuthorityChain

        /// - Parameter chain: nil for a site without Edge servers.
        public init(plan: SitePlan, chain: AuthorityChain?) {
            self.plan = plan
            self.chain = chain ?? .none
        }
    }

    public let files: [File]
    public let folders: [SiteFolder]
    /// Sentences about what is in no folder.
    public let notes: [String]

    /// - Parameters:
    ///   - pfxFiles: those to put beside the scripts, by their paths; empty unless told.
    ///   - notes: what is in no site's folder, for README.md.
    /// - Throws: ``WindowsError`` `sitesUnfit` where a file was not converted for a provider by name.
    public init(_ sites: [Site], pfxFiles: [FilePath: [UInt8]] = [:], notes: [String] = []) throws(WindowsError) {
        let names = FileNames.assign(sites.map(\.plan.name), reserved: ["readme.md"])
        var files: [File] = []
        var folders: [SiteFolder] = []
        for (site, folder) in zip(sites, names) {
            try Self.checkProviders(site.plan)
            files += Self.files(site, pfxFiles).map { File(path: "\(folder)/\($0.path)", bytes: $0.bytes) }
            let notes = site.plan.failedSources.map { "\($0) was not converted, and is not in the runbook" }
            folders.append(
                SiteFolder(
                    site: site.plan.name, folder: folder, servers: site.plan.servers.map(\.name),
                    notes: notes + site.chain.notes))
        }
        let index = RunbookText.index(zip(sites, names).map { ($0.plan.name, $1) }, notes: notes)
        self.files = files + [File(path: "README.md", bytes: Array(index.utf8))]
        self.folders = folders
        self.notes = notes
    }

    /// Whether a site needs the authorities' certificates.
    public static func needsChain(_ plan: SitePlan) -> Bool { !plan.edges.isEmpty }

    private static func checkProviders(_ plan: SitePlan) throws(WindowsError) {
        for certificate in plan.certificates where certificate.csp == nil {
            throw WindowsError(
                .sitesUnfit,
                "\(plan.name): \(certificate.file) names no provider of CAPI1, so that the scripts could not say where its key goes",
                hint: "convert it with the profile schannel, rsa-aes or enhanced")
        }
    }

    private static func files(_ site: Site, _ pfxFiles: [FilePath: [UInt8]]) -> [File] {
        let plan = site.plan
        var files = [File(path: "README.md", bytes: Array(RunbookText.site(plan, site.chain).utf8))]
        let beside: PowerShellText = "Join-Path (Split-Path -Parent $PSScriptRoot) 'certificates'"
        for (folder, servers) in [("mailbox", plan.mailboxes), ("edge", plan.edges)] where !servers.isEmpty {
            files.append(
                File(path: "\(folder)/import.ps1", bytes: ReplacementScript.importing(on: servers, from: beside).file))
        }
        if !plan.edges.isEmpty {
            files.append(File(path: "edge/trust.ps1", bytes: TrustScript.script(site.chain.files).file))
            files += site.chain.files.map {
                File(path: "edge/\($0.store.rawValue)/\($0.name)", bytes: $0.certificate.der)
            }
            files.append(File(path: "subscription.ps1", bytes: SubscriptionScript.script(plan).file))
        }
        files.append(File(path: "verify.ps1", bytes: VerifyScript.script(plan.servers).file))
        files.append(File(path: "rollback.ps1", bytes: ReplacementScript.goingBack(on: plan.servers).file))
        files += plan.certificates.compactMap { certificate in
            pfxFiles[certificate.path].map { File(path: "certificates/\(certificate.file)", bytes: $0) }
        }
        return files
    }
}
