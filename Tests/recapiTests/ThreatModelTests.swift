import Foundation
import TestSupport
import Testing

/// The tests that SECURITY.md names are there.
@Suite struct ThreatModelTests {
    @Test func everyPromiseHasItsTest() throws {
        let security = try String(contentsOf: PackageFolder.root.appending(path: "SECURITY.md"), encoding: .utf8)
        let sources = try FileManager.default.subpathsOfDirectory(atPath: PackageFolder.root.path + "/Tests")
            .filter { $0.hasSuffix("Tests.swift") }
            .map { try String(contentsOf: PackageFolder.root.appending(path: "Tests/\($0)"), encoding: .utf8) }
        let names = security.matches(of: #/`(\w+Tests)\.(\w+)`/#).map { ($0.output.1, $0.output.2) }
        #expect(names.count > 20)
        for (suite, test) in names {
            #expect(
                sources.contains { $0.contains("struct \(suite) {") && $0.contains("func \(test)(") },
                "there is no \(suite).\(test)")
        }
    }
}
