import Foundation
import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Pipeline

@Suite struct ConfigurationTests {
    @Test(arguments: [
        ("{\n \"a\": 1,\n \"b\" 2\n}", "line 3, column 6"), ("", "line 1, column 1"),
        ("{\"a\": [1,\n2", "line 2, column 2"),
        ("{\"a\": tru}", "line 1, column 7"), ("// no\n{}", "line 1, column 1"), ("{} {}", "line 1, column 4"),
        ("{\"a\": \"\n\"}", "line 2, column 1"), ("[1-2]", "line 1, column 2"),
    ])
    func textsThatAreNoJSONSayWhere(text: String, place: String) {
        #expect(JSONGrammar.firstViolation(in: Array(text.utf8)) == place)
        let error = #expect(throws: PipelineError.self) { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.reason.hasSuffix("(\(place))") == true)
    }

    @Test func jsonIsWithoutViolations() {
        let text = #" {"a": [1, -2.5e+3, true, false, null, "\"\\ü\u00e9", {}, []], "b": {"c": ""}} "#
        #expect(JSONGrammar.firstViolation(in: Array(text.utf8)) == nil)
    }

    static let full = #"""
        {"version": 1,
         "inputs": [
           {"site": "Berlin", "path": "in/berlin", "password": "file:secrets/berlin"},
           {"site": "Paris", "list": "/lists/paris", "match": ["*.pkcs12"], "recursive": false,
            "password": ["env:A", "fd:3", "cred:paris", "cmd:pass show paris", "prompt", "empty"], "outputPassword": "prompt"},
           {"site": "Oslo", "token": "pkcs11:token=web;object=www?pin-source=file:/etc/pin", "pin": "cred:pin",
            "module": "lib/p11.so", "caCertificates": "ca", "export": ["wrapped", "read"]}],
         "output": {"directory": "out", "name": "{name}-{site}.pfx", "password": "cred:out", "overwrite": "replace"},
         "providers": ["openssl", "gnutls"], "isolate": ["gnutls"], "distribute": "prefer", "verify": "all",
         "profile": {"name": "rsa-aes", "keySpec": "signature", "encryption": "aes256-sha256", "machineKeySet": "set"},
         "unchanged": "rewrite", "allowMissingMAC": true, "manifest": "report/manifest.json", "jobs": 7, "jobsPerToken": 3,
         "limits": {"fileBytes": 1, "nesting": 2, "bags": 3, "iterations": 4, "totalIterations": 5, "saltBytes": 6}}
        """#

    private func parse(_ text: String) throws(PipelineError) -> PipelineConfiguration {
        try PipelineConfiguration(json: Array(text.utf8), relativeTo: "/etc/recapi")
    }

    /// The minimal configuration with more members at the top, in its input, and in its output.
    private func parse(top: String = "", input: String = "", output: String = "") throws(PipelineError)
        -> PipelineConfiguration
    {
        try parse(
            """
            {"version": 1, "inputs": [{"site": "a", "path": "in", "password": "prompt"\(input)}],
             "output": {"directory": "out", "password": "prompt"\(output)}\(top)}
            """)
    }

    private func reason(_ body: () throws(PipelineError) -> PipelineConfiguration) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            #expect(error.code == .configurationInvalid)
            return error.reason
        }
    }

    @Test func everyMemberIsRead() throws {
        let configuration = try parse(Self.full)
        #expect(configuration.inputs[0].location == .path("/etc/recapi/in/berlin"))
        #expect(configuration.inputs[0].passwords == [.file("/etc/recapi/secrets/berlin")])
        #expect(configuration.inputs[0].match == ["*.pfx", "*.p12"])
        #expect(configuration.inputs[1].location == .list("/lists/paris"))
        #expect(
            configuration.inputs[1].passwords == [
                .environment("A"), .descriptor(3), .credential("paris"), .command(["pass", "show", "paris"]), .prompt,
                .empty,
            ])
        #expect(configuration.inputs[1].outputPassword == .prompt)
        #expect(configuration.inputs[1].recursive == false)
        #expect(configuration.output.directory == "/etc/recapi/out")
        #expect(configuration.output.overwrite == .replace)
        #expect(configuration.output.name.pattern == "{name}-{site}.pfx")
        #expect(configuration.providers == ["openssl", "gnutls"])
        #expect(configuration.isolate == .only(["gnutls"]))
        #expect(configuration.distribute == .prefer)
        #expect(configuration.verify == .all)
        #expect(configuration.profile.name == "rsa-aes")
        #expect(configuration.profile.keySpec == .signature)
        #expect(configuration.profile.encryption == .aes256SHA256)
        #expect(configuration.profile.machineKeySet == .set)
        #expect(configuration.unchanged == .rewrite)
        #expect(configuration.allowMissingMAC)
        #expect(configuration.manifestPath == "/etc/recapi/report/manifest.json")
        #expect(configuration.jobs == 7)
        #expect(configuration.limits.saltByteCount == 6)
        #expect(configuration.limits.totalIterations == 5)
    }

    @Test func defaultsAreThoseOfTheDesign() throws {
        let configuration = try parse()
        #expect(configuration.profile == .schannel)
        #expect(configuration.manifestPath == "/etc/recapi/out/manifest.json")
        #expect(configuration.output.overwrite == .never)
        #expect(configuration.verify == .another)
        #expect(configuration.jobs == nil)
        #expect(configuration.isolate == .byDefault)
        #expect(configuration.isolate.contains("pkcs11") && !configuration.isolate.contains("openssl"))
        #expect(configuration.limits == Limits())
    }

    @Test(arguments: [("true", true), ("false", false)])
    func isolateTakesAllOrNone(value: String, isolated: Bool) throws {
        let configuration = try parse(top: #", "isolate": \#(value)"#)
        #expect(["openssl", "pkcs11"].map(configuration.isolate.contains) == [isolated, isolated])
        let canonical = try configuration.canonicalJSON()
        #expect(try PipelineConfiguration(json: canonical, relativeTo: "/x").isolate == configuration.isolate)
    }

    @Test func variablesWithPasswordsAreKnown() throws {
        #expect(try parse(Self.full).passwordVariables == ["A"])
    }

    @Test(arguments: [
        (#", "colour": 1"#, "colour: unknown key"),
        (#", "jobs": "4""#, "jobs: expected an integer, found a string"),
        (#", "jobs": 0"#, "jobs: must be at least 1"),
        (#", "providers": []"#, "providers: must not be empty"),
        (#", "providers": ["a", 1]"#, "providers[1]: expected a string, found an integer"),
        (#", "providers": ["a", "a"]"#, "providers[1]: is there twice"),
        (#", "isolate": []"#, "isolate: must not be empty"),
        (#", "isolate": ["a", "a"]"#, "isolate[1]: is there twice"),
        (#", "isolate": "gnutls""#, "isolate: expected a list of providers, true or false, found a string"),
        (#", "profile": "fast""#, "profile: expected schannel, rsa-aes, enhanced, unnamed"),
        (#", "profile": {"name": "schannel", "keyspec": "exchange"}"#, "profile.keyspec: unknown key"),
        (#", "profile": {"keySpec": "both"}"#, "profile.name: missing; profile.keySpec: expected exchange, signature"),
        (#", "limits": {"bag": 1}"#, "limits.bag: unknown key"),
        (#", "limits": {"bags": -1}"#, "limits.bags: must be at least 1"),
        (#", "allowMissingMAC": 1"#, "allowMissingMAC: expected true or false, found an integer"),
        (#", "verify": "none""#, "verify: expected another, all, same"),
        (#", "jobs": 1, "jobs": 2"#, "jobs is there twice"),
    ])
    func problemsAtTheTopAreNamedByPath(members: String, expected: String) {
        #expect(reason { () throws(PipelineError) in try parse(top: members) } == expected)
    }

    @Test(arguments: [
        (#", "passwords": "prompt""#, "inputs[0].passwords: unknown key"),
        (#", "list": "x""#, "inputs[0]: has path and list; give one of them"),
        (#", "match": []"#, "inputs[0].match: must not be empty"),
        (#", "outputPassword": "hunter2""#, "inputs[0].outputPassword: not a password source"),
        (#", "outputPassword": "empty""#, "inputs[0].outputPassword: an output must not have the empty password"),
        (#", "site": "b""#, "inputs[0].site is there twice"),
        (
            #", "token": "pkcs11:token=x""#,
            "inputs[0]: has path and token; give one of them; inputs[0].password: does not go with token"
        ),
        (#", "pin": "prompt""#, "inputs[0].pin: goes with token only"),
    ])
    func problemsOfInputsAreNamedByPath(members: String, expected: String) {
        #expect(reason { () throws(PipelineError) in try parse(input: members) } == expected)
    }

    @Test(arguments: [
        (#""token": "pkcs11:token=x", "password": "prompt""#, "inputs[0].password: does not go with token"),
        (#""token": "pkcs11:token=x", "recursive": true"#, "inputs[0].recursive: does not go with token"),
        (#""token": "http://x""#, "inputs[0].token: not a URI of a token (pkcs11:token=…)"),
        (#""token": "pkcs11:token=a b""#, "inputs[0].token: not a URI of a token (pkcs11:token=…)"),
        (
            #""token": "pkcs11:token=x?pin-value=hunter2""#,
            "inputs[0].token: has the PIN in it; name its source in pin, or in the URI's pin-source"
        ),
        (
            #""token": "pkcs11:token=x?module-name=y&pin-value=hunter2""#,
            "inputs[0].token: has the PIN in it; name its source in pin, or in the URI's pin-source"
        ),
        (#""token": "pkcs11:", "pin": "hunter2""#, "inputs[0].pin: not a password source"),
        (#""token": "pkcs11:", "export": []"#, "inputs[0].export: must not be empty"),
        (#""token": "pkcs11:", "export": ["read", "stolen"]"#, "inputs[0].export[1]: expected shrouded, wrapped, read"),
        (#""token": "pkcs11:", "module": """#, "inputs[0].module: expected a path"),
    ])
    func problemsOfTokenInputsAreNamedByPathAndShowNoPIN(members: String, expected: String) {
        let reason = reason { () throws(PipelineError) in
            try parse(
                """
                {"version": 1, "inputs": [{"site": "a", \(members)}], "output": {"directory": "o", "password": "prompt"}}
                """)
        }
        #expect(reason.components(separatedBy: "; ").contains(expected) || reason == expected, "\(reason)")
        #expect(!reason.contains("hunter2"))
    }

    @Test(arguments: [
        ("file:/etc/pin", "file:/etc/pin"), ("/etc/pin", "file:/etc/pin"), ("file:///etc/pin", "file:/etc/pin"),
        ("|/usr/bin/pinomatic -v", "cmd:/usr/bin/pinomatic -v"), ("pin", nil), ("file:pin", nil), ("|", nil),
        ("file://host/pin", nil), ("", nil),
    ])
    func pinSourcesOfURIsAreSourcesOfPasswords(value: String, expected: String?) {
        #expect((try? PasswordSource(pinSource: value))?.description == expected)
    }

    @Test func aTokenInputNeedsNoPassword() throws {
        let configuration = try parse(
            #"{"version": 1, "inputs": [{"site": "a", "token": "pkcs11:token=x"}], "output": {"directory": "o", "password": "prompt"}}"#
        )
        #expect(configuration.inputs[0].token == .init(uri: "pkcs11:token=x"))
        #expect(configuration.jobsPerToken == 1 && !configuration.allowsFinalTry && configuration.namesTokens)
        let full = try parse(Self.full)
        #expect(full.inputs[2].token?.pin == .credential("pin") && full.inputs[2].token?.export == [.wrapped, .read])
        #expect(full.inputs[2].token?.module == "/etc/recapi/lib/p11.so")
        #expect(full.jobsPerToken == 3)
    }

    @Test(arguments: [
        (#", "name": "{site}.pfx""#, "output.name: the pattern must contain {name}"),
        (#", "name": "../{name}""#, "output.name: the pattern must not contain . or .. as a folder"),
        (#", "name": "/{name}""#, "output.name: the pattern must not start with a slash"),
        (#", "name": "{name}{nam}""#, "output.name: {nam} is not a field; there are {site}, {folder}, {name} and {id}"),
        (#", "name": "{name""#, "output.name: a brace has no partner"),
        (#", "overwrite": true"#, "output.overwrite: expected a string, found a boolean"),
    ])
    func problemsOfTheOutputAreNamedByPath(members: String, expected: String) {
        #expect(reason { () throws(PipelineError) in try parse(output: members) } == expected)
    }

    @Test(arguments: ["", "..", ".hidden", "a/b", "a\\b", "a\nb", "a\u{7F}"])
    func hostileSitesAreRefused(site: String) throws {
        var configuration = try parse()
        configuration.inputs[0].site = site
        let problems = ConfigurationObject.Problems(schema: "pipeline")
        configuration.check(into: problems)
        #expect(problems.sentences.count == 1)
        #expect(problems.sentences.first?.hasPrefix("inputs[0].site: ") == true)
    }

    @Test func allProblemsAreSaidAtOnce() {
        let text = #"{"inputs": [{"path": 1}, {"site": "b", "path": "x", "password": []}], "output": {}, "x": null}"#
        let reason = reason { () throws(PipelineError) in try parse(text) }
        for path in [
            "version: missing", "inputs[0].site: missing", "inputs[0].password: missing",
            "inputs[0].path: expected a string",
            "inputs[1].password: must not be empty", "output.directory: missing", "x: unknown key",
        ] {
            #expect(reason.contains(path), "\(path) in \(reason)")
        }
    }

    @Test func whatMayBeAPasswordIsNotRepeated() {
        for secret in ["hunter2", "pass:hunter2", "http:hunter2"] {
            do {
                _ = try parse(input: #", "outputPassword": "\#(secret)""#)
                Issue.record("\(secret) was taken")
            } catch {
                #expect(!error.description.contains("hunter2"))
                #expect(error.hint?.contains("file:PATH") == true)
            }
        }
    }

    @Test func repeatedInputsAreRefused() throws {
        let input = #"{"site": "a", "path": "in", "password": "prompt"}"#
        let text =
            #"{"version": 1, "inputs": [\#(input), \#(input)], "output": {"directory": "out", "password": "prompt"}}"#
        let reason = reason { () throws(PipelineError) in try parse(text) }
        #expect(reason == "inputs[1]: takes the same files for the same site as inputs[0]")
    }

    @Test func aMissingOutputPasswordIsNamed() {
        let text = #"""
            {"version": 1, "inputs": [{"site": "a", "path": "in", "password": "prompt"}], "output": {"directory": "out"}}
            """#
        #expect(reason { () throws(PipelineError) in try parse(text) } == "inputs[0].outputPassword: missing")
    }

    @Test func versionsOfTheFutureAndWhatIsNotJSONAreRefused() {
        #expect(reason { () throws(PipelineError) in try parse("{") }.hasPrefix("the text is not JSON"))
        #expect(reason { () throws(PipelineError) in try parse("[]") } == "expected an object, found an array")
        let future = #"{"version": 2, "inputs": [], "output": {"directory": "x"}}"#
        #expect(
            reason { () throws(PipelineError) in try parse(future) }.contains("version: version 2 is not known here"))
    }

    @Test func theFilesFolderIsTheBaseAndTheFileIsNamed() throws {
        let workshop = try Workshop()
        let good = try workshop.write(
            #"{"version": 1, "inputs": [{"site": "a", "path": "in", "password": "file:password"}], "output": {"directory": "out", "password": "prompt"}}"#,
            to: "sub/pipeline.json")
        let configuration = try PipelineConfiguration.read(from: good)
        #expect(configuration.inputs[0].location == .path(workshop.path("sub/in")))
        let bad = try workshop.write(#"{"version": true}"#, to: "bad.json")
        #expect(throws: PipelineError.self) { try PipelineConfiguration.read(from: bad) }
        do { _ = try PipelineConfiguration.read(from: bad) } catch { #expect(error.reason.hasPrefix("\(bad): ")) }
        #expect(code { try PipelineConfiguration.read(from: workshop.path("none.json")) } == "configurationUnreadable")
    }

    @Test func theDigestDependsOnWhatMatters() throws {
        let one = try parse().canonicalJSON()
        #expect(try parse().canonicalJSON() == one)
        #expect(try parse(top: #", "verify": "another""#).canonicalJSON() == one)
        #expect(try parse(top: #", "verify": "all""#).canonicalJSON() != one)
    }
}
