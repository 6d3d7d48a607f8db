import Foundation
import TestSupport
import Testing

/// Runs with too few file descriptors.
@Suite struct DescriptorTests {
    private let files = (10..<22).map { "server\($0).pfx" }

    /// From so few that nothing starts, to as many as are needed: over the same outputs, so that each run takes up what the
    /// one before could not do.
    @Test func aLimitFromTheStartEndsInACode() throws {
        let bench = try BrokenRun(files: files)
        var statuses: Set<Int32> = []
        for limit in [3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 28, 40, 64] {
            let run = try Recapi.run(
                ["--nofile=\(limit):\(limit)", Recapi.executable, "run", bench.path("pipeline.json")],
                setting: .init(executable: "/usr/bin/prlimit"))
            // 127: with so few, the system itself does not get as far as to find recapi's libraries.
            #expect([0, 1, 3, 78, 127].contains(run.status), "\(limit): \(run.status) \(run.errorText)")
            statuses.insert(run.status)
        }
        #expect(statuses.contains(0) && statuses.count > 1)
        #expect(try bench.run().status == 0)
        #expect(try bench.outputsAreAsRecorded())
        #expect(try bench.othersAreRight())
    }

    /// A shell's usual limit of 1,024 is too little where many workers have many outputs in hand.
    @Test func aSoftLimitIsRaisedToWhatARunNeeds() throws {
        let bench = try BrokenRun(files: (100..<300).map { "server\($0).pfx" })
        let run = try Recapi.run(
            ["--nofile=40:4096", Recapi.executable, "run", bench.path("pipeline.json")],
            setting: .init(executable: "/usr/bin/prlimit"))
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try bench.outputsAreAsRecorded())
    }

    /// In the middle of a run, everything is open already that all files need.
    @Test(arguments: [6, 10, 13, 16, 20, 24]) func aLimitThatComesMeanwhileFailsFilesByThemselves(limit: Int)
        throws
    {
        let bench = try BrokenRun(files: files, meanwhile: "prlimit --pid $PPID --nofile=\(limit):\(limit)")
        let run = try bench.run()
        #expect([0, 1, 3, 78].contains(run.status), "\(run.status) \(run.errorText)")
        if run.status != 0 { #expect((run.text + run.errorText).contains("Too many open files")) }
        if run.status == 3 { #expect(try bench.outputsAreAsRecorded()) }
        for site in ["berlin", "paris"] {
            #expect(bench.outputs(site).allSatisfy { bench.isRight("\(site)/\($0)") })
        }
        try bench.change("true")
        #expect(try bench.run().status == 0)
        #expect(try bench.outputsAreAsRecorded())
        #expect(try bench.othersAreRight())
    }
}
