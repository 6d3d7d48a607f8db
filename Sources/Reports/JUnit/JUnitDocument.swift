import Pipeline

/// Runs as JUnit XML, for the dashboards of continuous integration: a suite for each site, a test case for each item.
///
/// It is valid against the schema that Jenkins checks with (junit-10.xsd of its xUnit plugin), and has the attributes that
/// others look for.
public struct JUnitDocument: Sendable {
    public let text: String

    public init(_ manifest: Manifest) {
        let sites = Dictionary(grouping: manifest.items, by: \.site).sorted { $0.key < $1.key }
        let time = manifest.items.reduce(0) { $0 + $1.durationMilliseconds }
        text = Self.document(
            tests: manifest.items.count, failures: Self.failures(manifest.items), errors: 0, milliseconds: time,
            suites: sites.map { Self.suite($0.key, $0.value, manifest) })
    }

    /// A run that came to nothing, as one test case with an error.
    ///
    /// - Parameter start: ISO 8601.
    public init(failure: Manifest.Failure, start: String) {
        let suite =
            #"<testsuite name="recapi" tests="1" failures="0" errors="1" skipped="0" time="0" timestamp="\#(Self.short(start))">"#
        let testCase = Self.testCase(
            "run", site: "recapi", milliseconds: 0, problem: Self.problem("error", failure, details: []))
        text = Self.document(
            tests: 1, failures: 0, errors: 1, milliseconds: 0, suites: [suite + "\n" + testCase + "  </testsuite>\n"])
    }

    private static func document(
        tests: Int, failures: Int, errors: Int, milliseconds: Double, suites: [String]
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="recapi" tests="\(tests)" failures="\(failures)" errors="\(errors)" time="\(seconds(milliseconds))">

        """ + suites.map { "  " + $0 }.joined() + "</testsuites>\n"
    }

    private static func suite(_ site: String, _ items: [Manifest.Item], _ manifest: Manifest) -> String {
        let time = items.reduce(0) { $0 + $1.durationMilliseconds }
        return """
            <testsuite name="\(MarkupText.escaped(site))" tests="\(items.count)" failures="\(failures(items))" errors="0" skipped="0" \
            time="\(seconds(time))" timestamp="\(short(manifest.run.start))">
                <properties>
                  <property name="run" value="\(MarkupText.escaped(manifest.run.id))"/>
                  <property name="tool" value="\(MarkupText.escaped(manifest.tool.name + " " + manifest.tool.version))"/>
                </properties>

            """ + items.map(testCase).joined() + "  </testsuite>\n"
    }

    private static func failures(_ items: [Manifest.Item]) -> Int { items.count { $0.error != nil } }

    private static func testCase(_ item: Manifest.Item) -> String {
        let problem = item.error.map { error in
            self.problem(
                "failure", error,
                details: ["source: \(item.source)"] + item.identities.map { "thumbprint: \($0.thumbprint)" })
        }
        return testCase(item.source, site: item.site, milliseconds: item.durationMilliseconds, problem: problem)
    }

    private static func testCase(_ name: String, site: String, milliseconds: Double, problem: String?) -> String {
        let head =
            #"    <testcase name="\#(MarkupText.escaped(name))" classname="\#(MarkupText.escaped(site))" "#
            + #"time="\#(seconds(milliseconds))""#
        return head + (problem.map { ">\n\($0)    </testcase>\n" } ?? "/>\n")
    }

    private static func problem(_ element: String, _ failure: Manifest.Failure, details: [String]) -> String {
        let lines = [failure.message] + [failure.hint.map { "hint: \($0)" }].compactMap(\.self) + details
        return """
                  <\(element) type="\(MarkupText.escaped(failure.code))" message="\(MarkupText.escaped(failure.message))">\
            \(lines.map(MarkupText.escaped).joined(separator: "\n"))</\(element)>

            """
    }

    /// With at most three decimals and no exponent, as the schema wants.
    private static func seconds(_ milliseconds: Double) -> String {
        // A manifest may say anything of how long an item took.
        let whole = Int(min(max(0, milliseconds), 1e15).rounded())
        let fraction = String(whole % 1_000 + 1_000).dropFirst()
        return "\(whole / 1_000).\(fraction)"
    }

    /// Without fraction and zone: the older schema of Ant takes neither.
    private static func short(_ timestamp: String) -> String {
        MarkupText.escaped(String(timestamp.prefix(19)))
    }
}
