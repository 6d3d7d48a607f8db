import Foundation
import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// One manifest of those of shares.
@Suite struct MergeTests {
    private let workshop: Workshop
    private static let count = 24

    init() throws {
        workshop = try Workshop()
        for index in 0..<Self.count { try workshop.write("x\(index)", to: "in/\(index + 10).pfx") }
    }

    private func run(
        _ index: Int, of count: Int = 3, refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }
    ) throws -> RunResult {
        try workshop.runShare(index, of: count, refuse: refuse)
    }

    private func merge(_ paths: [FilePath] = [], _ configuration: PipelineConfiguration? = nil) throws -> ManifestMerge
    {
        try workshop.merge(paths, configuration)
    }

    private var manifest: Manifest { get throws { try Manifest.read(from: workshop.path("out/manifest.json")) } }

    @Test func sharesMakeOneManifestLikeThatOfOneRun() throws {
        let parts = try (0..<3).map { try run($0) }
        let merge = try merge()
        #expect(merge.result.verdict == .allDone && merge.report.isComplete && merge.report.merged == 3)
        let merged = try manifest
        #expect(merged.items.count == Self.count && merged.items.allSatisfy { $0.status == .converted })
        #expect(merged.items.map(\.source) == merged.items.map(\.source).sorted())
        #expect(merged.items[0].output == "site/10.pfx")
        let heads = try parts.map { try Manifest.read(from: $0.manifest).run }
        #expect(Set(merged.run.parts ?? []) == Set(heads.map(\.id)))
        #expect(merged.run.start == heads.map(\.start).min() && merged.run.end == heads.map(\.end).max())
        #expect(merged.run.configurationDigest == heads[0].configurationDigest)
        // A run over all inputs believes it.
        #expect(try workshop.run(workshop.configuration).summary.unchanged == Self.count)
    }

    @Test func whatIsMissingIsNamedAndStaysReplaceable() throws {
        for index in 0..<3 { _ = try run(index) }
        _ = try merge()
        try FileManager.default.removeItem(atPath: workshop.folder.path("out/manifest.shards"))
        // All sources change, and share 1 is lost.
        for index in 0..<Self.count { try workshop.write("y\(index)", to: "in/\(index + 10).pfx") }
        for index in [0, 2] { #expect(try run(index).verdict == .allDone) }
        let incomplete = try merge()
        #expect(incomplete.result.verdict == .someFailed && !incomplete.report.isComplete)
        #expect(incomplete.report.missingShards == ["1/3"])
        #expect(incomplete.report.missing.allSatisfy { $0.shard == "1/3" })
        let failed = try manifest.items.filter { $0.status == .failed }
        #expect(failed.map(\.source) == incomplete.report.missing.map(\.source) && !failed.isEmpty)
        #expect(failed.allSatisfy { $0.error?.code == "notRecorded" && $0.earlierOutputSHA256 != nil })
        // The outputs of the lost share are still those of the old sources, and are known to be ours.
        let last = try run(1)
        #expect(last.verdict == .allDone && last.summary.converted == failed.count)
        #expect(try merge().result.verdict == .allDone)
    }

    @Test func aRecordOfAnAttemptThatDidItCountsMore() throws {
        let first = try run(0)
        let failing = try run(0, of: 1) { _ in throw PKCS12Error(.wrongPassword, "no") }
        #expect(failing.verdict == .someFailed)
        for index in 1..<3 { _ = try run(index) }
        let again = try run(0)
        #expect(again.summary.unchanged == first.summary.converted)
        let report = try merge().report
        #expect(report.summary.converted == Self.count && report.isComplete)
        #expect(report.doubled == Self.count + first.summary.total)
    }

    @Test func contradictionsAreSettledByWhatIsThere() throws {
        for index in 0..<3 { _ = try run(index) }
        let old = workshop.names("out/manifest.shards").map { workshop.path("out/manifest.shards/" + $0) }
        try workshop.write("another", to: "in/10.pfx")
        for index in 0..<3 { _ = try run(index) }
        let all = workshop.names("out/manifest.shards").map { workshop.path("out/manifest.shards/" + $0) }
        // In whatever order they come.
        for paths in [all, all.filter { !old.contains($0) } + old] {
            let report = try merge(paths).report
            #expect(report.isComplete && report.summary.failed == 0)
            let item = try manifest.items[0]
            let digest = try FakeCrypto().digest(Array("another converted".utf8)[...], with: .sha256)
            #expect(item.status == .converted && item.outputSHA256 == hexText(digest))
        }
        try workshop.write("foreign", to: "out/site/10.pfx")
        let merge = try merge(all)
        #expect(merge.result.verdict == .verificationMismatch)
        #expect(merge.report.contradictory.map(\.source) == [workshop.folder.path("in/10.pfx")])
        #expect(try manifest.items[0].error?.code == "recordsContradictory")
    }

    @Test func onlyManifestsOfTheConfigurationCount() throws {
        for index in 0..<3 { _ = try run(index) }
        var other = workshop.configuration
        other.profile = .rsaAES
        #expect(code { try merge([], other) } == "nothingToDo")
        #expect(!workshop.exists("out/manifest.json"))
        #expect(code { try merge([workshop.path("none.json")]) } == "notFound")
        unlink(workshop.folder.path("in/10.pfx"))
        let report = try merge().report
        #expect(report.gone == 1 && report.summary.total == Self.count - 1 && report.isComplete)
    }

    /// What others do to a manifest must not keep the rest from being merged, and is no record of anything.
    @Test func manifestsThatAreNoneAreLeftOutAndTheirSourcesMissing() throws {
        let parts = try (0..<3).map { try run($0) }
        let name = "out/manifest.shards/" + FilePath(parts[0].manifest.name).text
        try workshop.write(try workshop.text(name).replacing("\"converted\"", with: "\"unchanged\""), to: name)
        for (file, text) in [
            ("a.json", "{}"), ("b.json", ""), ("c.json", String(try workshop.text(name).dropLast(99))),
        ] {
            try workshop.write(text, to: "out/manifest.shards/" + file)
        }
        let report = try merge().report
        #expect(report.merged == 2 && report.missing.count == parts[0].summary.total)
        #expect(report.missingShards == ["0/3"])
        #expect(report.notes.count { $0.hasSuffix(", and was left out") } == 4)
        // Whoever names one wants it.
        #expect(code { try merge([workshop.path(name)]) } == "manifestInvalid")
        _ = try run(0)
        #expect(try merge().result.verdict == .allDone)
    }

    /// One that has read less would replace what the other has made of more, and removed.
    @Test func mergesTakeTurns() throws {
        for index in 0..<3 { _ = try run(index) }
        do {
            let another = try MergeTurn(workshop.path("out/manifest.shards"))
            #expect(another != nil && code { try merge() } == "outputBusy")
            withExtendedLifetime(another) {}
        }
        #expect(try merge().result.verdict == .allDone)
        #expect(try merge().result.verdict == .allDone)
    }

    @Test func whatAMergeThatDiedHasLeftGoes() throws {
        for index in 0..<3 { _ = try run(index) }
        try workshop.write("half", to: "out/.recapi-f00.tmp")
        _ = try merge()
        #expect(!workshop.exists("out/.recapi-f00.tmp"))
    }

    @Test func theNumberOfJobsMakesNoOtherConfiguration() throws {
        for index in 0..<3 { _ = try run(index) }
        var other = workshop.configuration
        other.jobs = 1
        #expect(try merge([], other).report.merged == 3)
    }

    @Test func mergedManifestsCanGo() throws {
        for index in 0..<3 { _ = try run(index) }
        try workshop.write("another's", to: "out/manifest.shards/notes.txt")
        try merge().removeMerged()
        #expect(workshop.names("out/manifest.shards") == ["notes.txt"])
        for index in 0..<3 { #expect(try run(index).summary.converted == 0) }
        #expect(try merge().report.summary.unchanged == Self.count)
        // All is in the manifest that was made of them, as long as it is true.
        try merge().removeMerged()
        let again = try merge().report
        #expect(again.merged == 0 && again.asBefore == Self.count && again.isComplete)
        try workshop.write("another", to: "in/12.pfx")
        unlink(workshop.folder.path("out/site/13.pfx"))
        #expect(try merge().report.missing.map { $0.source.suffix(7) } == ["/12.pfx", "/13.pfx"])
    }

    @Test func manifestsFromElsewhereLeadToTheSameOutputs() throws {
        for index in 0..<3 { _ = try run(index) }
        rename(workshop.folder.path("out/manifest.shards"), workshop.folder.path("collected"))
        #expect(try merge([workshop.path("collected")]).report.isComplete)
        #expect(try manifest.items.allSatisfy { $0.output?.hasPrefix("site/") == true })
    }
}
