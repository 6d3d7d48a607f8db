import Pipeline
import Reissue

extension SitePlan {
    /// - Parameter path: of the manifest.
    /// - Throws: ``WindowsError`` `sitesUnfit`, its reason naming every problem.
    public static func all(_ sites: SitesConfiguration, _ manifest: Manifest, at path: FilePath) throws(WindowsError)
        -> [SitePlan]
    {
        var problems: [String] = []
        let plans = sites.sites.enumerated().map { index, site in
            let items = manifest.items.filter { $0.site == site.name }
            var maker = SiteMaker(place: "sites[\(index)]", items: items, manifest: path)
            let plan = maker.make(site)
            problems += maker.problems
            return plan
        }
        guard problems.isEmpty else {
            throw WindowsError(
                .sitesUnfit, problems.joined(separator: "; "),
                hint: "names of sites and files are those of the manifest; see recapi schema sites")
        }
        return plans
    }

    /// What the manifest has and no server of the sites file gets.
    static func leftOut(by plans: [SitePlan], of manifest: Manifest) -> [(site: String, identity: IdentityReport)] {
        let planned = Set(
            plans.flatMap { plan in
                plan.servers.flatMap(\.certificates).flatMap(\.identities).map { [plan.name, $0.thumbprint] }
            })
        return manifest.usableIdentities.filter { !planned.contains([$0.site, $0.identity.thumbprint]) }
    }

    /// The same in words.
    public static func notesOnLeftOut(by plans: [SitePlan], of manifest: Manifest) -> [String] {
        leftOut(by: plans, of: manifest).map { site, identity in
            "\(site): \(identity.thumbprint) (\(identity.subject)) is on no server of the sites file"
        }
    }
}

extension Manifest {
    /// The certificates of all sources that did not fail, with their sites.
    var usableIdentities: [(site: String, identity: IdentityReport)] {
        items.filter { $0.status != .failed }.flatMap { item in item.identities.map { (item.site, $0) } }
    }
}

private struct SiteMaker {
    let place: String
    let items: [Manifest.Item]
    let manifest: FilePath
    var problems: [String] = []

    /// PFX files that can be imported, each with its name on Windows.
    private let files: [(item: Manifest.Item, name: String)]

    init(place: String, items: [Manifest.Item], manifest: FilePath) {
        self.place = place
        self.items = items
        self.manifest = manifest
        let usable = items.filter { $0.status != .failed && !$0.identities.isEmpty }
        let names = FileNames.assign(usable.map { $0.pfxPath(manifest).stem }, extension: "pfx")
        files = Array(zip(usable, names))
    }

    mutating func make(_ site: SitesConfiguration.Site) -> SitePlan {
        if !files.allSatisfy(\.item.hasPlainDigests) {
            problems.append("\(place).name: the manifest has digests that are not in hex")
        }
        if items.isEmpty {
            problems.append("\(place).name: the manifest has no site \(site.name)")
        } else if files.isEmpty {
            problems.append("\(place).name: no file of \(site.name) was converted")
        }
        let servers = site.servers.enumerated().map { index, server in
            ServerPlan(
                name: server.name, role: server.role, exportable: server.exportable, selfSigned: server.selfSigned,
                certificates: certificates(of: server, at: "\(place).servers[\(index)]"))
        }
        return SitePlan(
            name: site.name, activeDirectorySite: site.activeDirectorySite,
            servers: servers.filter { $0.role == .mailbox } + servers.filter { $0.role == .edge },
            failedSources: items.filter { $0.status == .failed }.map(\.source))
    }

    private mutating func certificates(of server: SitesConfiguration.Server, at path: String) -> [CertificatePlan] {
        guard !files.isEmpty else { return [] }
        guard let wanted = server.certificates else {
            guard let index = ownFile(of: server) else {
                problems.append(
                    "\(path).certificates: missing; the site has \(files.count) files, and none with the server's name")
                return []
            }
            return [plan(index, files[index].item.identities[0], server.services)]
        }
        var plans: [CertificatePlan] = []
        for (number, certificate) in wanted.enumerated() {
            let place = "\(path).certificates[\(number)]"
            guard let (index, identity) = find(certificate.name, at: place) else { continue }
            let plan = plan(index, identity, certificate.services ?? server.services)
            if plans.contains(where: { $0.file == plan.file }) {
                problems.append("\(place): the file is there already; name one certificate of it")
            }
            let doubled = Set(plans.flatMap(\.services)).intersection(plan.services).map(\.rawValue).sorted()
            if !doubled.isEmpty {
                problems.append(
                    "\(place): \(doubled.joined(separator: ", ")) has a certificate already; give each its services")
            }
            plans.append(plan)
        }
        return plans
    }

    /// The only file of the site, or the one with the server's name.
    private func ownFile(of server: SitesConfiguration.Server) -> Int? {
        if files.count == 1 { return 0 }
        let names = [server.name, String(server.name.prefix { $0 != "." })].map { $0.lowercased() }
        let own = files.indices.filter { names.contains(files[$0].item.sourcePath.stem.lowercased()) }
        return own.count == 1 ? own[0] : nil
    }

    private mutating func find(_ name: String, at place: String) -> (Int, IdentityReport)? {
        if let thumbprint = DumpLine.thumbprint(name) {
            for (index, file) in files.enumerated() {
                if let found = file.item.identities.first(where: { $0.thumbprint == thumbprint }) {
                    return (index, found)
                }
            }
            problems.append("\(place): no converted file of the site has \(thumbprint)")
            return nil
        }
        let found = files.indices.filter { index in
            let item = files[index].item
            return [item.sourcePath, item.pfxPath(manifest)].contains { FilePath($0.name).text == name }
        }
        guard found.count == 1 else {
            problems.append(
                "\(place): \(found.isEmpty ? "no" : "more than one") converted file of the site is called \(name)"
                    + (found.isEmpty ? "" : "; give a thumbprint"))
            return nil
        }
        guard files[found[0]].item.identities.count == 1 else {
            problems.append("\(place): \(name) has several certificates with keys; give the thumbprint of one")
            return nil
        }
        return (found[0], files[found[0]].item.identities[0])
    }

    private func plan(_ index: Int, _ identity: IdentityReport, _ services: [SitesConfiguration.Service])
        -> CertificatePlan
    {
        let (item, name) = files[index]
        return CertificatePlan(
            identity: identity, identities: item.identities, services: services, path: item.pfxPath(manifest),
            sha256: item.outputSHA256 ?? item.sourceSHA256 ?? "", file: name, sourcePath: item.sourcePath,
            sourceSHA256: item.sourceSHA256 ?? "")
    }
}

extension Manifest.Item {
    /// A manifest is a file that anybody may have written, and digests go into commands.
    fileprivate var hasPlainDigests: Bool {
        let digests = [outputSHA256, sourceSHA256].compactMap(\.self)
        return !digests.isEmpty && digests.allSatisfy { $0.utf8.count == 64 && $0.utf8.allSatisfy(\.isHexDigit) }
            && identities.allSatisfy { DumpLine.thumbprint($0.thumbprint) == $0.thumbprint }
    }

    /// The output, or the source where it was left as it is.
    fileprivate func pfxPath(_ manifest: FilePath) -> FilePath { outputPath(forManifestAt: manifest) ?? sourcePath }
}

extension FilePath {
    /// The last name, without its extension.
    fileprivate var stem: String {
        let name = FilePath(name).text
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }
}
