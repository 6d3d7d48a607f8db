import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Windows

@Suite struct SitesTests {
    static let full = """
        {"$schema": "x", "version": 1, "sites": [{
          "name": "berlin", "activeDirectorySite": "Berlin-AD",
          "servers": [
            {"name": "EX01", "role": "mailbox", "services": ["SMTP", "IIS"], "exportable": true,
             "certificates": ["ex.pfx", {"certificate": "\(Fixtures.thumbprint(0x11))", "services": ["POP", "IMAP"]}]},
            {"name": "EDGE01", "role": "edge", "selfSigned": "\(Fixtures.thumbprint(0xAB).lowercased())"}
          ]}]}
        """

    private func reason(_ text: String) -> String {
        do {
            _ = try SitesConfiguration(json: Array(text.utf8))
            return "taken"
        } catch {
            return error.code == .configurationInvalid ? error.reason : "\(error)"
        }
    }

    @Test func aFullFile() throws {
        let sites = try SitesConfiguration(json: Array(Self.full.utf8)).sites
        #expect(sites.count == 1 && sites[0].activeDirectorySite == "Berlin-AD")
        let servers = sites[0].servers
        #expect(servers.map(\.role) == [.mailbox, .edge] && servers[0].exportable && !servers[1].exportable)
        #expect(servers[0].services == [.smtp, .iis] && servers[1].services == [.smtp])
        #expect(servers[0].certificates?.map(\.services) == [nil, [.pop, .imap]])
        #expect(servers[1].certificates == nil && servers[1].selfSigned == Fixtures.thumbprint(0xAB))
    }

    @Test(arguments: [
        (#"{"sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox"}]}]}"#, "version: missing"),
        (#"{"version": 2, "sites": []}"#, "version: version 2 is not known here; sites: must not be empty"),
        (#"{"version": 1, "sites": []}"#, "sites: must not be empty"),
        (#"{"version": 1, "sites": [{"name": "a"}]}"#, "sites[0].servers: missing"),
        (#"{"version": 1, "sites": [{"name": "a", "servers": []}]}"#, "sites[0].servers: must not be empty"),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "hub"}]}]}"#,
            "sites[0].servers[0].role: expected mailbox, edge"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox", "x": 1}]}]}"#,
            "sites[0].servers[0].x: unknown key"
        ),
        (
            #"{"version": 1, "sites": [{"name": "../a", "servers": [{"name": "b", "role": "mailbox"}]}]}"#,
            "sites[0].name: must not start with a dot"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b\n", "role": "mailbox"}]}]}"#,
            "sites[0].servers[0].name: must not contain control characters"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox"}, {"name": "B", "role": "mailbox"}]}]}"#,
            "sites[0].servers[1].name: the server is there twice"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "edge"}]}]}"#,
            "sites[0].servers: an Edge server without a Mailbox server that it is subscribed to"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "m", "role": "mailbox"}, {"name": "b", "role": "edge", "services": ["IIS"]}]}]}"#,
            "sites[0].servers[1]: an Edge server has no other service than SMTP"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox", "services": ["Federation"]}]}]}"#,
            "sites[0].servers[0].services: expected some of IIS, IMAP, POP, SMTP, UM, UMCallRouter"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox", "selfSigned": "12"}]}]}"#,
            "sites[0].servers[0].selfSigned: expected a thumbprint, 40 hex digits"
        ),
        (
            #"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b", "role": "mailbox", "certificates": []}]}]}"#,
            "sites[0].servers[0].certificates: must not be empty"
        ),
        (#"{"version": 1, "version": 1, "sites": []}"#, "version is there twice"),
    ])
    func problemsNameTheirPlace(_ text: String, problem: String) {
        #expect(reason(text) == problem)
    }

    @Test func theExampleInTheDocumentation() throws {
        let page = try String(
            contentsOf: PackageFolder.root.appending(path: "docs/windows.md"), encoding: .utf8)
        let start = try #require(page.firstRange(of: "    {\n      \"version\": 1,")).lowerBound
        let example = String(page[start...].components(separatedBy: "\n\n")[0])
        let sites = try SitesConfiguration(json: Array(example.utf8)).sites
        #expect(sites.map(\.name) == ["berlin"] && sites[0].servers.count == 3)
        #expect(try schemaFindings(example) == "")
    }

    @Test func theSchemaTakesWhatTheReaderTakes() throws {
        #expect(try schemaFindings(Self.full) == "")
        #expect(try schemaFindings(#"{"version": 1, "sites": [{"name": "../a", "servers": []}], "x": 1}"#) != "")
        #expect(try schemaFindings(#"{"version": 1, "sites": [{"name": "a", "servers": [{"name": "b"}]}]}"#) != "")
    }

    /// So that neither can grow alone.
    @Test func theReaderKnowsEveryKeyOfTheSchema() throws {
        let schema = try #require(
            JSONSerialization.jsonObject(with: Data(SitesConfiguration.jsonSchema.utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        func document(_ object: Any?) throws -> String {
            let properties = try #require((object as? [String: Any])?["properties"] as? [String: Any])
            return properties.keys.filter { !["sites", "servers", "certificates"].contains($0) }.sorted()
                .map { "\"\($0)\": 0" }.joined(separator: ", ")
        }
        let text = """
            {\(try document(schema)), "sites": [{\(try document(definitions["site"])), "servers": [{
             \(try document(definitions["server"])), "certificates": [{"certificate": 0, "services": 0}]}]}]}
            """
        #expect(reason(text).contains("expected") && !reason(text).contains("unknown key"), "\(reason(text))")
    }

    private func schemaFindings(_ document: String) throws -> String {
        let folder = try TemporaryFolder()
        let script = """
            import json, sys, jsonschema
            schema, document = [json.load(open(path)) for path in sys.argv[1:]]
            jsonschema.Draft202012Validator.check_schema(schema)
            for error in jsonschema.Draft202012Validator(schema).iter_errors(document): print(error.message)
            """
        return try ExternalTool.python3.check([
            "-c", script, folder.write(SitesConfiguration.jsonSchema.utf8, to: "schema.json"),
            folder.write(document.utf8, to: "document.json"),
        ]).text
    }
}
