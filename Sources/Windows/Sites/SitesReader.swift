import Pipeline

extension SitesConfiguration {
    /// - Throws: `PipelineError` `configurationUnreadable`, `configurationInvalid`.
    public static func read(from path: FilePath) throws(PipelineError) -> SitesConfiguration {
        try ConfigurationFile.read(FilePath.workingFolder().appending(path)) { text throws(PipelineError) in
            try SitesConfiguration(json: text)
        }
    }

    /// - Throws: `PipelineError` `configurationInvalid`, its reason naming every problem under its path.
    public init(json text: [UInt8]) throws(PipelineError) {
        let document = try JSONValue(parsing: text)
        let problems = ConfigurationObject.Problems(schema: "sites")
        let sites = SitesReader(problems: problems).read(document)
        guard let sites, problems.sentences.isEmpty else { throw PipelineError(problems) }
        self.init(sites: sites)
    }
}

private struct SitesReader {
    let problems: ConfigurationObject.Problems

    func read(_ document: JSONValue) -> [SitesConfiguration.Site]? {
        guard var top = ConfigurationObject(document, at: "", problems: problems) else { return nil }
        defer { top.finish() }
        top.readHead()
        top.require("sites")
        let values = top.array("sites") ?? []
        let sites = values.compactMap { readSite($0.value, at: $0.path) }
        if top.has("sites"), values.isEmpty { problems.add("sites", "must not be empty") }
        refuseSecond(sites.map(\.name), at: "sites", "the site")
        return sites
    }

    private func readSite(_ value: JSONValue, at path: String) -> SitesConfiguration.Site? {
        guard var object = ConfigurationObject(value, at: path, problems: problems) else { return nil }
        defer { object.finish() }
        for key in ["name", "servers"] { object.require(key) }
        let name = readName(&object, "name")
        let directorySite = readName(&object, "activeDirectorySite")
        let values = object.array("servers") ?? []
        let servers = values.compactMap { readServer($0.value, at: $0.path) }
        if object.has("servers"), values.isEmpty { problems.add(object.path(of: "servers"), "must not be empty") }
        refuseSecond(servers.map(\.name), at: object.path(of: "servers"), "the server")
        guard let name else { return nil }
        var site = SitesConfiguration.Site(name: name, servers: servers)
        site.activeDirectorySite = directorySite ?? site.activeDirectorySite
        if servers.contains(where: { $0.role == .edge }), !servers.contains(where: { $0.role == .mailbox }) {
            problems.add(
                object.path(of: "servers"), "an Edge server without a Mailbox server that it is subscribed to",
                hint: "name the site's Mailbox servers as well")
        }
        return site
    }

    private func readServer(_ value: JSONValue, at path: String) -> SitesConfiguration.Server? {
        guard var object = ConfigurationObject(value, at: path, problems: problems) else { return nil }
        defer { object.finish() }
        for key in ["name", "role"] { object.require(key) }
        let name = readName(&object, "name")
        let role: SitesConfiguration.Role? = object.choice("role")
        let services = readServices(&object)
        let exportable = object.bool("exportable")
        let selfSigned = readThumbprint(&object, "selfSigned")
        let certificates = object.array("certificates")?.compactMap { readCertificate($0.value, at: $0.path) }
        if certificates?.isEmpty == true { problems.add(object.path(of: "certificates"), "must not be empty") }
        guard let name, let role else { return nil }
        var server = SitesConfiguration.Server(name: name, role: role, certificates: certificates)
        server.services = services ?? server.services
        server.exportable = exportable ?? server.exportable
        server.selfSigned = selfSigned
        if role == .edge,
            (server.services + (certificates ?? []).flatMap { $0.services ?? [] }).contains(where: { $0 != .smtp })
        {
            problems.add(path, "an Edge server has no other service than SMTP")
        }
        return server
    }

    /// A name, or a name with services of its own.
    private func readCertificate(_ value: JSONValue, at path: String) -> SitesConfiguration.Certificate? {
        if case .string(let name) = value {
            if name.isEmpty { problems.add(path, "must not be empty") }
            return SitesConfiguration.Certificate(name: name)
        }
        guard var object = ConfigurationObject(value, at: path, problems: problems) else { return nil }
        defer { object.finish() }
        object.require("certificate")
        let name = object.string("certificate")
        let services = readServices(&object)
        return name.map { SitesConfiguration.Certificate(name: $0, services: services) }
    }

    private func readServices(_ object: inout ConfigurationObject) -> [SitesConfiguration.Service]? {
        let path = object.path(of: "services")
        return object.strings("services")?.compactMap { name in
            if let service = SitesConfiguration.Service.allCases.first(where: { $0.rawValue == name }) {
                return service
            }
            let names = SitesConfiguration.Service.allCases.map(\.rawValue).joined(separator: ", ")
            problems.add(path, "expected some of \(names)")
            return nil
        }
    }

    private func readName(_ object: inout ConfigurationObject, _ key: String) -> String? {
        guard let name = object.string(key) else { return nil }
        if let reason = SiteName.problem(of: name) { problems.add(object.path(of: key), reason) }
        return name
    }

    private func readThumbprint(_ object: inout ConfigurationObject, _ key: String) -> String? {
        guard let text = object.string(key) else { return nil }
        guard let thumbprint = DumpLine.thumbprint(text) else {
            problems.add(object.path(of: key), "expected a thumbprint, 40 hex digits")
            return nil
        }
        return thumbprint
    }

    /// Windows tells names apart without regard to case.
    private func refuseSecond(_ names: [String], at path: String, _ kind: String) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() where !seen.insert(name.lowercased()).inserted {
            problems.add("\(path)[\(index)].name", "\(kind) is there twice")
        }
    }
}
