import Foundation
import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// Which record counts, where those of one source differ.
@Suite struct MergeSettlingTests {
    private let workshop: Workshop
    private let source = "in/10.pfx"

    init() throws {
        workshop = try Workshop()
        for index in 0..<6 { try workshop.write("x\(index)", to: "in/\(index + 10).pfx") }
    }

    private func run(refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }) throws -> RunResult {
        try workshop.runShare(0, of: 1, refuse: refuse)
    }

    private func runRefusing() throws -> RunResult { try run { _ in throw PKCS12Error(.wrongPassword, "no") } }

    @Test func aSourceThatFailsNowIsNotDoneBecauseItOnceWas() throws {
        #expect(try run().verdict == .allDone)
        try workshop.write("another", to: source)
        #expect(try runRefusing().verdict == .someFailed)
        let merge = try workshop.merge()
        #expect(merge.result.verdict == .someFailed && merge.report.summary.failed == 1)
        #expect(try workshop.record(source)?.error?.code == "wrongPassword")
        #expect(merge.report.isComplete && merge.report.missingShards.isEmpty)
    }

    @Test func aSourceThatCannotBeReadAnyMoreIsNotDone() throws {
        #expect(try run().verdict == .allDone)
        unlink(workshop.folder.path(source))
        #expect(mkfifo(workshop.folder.path(source), 0o600) == 0)
        #expect(try run().verdict == .someFailed)
        #expect(try workshop.merge().result.verdict == .someFailed)
        #expect(try workshop.record(source)?.error?.code == "notARegularFile")
    }

    @Test func anOutputThatIsNotOursAnyMoreIsNotDone() throws {
        #expect(try run().verdict == .allDone)
        try workshop.write("foreign", to: "out/site/10.pfx")
        #expect(try run().verdict == .someFailed)
        #expect(try workshop.merge().result.verdict == .someFailed)
        #expect(try workshop.record(source)?.error?.code == "outputExists")
    }

    @Test func whatFailedBeforeItWasDoneIsDone() throws {
        #expect(try runRefusing().verdict == .nothingDone)
        #expect(try run().verdict == .allDone)
        let merge = try workshop.merge()
        #expect(merge.result.verdict == .allDone && merge.report.doubled == 6)
        #expect(try workshop.record(source)?.status == .converted)
    }

    @Test func recordsOfWhatASourceWasBeforeAreNone() throws {
        #expect(try run().verdict == .allDone)
        try workshop.write("another", to: source)
        #expect(try runRefusing().verdict == .someFailed)
        try workshop.write("a third", to: source)
        let report = try workshop.merge().report
        #expect(report.missing.map(\.source) == [workshop.folder.path(source)] && report.contradictory.isEmpty)
        #expect(report.missingShards == ["0/1"])
        let record = try #require(try workshop.record(source))
        #expect(record.error?.code == "notRecorded")
    }

    /// As where nightly runs over all inputs follow a campaign whose manifests of shares were kept.
    @Test func aNewerManifestOfAllCountsMoreThanWhatSharesSaidBefore() throws {
        try workshop.write("bad", to: "in/11.pfx")
        let first = try run { if $0.bytes == Array("bad".utf8) { throw PKCS12Error(.wrongPassword, "no") } }
        #expect(first.verdict == .someFailed)
        #expect(try workshop.merge().result.verdict == .someFailed)
        try workshop.write("another", to: source)
        #expect(try workshop.run(workshop.configuration).verdict == .allDone)
        let newer = try workshop.record(source)
        let merge = try workshop.merge()
        #expect(merge.result.verdict == .allDone && merge.report.asBefore == 2)
        #expect(try workshop.record(source)?.outputSHA256 == newer?.outputSHA256)
        #expect(try workshop.record(source)?.sourceSHA256 == newer?.sourceSHA256)
        #expect(try workshop.record("in/11.pfx")?.error == nil)
    }

    @Test func aShareThatMayGoBetterIsNamedToBeRunAgain() throws {
        let first = try run { source in
            if source.path.hasSuffix("/10.pfx") { throw PipelineError(.storageUnavailable, "gone") }
        }
        #expect(first.mayBeRetried)
        let report = try workshop.merge().report
        #expect(report.missing.isEmpty && report.summary.failed == 1 && report.missingShards == ["0/1"])
    }
}
