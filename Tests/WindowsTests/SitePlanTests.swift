import Pipeline
import Testing

@testable import Windows

@Suite struct SitePlanTests {
    private func plan(_ servers: SitesConfiguration.Server..., items: Manifest.Item...) throws -> SitePlan {
        let manifest = items.reduce(into: Fixtures.manifest()) { $0.items.append($1) }
        return try SitePlan.all(
            SitesConfiguration(sites: [.init(name: "a", servers: servers)]), manifest, at: Fixtures.manifestPath)[0]
    }

    private func problem(_ servers: SitesConfiguration.Server..., items: Manifest.Item...) -> String {
        let manifest = items.reduce(into: Fixtures.manifest()) { $0.items.append($1) }
        do {
            _ = try SitePlan.all(
                SitesConfiguration(sites: [.init(name: "a", servers: servers)]), manifest, at: Fixtures.manifestPath)
            return "none"
        } catch {
            return error.code == .sitesUnfit ? error.reason : "\(error)"
        }
    }

    private let one = Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1))
    private let ex02 = Fixtures.item("a", "/x/ex02.pfx", Fixtures.identity(2))

    @Test func mailboxServersComeFirst() throws {
        #expect(try Fixtures.berlin().servers.map(\.name) == ["EX01.corp.example", "EX02", "EDGE01"])
    }

    @Test func theOnlyFileIsEverybodys() throws {
        let plan = try plan(
            .init(name: "EX01", role: .mailbox), .init(name: "EX02", role: .mailbox),
            items: one, Fixtures.failedItem("a", "/x/bad.pfx"), Fixtures.item("b", "/x/b.pfx", Fixtures.identity(3)))
        #expect(plan.servers.flatMap(\.certificates).map(\.file) == ["one.pfx", "one.pfx"])
        #expect(plan.certificates.count == 1 && plan.failedSources == ["/x/bad.pfx"])
        #expect(plan.certificates[0].path == "/runs/a/one.pfx")
    }

    @Test func theFileWithTheServersName() throws {
        let plan = try plan(.init(name: "EX02.corp.example", role: .mailbox), items: one, ex02)
        #expect(plan.servers[0].certificates.map(\.file) == ["ex02.pfx"])
        #expect(
            problem(.init(name: "EX03", role: .mailbox), items: one, ex02)
                == "sites[0].servers[0].certificates: missing; the site has 2 files, and none with the server's name")
    }

    @Test func byThumbprintAndByName() throws {
        let both = Fixtures.item("a", "/x/both.pfx", Fixtures.identity(3), Fixtures.identity(4))
        let plan = try plan(
            .init(
                name: "EX01", role: .mailbox,
                certificates: [
                    .init(name: Fixtures.thumbprint(4), services: [.smtp]), .init(name: "one.pfx", services: [.iis]),
                ]), items: one, both)
        let certificates = plan.servers[0].certificates
        #expect(certificates.map(\.file) == ["both.pfx", "one.pfx"])
        #expect(certificates[0].identity.thumbprint == Fixtures.thumbprint(4) && certificates[0].identities.count == 2)
        #expect(
            problem(.init(name: "E", role: .mailbox, certificates: [.init(name: "both.pfx")]), items: one, both)
                == "sites[0].servers[0].certificates[0]: both.pfx has several certificates with keys; give the thumbprint of one"
        )
    }

    @Test(arguments: [
        ("two.pfx", "no converted file of the site is called two.pfx"),
        (Fixtures.thumbprint(7), "no converted file of the site has \(Fixtures.thumbprint(7))"),
    ])
    func whatIsNotThere(_ name: String, problem: String) {
        #expect(
            self.problem(.init(name: "E", role: .mailbox, certificates: [.init(name: name)]), items: one, ex02)
                == "sites[0].servers[0].certificates[0]: \(problem)")
    }

    @Test func oneServiceHasOneCertificate() {
        let server = SitesConfiguration.Server(
            name: "E", role: .mailbox, certificates: [.init(name: "one.pfx"), .init(name: "ex02.pfx")])
        #expect(
            problem(server, items: one, ex02)
                == "sites[0].servers[0].certificates[1]: SMTP has a certificate already; give each its services")
    }

    @Test func sitesThatAreNotInTheManifest() {
        #expect(problem(.init(name: "E", role: .mailbox)) == "sites[0].name: the manifest has no site a")
        #expect(
            problem(.init(name: "E", role: .mailbox), items: Fixtures.failedItem("a", "/x"))
                == "sites[0].name: no file of a was converted")
    }

    /// They go into commands, and a manifest is a file like any other.
    @Test func digestsThatAreNone() {
        var item = one
        item.outputSHA256 = "'; calc #"
        #expect(problem(.init(name: "E", role: .mailbox), items: item).contains("not in hex"))
        item = one
        item.identities[0].thumbprint = "$(calc)"
        #expect(problem(.init(name: "E", role: .mailbox), items: item).contains("not in hex"))
    }

    /// The file itself, where it was left as it is.
    @Test func unchangedSources() throws {
        var item = one
        item.status = .unchanged
        item.identities[0].before = Fixtures.placement("Microsoft RSA SChannel Cryptographic Provider")
        item.identities[0].after = nil
        (item.output, item.outputSHA256) = (nil, nil)
        let certificate = try plan(.init(name: "E", role: .mailbox), items: item).certificates[0]
        #expect(certificate.path == "/x/one.pfx" && certificate.sha256 == item.sourceSHA256 && certificate.csp != nil)
    }
}
