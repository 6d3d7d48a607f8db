import Foundation
import TestSupport
import Testing

@testable import Pipeline

/// The schemas against Python's `jsonschema` (pip install jsonschema, which scripts/test does).
@Suite struct SchemaTests {
    static let validator = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path in sys.argv[2:]:
            for error in validator.iter_errors(json.load(open(path))):
                print(path, error.json_path, error.message)
        """

    /// What the schema finds wrong with documents.
    static func findings(_ schema: String, _ documents: [[UInt8]]) throws -> String {
        let folder = try TemporaryFolder()
        let schemaPath = try folder.write(schema.utf8, to: "schema.json")
        let paths = try documents.enumerated().map { try folder.write($1, to: "document-\($0).json") }
        return try ExternalTool.python3.check(["-c", validator, schemaPath] + paths).text
    }

    @Test func configurationsFollowTheSchema() throws {
        let full = try PipelineConfiguration(json: Array(ConfigurationTests.full.utf8), relativeTo: "/x")
        let documents = [Array(ConfigurationTests.full.utf8), try full.canonicalJSON()]
        #expect(try Self.findings(PipelineConfiguration.jsonSchema, documents) == "")
    }

    @Test func theCanonicalFormReadsBackAsItself() throws {
        let full = try PipelineConfiguration(json: Array(ConfigurationTests.full.utf8), relativeTo: "/x")
        let canonical = try full.canonicalJSON()
        #expect(try PipelineConfiguration(json: canonical, relativeTo: "/y").canonicalJSON() == canonical)
    }

    @Test(arguments: [
        #"{"version": 2, "inputs": [{"site": "a", "path": "x", "password": "prompt"}], "output": {"directory": "o"}}"#,
        #"{"version": 1, "inputs": [], "output": {"directory": "o"}}"#,
        #"{"version": 1, "inputs": [{"site": "a", "path": "x", "password": "hunter2"}], "output": {"directory": "o"}}"#,
        #"{"version": 1, "inputs": [{"site": "../a", "path": "x", "password": "prompt"}], "output": {"directory": "o"}}"#,
        #"{"version": 1, "inputs": [{"site": "a", "path": "x", "list": "y", "password": "prompt"}], "output": {"directory": "o"}}"#,
        #"{"version": 1, "inputs": [{"site": "a", "path": "x", "password": "prompt"}], "output": {"directory": "o"}, "x": 1}"#,
    ])
    func whatTheReaderRefusesTheSchemaRefuses(document: String) throws {
        #expect(try Self.findings(PipelineConfiguration.jsonSchema, [Array(document.utf8)]) != "")
        #expect(
            code { try PipelineConfiguration(json: Array(document.utf8), relativeTo: "/") } == "configurationInvalid")
    }

    /// Every key of the schema is one that the reader knows, so that neither can grow alone.
    @Test func theReaderKnowsEveryKeyOfTheSchema() throws {
        let schema = try #require(
            JSONSerialization.jsonObject(with: Data(PipelineConfiguration.jsonSchema.utf8)) as? [String: Any])
        let properties = try #require(schema["properties"] as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        func keys(_ object: Any?) throws -> [String] {
            Array(try #require((object as? [String: Any])?["properties"] as? [String: Any]).keys)
        }
        func document(_ keys: [String]) -> String { keys.map { "\"\($0)\": 0" }.joined(separator: ", ") }
        let profile = try #require((properties["profile"] as? [String: Any])?["oneOf"] as? [Any])
        let top = Set(properties.keys).subtracting(["inputs", "output", "limits", "profile"]).sorted()
        let text = """
            {\(document(top)), "inputs": [{\(document(try keys(definitions["input"])))}],
             "output": {\(document(try keys(properties["output"])))}, "limits": {\(document(try keys(properties["limits"])))},
             "profile": {\(document(try keys(profile.last)))}}
            """
        do {
            _ = try PipelineConfiguration(json: Array(text.utf8), relativeTo: "/")
            Issue.record("a configuration of zeros was taken")
        } catch {
            #expect(!error.reason.contains("unknown key"), "\(error.reason)")
        }
    }
}
