import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// What an XML parser of others reads from the JUnit file.
@Suite struct JUnitTests {
    /// Elements as `[name, attributes, text, children]`.
    private struct Element {
        let name: String
        let attributes: [String: String]
        let text: String
        let children: [Element]

        init(parsing document: String) throws {
            let script = """
                import xml.etree.ElementTree as tree
                def take(e): return [e.tag, e.attrib, e.text or '', [take(c) for c in e]]
                json.dump(take(tree.fromstring(sys.stdin.buffer.read())), sys.stdout)
                """
            try self.init(python(script, document))
        }

        private init(_ value: Any) throws {
            let parts = try #require(value as? [Any])
            name = try #require(parts[0] as? String)
            attributes = try #require(parts[1] as? [String: String])
            text = try #require(parts[2] as? String)
            children = try #require(parts[3] as? [Any]).map(Element.init)
        }
    }

    @Test func itemsAreTestCasesOfTheirSites() throws {
        let root = try Element(parsing: JUnitDocument(Fixture.ordinary).text)
        #expect(root.name == "testsuites")
        #expect(root.attributes == ["name": "recapi", "tests": "6", "failures": "3", "errors": "0", "time": "0.075"])
        #expect(root.children.map(\.name) == ["testsuite", "testsuite", "testsuite"])
        #expect(root.children.map { $0.attributes["name"] } == ["berlin", "paris", "tokyo"])
        let berlin = root.children[0]
        #expect(berlin.attributes["tests"] == "3" && berlin.attributes["failures"] == "1")
        #expect(berlin.attributes["time"] == "0.038" && berlin.attributes["timestamp"] == "2026-11-24T02:00:03")
        let cases = berlin.children.filter { $0.name == "testcase" }
        #expect(cases.map { $0.attributes["name"] } == ["/in/berlin/a.pfx", "/in/berlin/b.pfx", "/in/berlin/c.pfx"])
        #expect(cases.allSatisfy { $0.attributes["classname"] == "berlin" })
        #expect(cases[0].children.isEmpty && cases[1].children.isEmpty)
        let failure = try #require(cases[2].children.first)
        #expect(failure.name == "failure")
        #expect(failure.attributes == ["type": "wrongPassword", "message": "it went wrong"])
        #expect(failure.text == "it went wrong\nhint: give the password\nsource: /in/berlin/c.pfx")
    }

    @Test func othersTextStaysText() throws {
        let document = JUnitDocument(Fixture.attack).text
        let suite = try #require(try Element(parsing: document).children.first)
        #expect(suite.attributes["name"] == Fixture.hostileAsShown)
        let cases = suite.children.filter { $0.name == "testcase" }
        #expect(cases.count == 2)
        #expect(cases[0].attributes["name"] == "/in/" + Fixture.hostileAsShown && cases[0].children.isEmpty)
        let failure = try #require(cases[1].children.first)
        #expect(failure.attributes == ["type": Fixture.hostileAsShown, "message": Fixture.hostileAsShown])
        #expect(failure.text.hasPrefix(Fixture.hostileAsShown + "\nhint: "))
        #expect(failure.children.isEmpty)
    }

    @Test func runThatCameToNothingIsAnError() throws {
        let failure = Fixture.failure("configurationInvalid", "inputs[0].password: no", hint: "say where it is")
        let root = try Element(parsing: JUnitDocument(failure: failure, start: "2026-11-24T02:00:03.120Z").text)
        #expect(root.attributes["errors"] == "1" && root.attributes["failures"] == "0")
        let error = try #require(root.children.first?.children.first?.children.first)
        #expect(error.name == "error")
        #expect(error.attributes["type"] == "configurationInvalid" && error.text.contains("hint: say where it is"))
    }

    @Test(arguments: [Double.infinity, .nan, -1, 1e300, 0.4]) func anyDurationIsATime(milliseconds: Double) throws {
        var item = Fixture.item("berlin", "/in/a.pfx")
        item.durationMilliseconds = milliseconds
        let suite = try #require(try Element(parsing: JUnitDocument(Fixture.manifest([item])).text).children.first)
        let time = try #require(suite.attributes["time"])
        #expect(time.wholeMatch(of: #/[0-9]{1,13}\.[0-9]{3}/#) != nil, "\(time)")
    }
}
