/// Which dumps are of which server, by their names.
///
/// A dump has its server's name, with or without its domain. Where it lies in a folder with the name of a site, it is of
/// that one; where several servers have its name and no folder says of which it is, it is of none.
struct DumpOwners {
    private let sites: [SitePlan]
    private let files: [String]

    init(_ sites: [SitePlan], files: [String]) {
        self.sites = sites
        self.files = files
    }

    func files(of server: ServerPlan, in site: SitePlan) -> Set<String> {
        Set(
            files.filter { path in
                let owners = owners(of: path)
                return owners.count == 1 && owners[0].site == site.name && owners[0].server == server.name
            })
    }

    /// What to do about a dump that may be the server's or another's; nil where there is none.
    func doubt(about server: ServerPlan, in site: SitePlan) -> String? {
        let doubtful = files.first { path in
            owners(of: path).count > 1
                && owners(of: path).contains { $0.site == site.name && $0.server == server.name }
        }
        return doubtful.map { "\($0) may be of another server: put it into a folder with the site's name" }
    }

    /// The file's name without its extension.
    static func name(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
        return String(name[..<dot])
    }

    private func owners(of path: String) -> [(site: String, server: String)] {
        let name = Self.name(of: path).lowercased()
        let folder = path.split(separator: "/").dropLast().last.map(String.init)
        let possible = sites.filter { folder == $0.name }.isEmpty ? sites : sites.filter { folder == $0.name }
        let owners = possible.flatMap { site in
            site.servers.filter { [$0.name.lowercased(), $0.hostName.lowercased()].contains(name) }
                .map { (site: site.name, server: $0.name) }
        }
        let whole = owners.filter { name.contains(".") && $0.server.lowercased() == name }
        return owners.count > 1 && whole.count == 1 ? whole : owners
    }
}
