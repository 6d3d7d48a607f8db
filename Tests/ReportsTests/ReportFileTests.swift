import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

@Suite struct ReportFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static func texts() throws -> [(ReportFile.Kind, String)] {
        let metrics = RunMetrics(
            manifestPath: "/m", version: "1", start: Fixture.moment, end: Fixture.moment, exitCode: 0, manifest: nil)
        return [
            (.metrics, metrics.text(earlier: nil)), (.junit, JUnitDocument(Fixture.ordinary).text),
            (.html, try HTMLReport([.init(manifest: Fixture.ordinary, path: "/m")], version: "1").text()),
        ]
    }

    @Test func replacesWhatItWroteBefore() throws {
        for (kind, text) in try Self.texts() {
            let file = ReportFile(kind, at: folder.path("new/report"))
            #expect(try file.earlier() == nil)
            try file.write(text)
            #expect(try file.earlier() == Array(text.utf8))
            try file.write(text)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("new")) == ["report"])
            try FileManager.default.removeItem(atPath: folder.path("new"))
        }
    }

    @Test func whatAKilledRunLeftInTheFolderGoes() throws {
        try folder.write("dead".utf8, to: ".recapi-a1.tmp")
        try folder.write("other".utf8, to: ".recapi-x.tmp")
        try ReportFile(.junit, at: folder.path("junit.xml")).write(JUnitDocument(Fixture.ordinary).text)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [".recapi-x.tmp", "junit.xml"])
    }

    @Test func replacesNothingElse() throws {
        let texts = try Self.texts()
        try folder.write([0x30, 0x80, 0x02, 0x01, 0x03], to: "server.pfx")
        try folder.write(Array(#"{"schemaVersion": 1}"#.utf8), to: "manifest.json")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("server.pfx"))
        try folder.write(Array(texts[0].1.utf8), to: "recapi.prom")
        for (kind, text) in texts {
            for name in ["server.pfx", "manifest.json", "link", "."] + (kind == .metrics ? [] : ["recapi.prom"]) {
                let file = ReportFile(kind, at: folder.path(name))
                #expect(errorCode { try file.write(text) } == "outputExists", "\(kind) \(name)")
            }
        }
        #expect(try folder.read("server.pfx") == [0x30, 0x80, 0x02, 0x01, 0x03])
        #expect(try folder.read("recapi.prom") == Array(texts[0].1.utf8))
    }

    @Test func emptyFileMayBeReplaced() throws {
        try folder.write([], to: "reserved")
        try ReportFile(.junit, at: folder.path("reserved")).write(Self.texts()[1].1)
        #expect(try folder.read("reserved").starts(with: "<?xml".utf8))
    }
}
