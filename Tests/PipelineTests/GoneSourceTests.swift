import Foundation
import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// What stays recorded of sources that are not there any more.
@Suite struct GoneSourceTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private var manifest: Manifest { get throws { try Manifest.read(from: workshop.path("out/manifest.json")) } }

    private func items(_ configuration: PipelineConfiguration? = nil) throws -> [Manifest.Item] {
        let items = try workshop.items(configuration ?? workshop.configuration)
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
        return items
    }

    private func status(_ configuration: PipelineConfiguration) throws -> PipelineStatus {
        try PipelineStatus(
            configuration: configuration, providers: [fakeProvider("fake")], tool: .init(name: "recapi", version: "0"))
    }

    private func editManifest(_ old: String, _ new: String) throws {
        let text = try workshop.text("out/manifest.json")
        #expect(text.contains(old))
        try workshop.write(text.replacing(old, with: new), to: "out/manifest.json")
    }

    /// Such as one that is not mounted.
    @Test func aFolderThatIsEmptyForANightLosesNothing() throws {
        try workshop.write("a", to: "in/a.pfx")
        try workshop.write("b", to: "more/b.pfx")
        var configuration = workshop.configuration
        configuration.inputs.append(workshop.input("other", "more"))
        let before = try items(configuration)
        func empty() throws {
            unlink(workshop.folder.path("more/b.pfx"))
            for _ in 0..<2 {
                #expect(try items(configuration).map(\.status) == [.unchanged])
                let manifest = try manifest
                #expect(manifest.itemsGone?.map(\.outputSHA256) == [before[1].outputSHA256])
                let note =
                    "inputs[1] (site other) gave no file, and of its site 1 recorded source is gone: is it mounted?"
                #expect(manifest.notes?.contains(note) == true)
                #expect(manifest.notes?.contains("1 recorded source is gone, and its output was left") == true)
                #expect(try status(configuration).notes.contains(note))
                #expect(try status(configuration).gone.map(\.site) == ["other"])
            }
        }
        try empty()
        try workshop.write("b", to: "more/b.pfx")
        #expect(try !status(configuration).hasWork)
        #expect(try items(configuration).map(\.status) == [.unchanged, .unchanged])
        #expect(try manifest.itemsGone == nil)

        try empty()
        try editManifest("\"site\": \"other\"", "\"site\": \"ozher\"")
        #expect(try workshop.run(configuration).notes.contains { $0.contains("were changed after it was written") })
        try workshop.write("b", to: "more/b.pfx")
        _ = try items(configuration)
        try empty()
        try workshop.write("changed", to: "more/b.pfx")
        #expect(try items(configuration).map(\.status) == [.unchanged, .converted])
        #expect(try workshop.text("out/other/b.pfx") == "changed converted")
        // With its output, nothing is left that would have to be known.
        unlink(workshop.folder.path("more/b.pfx"))
        unlink(workshop.folder.path("out/other/b.pfx"))
        _ = try items(configuration)
        #expect(try manifest.itemsGone == nil)
    }

    /// What failed before is as well known as what was done.
    @Test func anOwnOutputIsStillKnownAfterAFailureAndANight() throws {
        try workshop.write("a", to: "in/a.pfx")
        try workshop.write("b", to: "in/b.pfx")
        let before = try items()
        try workshop.write("broken", to: "in/a.pfx")
        let failed = try workshop.items(workshop.configuration) { _ in throw PKCS12Error(.wrongPassword, "no") }
        #expect(failed[0].status == .failed && failed[0].output == before[0].output)
        unlink(workshop.folder.path("in/a.pfx"))
        for _ in 0..<2 {
            #expect(try items().map(\.status) == [.unchanged])
            let gone = try manifest.itemsGone
            #expect(gone?.map(\.earlierOutputSHA256) == [before[0].outputSHA256])
        }
        try workshop.write("mended", to: "in/a.pfx")
        #expect(try items().map(\.status) == [.converted, .unchanged])
        #expect(try workshop.text("out/site/a.pfx") == "mended converted")
    }

    /// As of a folder that was renamed, or where each day has one: there are never more records than sources and outputs.
    @Test func aRecordGoesWhereItsOutputIsAnotherSources() throws {
        var configuration = workshop.configuration
        for day in 1...3 {
            try workshop.write("a", to: "day\(day)/a.pfx")
            try workshop.write("new on day \(day)", to: "day\(day)/b.pfx")
            configuration.inputs = [workshop.input("site", "day\(day)")]
            let items = try items(configuration)
            #expect(items.map(\.status) == (day == 1 ? [.converted, .converted] : [.unchanged, .failed]))
            let gone = try manifest.itemsGone
            // Of what was another's, and stays, the first day's record does.
            #expect(gone?.map(\.source) == (day == 1 ? nil : [workshop.folder.path("day1/b.pfx")]))
        }
        try workshop.write("renewed", to: "day1/b.pfx")
        configuration.inputs = [workshop.input("site", "day1")]
        #expect(try items(configuration).map(\.status) == [.unchanged, .converted])
    }

    @Test func aRecordThatChangesListsShows() throws {
        for name in ["a", "b"] { try workshop.write(name, to: "in/\(name).pfx") }
        _ = try items()
        unlink(workshop.folder.path("in/b.pfx"))
        _ = try items()
        let digester = Digester([fakeProvider("fake")])
        let text = try workshop.folder.read("out/manifest.json")
        let manifest = try manifest
        #expect(try ItemChain.digest(ofItemsIn: text, digester) == manifest.itemsSHA256)
        let moved = String(decoding: text, as: UTF8.self).replacing(
            /\n  \],\s*"itemsGone": \[/, with: ","
        ).replacing("\"itemsGone\": [", with: "")
        let other = try ItemChain.digest(ofItemsIn: Array(moved.utf8), digester)
        #expect(other != manifest.itemsSHA256)
        let count = try JSONDecoder().decode(Manifest.self, from: Data(moved.utf8)).items.count
        #expect(count == 2)
    }

    @Test func outputsOfOneFolderAreStillKnownAfterARunOverAnother() throws {
        try workshop.write("a", to: "in/a.pfx")
        try workshop.write("b", to: "more/b.pfx")
        var other = workshop.configuration
        other.inputs = [workshop.input("site", "more")]
        _ = try items()
        _ = try items(other)
        try workshop.write("changed", to: "in/a.pfx")
        #expect(try items().map(\.status) == [.converted])
        #expect(try manifest.itemsGone?.count == 1)
    }

    @Test func mergesKeepThemAsRunsDo() throws {
        for name in ["a", "b", "c"] { try workshop.write(name, to: "in/\(name).pfx") }
        func merge() throws -> ManifestMerge {
            for index in 0..<2 {
                var configuration = workshop.configuration
                configuration.shard = Shard(index, of: 2)
                _ = try workshop.run(configuration)
            }
            let merge = try ManifestMerge(
                [], of: workshop.configuration, providers: [fakeProvider("fake")],
                tool: .init(name: "recapi", version: "0"))
            #expect(
                try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")
            return merge
        }
        try merge().removeMerged()
        unlink(workshop.folder.path("in/b.pfx"))
        for _ in 0..<2 {
            let report = try merge().report
            #expect(report.gone == 1 && report.notes.contains("1 recorded source is gone, and its output was left"))
            #expect(try manifest.itemsGone?.map(\.source) == [workshop.folder.path("in/b.pfx")])
        }
        try workshop.write("changed", to: "in/b.pfx")
        #expect(try merge().result.summary.converted == 1)
        #expect(try workshop.text("out/site/b.pfx") == "changed converted")
        #expect(try manifest.itemsGone == nil)
    }
}
