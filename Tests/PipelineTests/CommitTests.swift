import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Several outputs that are committed together.
@Suite struct CommitTests {
    private let workshop: Workshop
    private let noSource = FileStatus.Identity(device: .max, inode: .max)

    init() throws {
        workshop = try Workshop()
    }

    private func stage(_ names: [String], _ publisher: Publisher) throws -> [Publisher.Staged] {
        try names.map {
            try publisher.stage(verifiedPFX(Array($0.utf8)), for: workshop.path("out/" + $0), source: noSource)
        }
    }

    private func commit(_ names: [String], _ publisher: Publisher) throws -> [String?] {
        publisher.commit(try stage(names, publisher)).map { $0?.code.rawValue }
    }

    @Test(arguments: PipelineConfiguration.Overwrite.allCases)
    func nothingHasItsNameBeforeAllIsOnTheDisk(overwrite: PipelineConfiguration.Overwrite) throws {
        let workshop = workshop
        let synced = Mutex<[String]>([])
        var fileSystem = FileSystem.live
        fileSystem.synchronize = { file in
            #expect(workshop.names("out").allSatisfy { $0.hasPrefix(".recapi-") })
            // Whole when it is synced.
            let text = try String(contentsOfFile: "/proc/self/fd/\(file)", encoding: .utf8)
            synced.withLock { $0.append(text) }
            try FileSystem.live.synchronize(file)
        }
        let publisher = Publisher(overwrite: overwrite, fileSystem: fileSystem)
        #expect(try commit(["a", "b", "c"], publisher) == [nil, nil, nil])
        #expect(synced.withLock { $0 } == ["a", "b", "c"])
        #expect(workshop.names("out") == ["a", "b", "c"])
        for name in ["a", "b", "c"] { #expect(try workshop.text("out/" + name) == name) }
    }

    @Test(arguments: PipelineConfiguration.Overwrite.allCases)
    func whatCannotBeSyncedFailsAlone(overwrite: PipelineConfiguration.Overwrite) throws {
        let calls = Atomic(0)
        var fileSystem = FileSystem.live
        fileSystem.synchronize = { file in
            if calls.add(1, ordering: .relaxed).newValue == 2 { throw SystemError(number: EROFS) }
            try FileSystem.live.synchronize(file)
        }
        #expect(
            try commit(["a", "b", "c"], Publisher(overwrite: overwrite, fileSystem: fileSystem))
                == [nil, "writeFailed", nil])
        #expect(calls.load(ordering: .relaxed) == 3)
        #expect(workshop.names("out") == ["a", "c"])
    }

    @Test(arguments: PipelineConfiguration.Overwrite.allCases)
    func whatCannotBeMovedFailsAlone(overwrite: PipelineConfiguration.Overwrite) throws {
        var fileSystem = FileSystem.live
        for call in [\FileSystem.renameNew, \.link, \.rename] {
            let live = FileSystem.live[keyPath: call]
            fileSystem[keyPath: call] = { folder, old, new in
                if new == "b" { throw SystemError(number: EROFS) }
                try live(folder, old, new)
            }
        }
        #expect(
            try commit(["a", "b", "c"], Publisher(overwrite: overwrite, fileSystem: fileSystem))
                == [nil, "writeFailed", nil])
        #expect(workshop.names("out") == ["a", "c"])
    }

    @Test func aNameTakenMeanwhileStaysAsItIs() throws {
        let publisher = Publisher(overwrite: .never)
        let staged = try stage(["a", "b", "c"], publisher)
        try workshop.write("precious", to: "out/b")
        #expect(publisher.commit(staged).map { $0?.code } == [nil, .outputExists, nil])
        #expect(try workshop.text("out/b") == "precious")
        #expect(try commit(["a"], publisher) == ["outputExists"])
    }

    @Test func whatIsNeverCommittedLeavesNothing() throws {
        do {
            let staged = try stage(["a", "b"], Publisher(overwrite: .never))
            #expect(workshop.names("out").count == 2)
            withExtendedLifetime(staged) {}
        }
        #expect(workshop.names("out") == [])
    }

    @Test func aFolderThatIsGoneFailsItsOutputsAndIsMadeAnew() throws {
        let publisher = Publisher(overwrite: .replace)
        let staged = try stage(["x/a", "y/b"], publisher)
        try FileManager.default.removeItem(atPath: workshop.folder.path("out/x"))
        #expect(publisher.commit(staged).map { $0?.code } == [.writeFailed, nil])
        #expect(workshop.names("out") == ["y", "y/b"])
        #expect(try commit(["x/a", "y/c"], publisher) == [nil, nil])
        #expect(workshop.names("out") == ["x", "x/a", "y", "y/b", "y/c"])
    }

    @Test(arguments: PipelineConfiguration.Overwrite.allCases)
    func aFolderThatWasReplacedGetsNothingAndNeitherDoesTheOther(overwrite: PipelineConfiguration.Overwrite) throws {
        let publisher = Publisher(overwrite: overwrite)
        do {
            let staged = try stage(["a"], publisher)
            rename(workshop.folder.path("out"), workshop.folder.path("moved"))
            try workshop.write("", to: "out/other")
            #expect(publisher.commit(staged).map { $0?.code } == [.writeFailed])
        }
        #expect(workshop.names("moved") == [])
        #expect(workshop.names("out") == ["other"])
        #expect(try commit(["a"], publisher) == [nil])
        #expect(workshop.names("out") == ["a", "other"])
    }

    // MARK: - In a run

    private func names(of items: [Manifest.Item], below folder: String) -> [String] {
        items.compactMap { $0.output.map { String($0.dropFirst(folder.count)) } }
    }

    @Test func aDiskThatFillsUpFailsWhatDoesNotFit() throws {
        try withSmallDisk(at: workshop.path("out")) {
            for index in 0..<20 { try workshop.write(String(repeating: "x", count: 9_000), to: "in/\(index + 10).pfx") }
            var configuration = workshop.configuration
            configuration.manifest = workshop.path("manifest.json")
            let result = try workshop.run(configuration)
            let items = try Manifest.read(from: result.manifest).items
            // 64 KiB, 12 of them for each file.
            #expect((1...5).contains(result.summary.converted))
            #expect(items.allSatisfy { ($0.status == .converted) == ($0.error == nil) })
            for item in items where item.error != nil {
                #expect(item.error?.code == "writeFailed" && item.outputSHA256 == nil && item.output == nil)
            }
            #expect(workshop.names("out/site") == names(of: items, below: "out/site/"))
        }
    }

    @Test func aFullDiskUnderTheJournalStopsTheRunAndLeavesNothingHalfDone() throws {
        try withSmallDisk(at: workshop.path("report")) {
            for index in 0..<500 { try workshop.write("x\(index)", to: "in/\(index).pfx") }
            var configuration = workshop.configuration
            configuration.manifest = workshop.path("report/manifest.json")
            #expect(code { try workshop.run(configuration) } == "writeFailed")
            #expect(workshop.names("out/site").allSatisfy { !$0.hasPrefix(".recapi-") })
            #expect(workshop.names("out/site").count < 500)
            #expect(!workshop.exists("report/manifest.json"))
        }
    }

    @Test(arguments: [1, 4]) func aRunThatIsCancelledPublishesWhatItRecordsAndNothingElse(jobs: Int) throws {
        for index in 0..<500 { try workshop.write("x\(index)", to: "in/\(index + 100).pfx") }
        var configuration = workshop.configuration
        configuration.jobs = jobs
        let cancellation = Cancellation()
        let result = try workshop.run(configuration, cancellation: cancellation) {
            if $0.path.hasSuffix("/150.pfx") { cancellation.cancel() }
            // Later ones wait for it, so that none runs ahead while the worker that cancels waits for a processor.
            while $0.path.suffix(8) > "/150.pfx", !cancellation.isCancelled { usleep(100) }
        }
        #expect(result.verdict == .interrupted)
        let items = try Manifest.read(from: result.manifest).items
        let converted = items.filter { $0.status == .converted }
        // Each worker has 32 in its hands and 32 read ahead, and the reader has one.
        #expect((50...(51 + 65 * jobs)).contains(converted.count))
        #expect(workshop.names("out/site") == names(of: converted, below: "site/"))
        #expect(items.filter { $0.status == .failed }.allSatisfy { $0.error?.code == "interrupted" })
    }
}
