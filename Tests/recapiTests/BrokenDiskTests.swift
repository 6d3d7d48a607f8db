import Foundation
import TestSupport
import Testing

/// Runs onto disks that are full, cannot be written to, or are gone: real ones, of 64 KiB.
@Suite(.enabled(if: SmallDisk.isPossible, Comment(rawValue: SmallDisk.impossible)))
struct BrokenDiskTests {
    private let files = (10..<50).map { "server\($0).pfx" }

    @Test func aFullDiskFailsWhatDoesNotFitAndNothingElse() throws {
        let bench = try BrokenRun(files: files)
        let disk = try SmallDisk(at: bench.path("out/berlin"), size: "64k")
        let run = try bench.run()
        #expect(run.status == 3, "\(run.errorText)")
        #expect(run.text.contains("No space left on device") && run.text.contains("make room on the disk"))
        let counts = try bench.counts("berlin")
        let converted = try #require(counts["converted"])
        #expect((1..<files.count).contains(converted))
        #expect(counts == ["converted": converted, "writeFailed": files.count - converted])
        #expect(try bench.outputsAreAsRecorded())
        #expect(try bench.othersAreRight())

        try disk.remount("size=1m")
        #expect(try bench.run().status == 0)
        #expect(try bench.counts("berlin") == ["converted": files.count - converted, "unchanged": converted])
        #expect(try bench.outputsAreAsRecorded())
    }

    /// Journal and manifest are on the disk as well: then there is nothing left to go on with.
    @Test func aDiskThatIsFullUnderEverythingLeavesNothingHalfDone() throws {
        let bench = try BrokenRun(files: files)
        let disk = try SmallDisk(at: bench.path("out"), size: "64k")
        let run = try bench.run()
        #expect(run.status == 1 || run.status == 3, "\(run.errorText)")
        #expect((run.text + run.errorText).contains("No space left on device"))
        for site in ["berlin", "paris"] {
            #expect(bench.outputs(site).allSatisfy { bench.isRight("\(site)/\($0)") })
        }
        try disk.remount("size=1m")
        #expect(try bench.run().status == 0)
        #expect(bench.outputs("berlin") == files)
        #expect(try bench.outputsAreAsRecorded())
        #expect(try bench.othersAreRight())
    }

    @Test func aDiskThatBecomesReadOnlyFailsItsFilesAndNothingElse() throws {
        let bench = try BrokenRun(files: files, meanwhile: "mount -o remount,ro out/berlin")
        let disk = try SmallDisk(at: bench.path("out/berlin"), size: "1m")
        let run = try bench.run()
        #expect(run.status == 3, "\(run.errorText)")
        #expect(run.text.contains("Read-only file system"))
        #expect(try bench.counts("berlin") == ["writeFailed": files.count])
        #expect(bench.outputs("berlin").isEmpty)
        #expect(try bench.othersAreRight())

        try bench.change("true")
        try disk.remount("rw")
        #expect(try bench.run().status == 0)
        #expect(try bench.outputsAreAsRecorded())
    }

    @Test func anOutputFolderThatCannotBeWrittenToIsSaidAndNothingIsDone() throws {
        let bench = try BrokenRun(files: files)
        let disk = try SmallDisk(at: bench.path("out"), size: "1m")
        try disk.remount("ro")
        let run = try bench.run()
        #expect(run.status == 1)
        #expect(run.errorText.contains("Read-only file system"))
        #expect(run.errorText.contains("choose an output folder on a file system that can be written to"))
        try disk.remount("rw")
        #expect(try bench.run().status == 0)
        #expect(try bench.othersAreRight())
    }
}
