import Foundation
import PKCS12
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs over shares of the inputs.
@Suite struct ShardTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private func configuration(_ shard: Shard?) -> PipelineConfiguration {
        var configuration = workshop.configuration
        configuration.shard = shard
        return configuration
    }

    private func items(_ shard: Shard, _ refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }) throws
        -> [Manifest.Item]
    {
        try workshop.items(configuration(shard), refuse: refuse)
    }

    // MARK: - Shares

    @Test func whatIsNoShareIsRefused() {
        for text in ["", "1", "1/", "/2", "2/2", "-1/2", "+0/2", "0/0", "0/1/2", "0/1000001", "0x0/2", " 0/2"] {
            #expect(Shard(text) == nil, "\(text)")
        }
        #expect(Shard("0/1")?.description == "0/1" && Shard("5/6") == Shard(5, of: 6))
    }

    @Test func everyInputIsInOneShareWhateverElseThereIs() throws {
        for index in 0..<60 { try workshop.write("x\(index)", to: "in/\(index % 3)/\(index).pfx") }
        let shards = (0..<4).compactMap { Shard($0, of: 4) }
        let shares = try shards.map { Set(try items($0).map(\.source)) }
        #expect(shares.map(\.count).reduce(0, +) == 60)
        #expect(shares.reduce(Set()) { $0.union($1) }.count == 60)
        for name in ["0/0", "1/1", "2/2"] { unlink(workshop.folder.path("in/\(name).pfx")) }
        try workshop.write("new", to: "in/0/a.pfx")
        for (shard, share) in zip(shards, shares) {
            let again = Set(try items(shard).map(\.source)).filter { !$0.hasSuffix("/a.pfx") }
            #expect(again.isSubset(of: share))
        }
    }

    /// By coreutils: a share is what `sha256sum` says of the site, a byte 0, and the path below the input's folder.
    @Test func theShareIsThatOfTheNamesDigest() throws {
        let providers = [try InstalledProviders.openSSL]
        for name in ["a", "sub/b", "sub/c", "d", "ü"] { try workshop.write("x", to: "in/\(name).pfx") }
        var configuration = configuration(nil)
        let run = try PreparedRun(configuration, providers, .init(name: "recapi", version: "0"), run: "")
        #expect(run.plan.count == 5)
        for index in 0..<run.plan.count {
            let source = run.plan.source(at: index)
            let below = String(source.text.dropFirst(workshop.folder.path("in/").count))
            let script = #"printf 'site\0%s' "$1" | sha256sum | cut -c1-16"#
            let digits = try ExternalTool(name: "bash", package: "bash").check(["-c", script, "bash", below]).text
            let number = try #require(UInt64(digits.trimmingCharacters(in: .newlines), radix: 16))
            configuration.shard = Shard(Int(number % 7), of: 7)
            let share = try PreparedRun(configuration, providers, run.tool, run: "")
            #expect((0..<share.plan.count).contains { share.plan.source(at: $0).text == source.text }, "\(below)")
        }
    }

    @Test func sharesAreBalanced() throws {
        let digester = Digester([try InstalledProviders.openSSL])
        var counts = [Int](repeating: 0, count: 6)
        for index in 0..<60_000 {
            counts[try Shard.index(of: Array("berlin\0server\(index).pfx".utf8), count: 6, digester)] += 1
        }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 300 }, "\(counts)")
    }

    @Test func anEmptyShareIsDone() throws {
        try workshop.write("one", to: "in/one.pfx")
        let results = try (0..<9).map { try workshop.run(configuration(Shard($0, of: 9))) }
        #expect(results.allSatisfy { $0.verdict == .allDone })
        #expect(results.map(\.summary.total).sorted() == [0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func outputsOfTwoSharesThatWouldBeOneAreSeenByBoth() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("two", to: "in/one.p12")
        for index in 0..<2 {
            #expect(code { try workshop.run(configuration(Shard(index, of: 2))) } == "outputCollision")
        }
    }

    // MARK: - What the engine says

    private func shard(_ variables: [String: String]) throws -> String? {
        try ShardEnvironment.shard { variables[$0] }?.shard.description
    }

    @Test func enginesSayWhichShare() throws {
        #expect(try shard([:]) == nil)
        #expect(try shard(["SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "6"]) == "2/6")
        let array = ["SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "6", "SLURM_ARRAY_TASK_MIN": "0"]
        #expect(try shard(array.merging(["SLURM_ARRAY_TASK_MAX": "5"]) { $1 }) == "2/6")
        #expect(try shard(["JOB_COMPLETION_INDEX": "3", "RECAPI_SHARDS": "4"]) == "3/4")
        // Some tasks of an array again.
        let some = [
            "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "1",
            "SLURM_ARRAY_TASK_MAX": "3",
        ]
        #expect(code { try shard(some) } == "configurationInvalid")
        #expect(try shard(some.merging(["RECAPI_SHARDS": "6"]) { $1 }) == "1/6")
    }

    @Test(arguments: [
        ["RECAPI_SHARDS": "4"], ["JOB_COMPLETION_INDEX": "3"], ["JOB_COMPLETION_INDEX": "4", "RECAPI_SHARDS": "4"],
        ["JOB_COMPLETION_INDEX": "x", "RECAPI_SHARDS": "4"], ["SLURM_ARRAY_TASK_ID": "1"],
        ["SLURM_ARRAY_TASK_ID": "0", "JOB_COMPLETION_INDEX": "0", "RECAPI_SHARDS": "1"],
        [
            "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "1", "SLURM_ARRAY_TASK_MIN": "1",
            "SLURM_ARRAY_TASK_MAX": "1",
        ],
        [
            "SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0",
            "SLURM_ARRAY_TASK_MAX": "4",
        ],
        [
            "SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0",
            "SLURM_ARRAY_TASK_MAX": "\(Int.max)",
        ],
        ["SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "0"],
    ])
    func whatLeavesInputsOutIsRefused(variables: [String: String]) {
        #expect(code { try shard(variables) } == "configurationInvalid")
    }

    @Test func restartsAreCounted() {
        #expect(ShardEnvironment.restarts { _ in nil } == 0)
        #expect(ShardEnvironment.restarts { $0 == "SLURM_RESTART_COUNT" ? "3" : nil } == 3)
    }

    // MARK: - Attempts

    @Test func attemptsHaveManifestsOfTheirOwnAndTakeUpEachOthers() throws {
        for index in 0..<20 { try workshop.write("x\(index)", to: "in/\(index).pfx") }
        let shard = try #require(Shard(0, of: 2))
        let first = try workshop.run(configuration(shard))
        unlink(workshop.folder.path("password"))
        let second = try workshop.run(configuration(shard)) { _ in throw PKCS12Error(.notPKCS12, "asked") }
        #expect(first.manifest != second.manifest && second.summary.unchanged == first.summary.converted)
        #expect(first.manifest.folder == workshop.path("out/manifest.shards"))
        let manifests = [first, second].map {
            workshop.folder.path("out/manifest.shards/") + FilePath($0.manifest.name).text
        }
        let texts = try manifests.map { Array(try Data(contentsOf: URL(filePath: $0))) }
        #expect(try SchemaTests.findings(Manifest.jsonSchema, texts) == "")
        let items = try Manifest.read(from: second.manifest).items
        #expect(items.allSatisfy { $0.outputPath(forManifestAt: second.manifest).map { FileStatus($0) } != nil })
        #expect(try Manifest.read(from: second.manifest).run.shard == "0/2")
    }

    /// A journal without its run is taken up; one that is held is a live run's, and its work stays that run's.
    @Test(arguments: [false, true]) func journalsOfOtherAttemptsAreLookedAt(isHeld: Bool) throws {
        for index in 0..<140 { try workshop.write("x\(index)", to: "in/\(index).pfx") }
        let shard = try #require(Shard(1, of: 2))
        let journals = ShardFiles(shard, manifest: workshop.path("out/manifest.json")).folder
        let (folder, workshop) = (workshop.folder, workshop)
        let copy = folder.path("out/manifest.shards/1-of-2.20000101T000000000Z-0.json.journal")
        let calls = Atomic(0)
        var configuration = configuration(shard)
        configuration.jobs = 1
        _ = try workshop.run(configuration) { _ in
            // The one worker has at most 32 in hand, so that four others are on their way.
            guard calls.add(1, ordering: .relaxed).newValue == 37 else { return }
            while workshop.names("out/site").count(where: { $0.hasSuffix(".pfx") }) < 4 { usleep(1_000) }
            let name = workshop.names("out/manifest.shards").first { $0.hasSuffix(".journal") } ?? ""
            try folder.write(folder.read("out/manifest.shards/" + name), to: "journal")
        }
        try FileManager.default.removeItem(atPath: journals.text)
        try folder.write(folder.read("journal"), to: "out/manifest.shards/" + FilePath(FilePath(copy).name).text)
        try workshop.write("dead", to: "out/site/.recapi-f.tmp")
        let holder = SharedFile(try OpenFile(FilePath(copy), O_RDONLY))
        if isHeld, !holder.file.lock() { Issue.record("the journal is held already") }
        let items = try items(shard)
        #expect(items.allSatisfy { $0.status != .failed })
        let converted = items.count { $0.status == .converted }
        #expect(isHeld ? converted == 0 : converted >= 4 && converted < items.count)
        #expect(workshop.exists("out/site/.recapi-f.tmp") == isHeld)
        #expect((FileStatus(FilePath(copy)) != nil) == isHeld)
    }

    /// Its run was killed right after it had made it; one that is new may be about to be written to.
    @Test func emptyJournalsOfOtherAttemptsGoInTime() throws {
        try workshop.write("one", to: "in/one.pfx")
        func journal(_ name: String) -> String { "out/manifest.shards/0-of-1.20000101T00000000\(name)Z-0.json.journal" }
        for name in ["0", "1", "2"] { try workshop.write("", to: journal(name)) }
        let old = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
        for name in ["0", "1"] { #expect(utimes(workshop.folder.path(journal(name)), old) == 0) }
        let held = SharedFile(try OpenFile(workshop.path(journal("1")), O_RDONLY))
        let isHeld = held.file.lock()
        #expect(isHeld)
        for _ in 0..<2 {
            #expect(try items(try #require(Shard(0, of: 1))).count == 1)
            #expect(["0", "1", "2"].map { workshop.exists(journal($0)) } == [false, true, true])
        }
        withExtendedLifetime(held) {}
    }

    @Test func anotherNumberOfSharesKnowsWhatWasDone() throws {
        for index in 0..<20 { try workshop.write("x\(index)", to: "in/\(index).pfx") }
        for index in 0..<3 { _ = try workshop.runShare(index, of: 3) }
        try workshop.write("another", to: "in/7.pfx")
        let results = try (0..<2).map { index in
            try workshop.runShare(index, of: 2) {
                guard $0.bytes == Array("another".utf8) else { throw PKCS12Error(.notPKCS12, "asked") }
            }
        }
        #expect(results.allSatisfy { $0.verdict == .allDone })
        #expect(results.map(\.summary.converted).reduce(0, +) == 1)
        #expect(results.map(\.summary.unchanged).reduce(0, +) == 19)
        #expect(try workshop.text("out/site/7.pfx") == "another converted")
    }

    /// Whoever kept the manifests of shares has old ones beside that of a run over all.
    @Test func whatWasLastCountsMostWhoeverItWas() throws {
        try workshop.write("one", to: "in/one.pfx")
        #expect(try workshop.runShare(0, of: 1).verdict == .allDone)
        _ = try workshop.merge()
        for text in ["two", "three"] {
            try workshop.write(text, to: "in/one.pfx")
            let result = try text == "two" ? workshop.run(configuration(nil)) : workshop.runShare(0, of: 1)
            #expect(result.verdict == .allDone && result.summary.converted == 1)
        }
        #expect(try workshop.text("out/site/one.pfx") == "three converted")
    }

    /// Who comes after an attempt that died need not be another attempt at its share.
    @Test(arguments: [Shard(0, of: 1), nil], [false, true])
    func whatDeadSharesOfAnotherNumberHaveLeftGoes(shard: Shard?, isHeld: Bool) throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("half", to: "out/site/.recapi-f.tmp")
        let journal = try workshop.write("a line", to: "out/manifest.shards/1-of-3.20000101T000000000Z-0.json.journal")
        let holder = SharedFile(try OpenFile(journal, O_RDONLY))
        if isHeld, !holder.file.lock() { Issue.record("the journal is held already") }
        #expect(try workshop.run(configuration(shard)).verdict == .allDone)
        #expect(workshop.exists("out/site/.recapi-f.tmp") == isHeld)
        // Its share has yet to take it up.
        #expect(FileStatus(journal) != nil)
    }

    @Test func sharesExcludeRunsOverAllAndNotEachOther() throws {
        try workshop.write("one", to: "in/one.pfx")
        try workshop.write("", to: "out/x")
        let shared = try FolderLock(workshop.path("out"), isShared: true)
        #expect(code { try workshop.run(configuration(nil)) } == "outputBusy")
        #expect(try workshop.run(configuration(Shard(0, of: 1))).verdict == .allDone)
        withExtendedLifetime(shared) {}
    }

    // MARK: - Two at once

    @Test func whoIsSecondTakesWhatIsThereAndSaysSo() throws {
        try workshop.write("one", to: "in/one.pfx")
        let workshop = workshop
        let items = try items(try #require(Shard(0, of: 1))) { _ in
            try workshop.write("one converted", to: "out/site/one.pfx")
        }
        #expect(items.map(\.status) == [.unchanged] && items[0].sealedBy == nil && items[0].verifiedBy == ["fake"])
        let digest = try FakeCrypto().digest(Array("one converted".utf8)[...], with: .sha256)
        #expect(items[0].outputSHA256 == hexText(digest))
        #expect(workshop.names("out/site") == ["one.pfx"])
    }

    @Test func whoIsSecondDoesNotTakeWhatIsNotRight() throws {
        try workshop.write("one", to: "in/one.pfx")
        let workshop = workshop
        let items = try items(try #require(Shard(0, of: 1))) { _ in
            try workshop.write("foreign", to: "out/site/one.pfx")
        }
        #expect(items.map(\.error?.code) == ["outputExists"])
        #expect(try workshop.text("out/site/one.pfx") == "foreign")
    }

    /// A source that changed has its old output replaced by the first alone.
    @Test(arguments: ["two converted", "foreign"]) func ofTwoWhoReplaceTheFirstWins(inPlace: String) throws {
        try workshop.write("one", to: "in/one.pfx")
        let shard = try #require(Shard(0, of: 1))
        _ = try items(shard)
        try workshop.write("two", to: "in/one.pfx")
        let workshop = workshop
        let items = try items(shard) { _ in
            // As another run does it: under a name of its own, and then in place.
            try workshop.write(inPlace, to: "out/site/new")
            rename(workshop.folder.path("out/site/new"), workshop.folder.path("out/site/one.pfx"))
        }
        #expect(items.map(\.status) == [inPlace == "foreign" ? .failed : .unchanged])
        #expect(try workshop.text("out/site/one.pfx") == inPlace)
    }

    @Test func whoReplacesEverythingReplacesWhatIsNotRight() throws {
        try workshop.write("one", to: "in/one.pfx")
        var configuration = configuration(Shard(0, of: 1))
        configuration.output.overwrite = .replace
        configuration.unchanged = .rewrite
        let workshop = workshop
        let items = try workshop.items(configuration) { _ in try workshop.write("foreign", to: "out/site/one.pfx") }
        #expect(items.map(\.status) == [.converted])
        #expect(try workshop.text("out/site/one.pfx") == "one converted")
        let second = try workshop.items(configuration) { _ in
            unlink(workshop.folder.path("out/site/one.pfx"))
            try workshop.write("one converted", to: "out/site/one.pfx")
        }
        #expect(second.map(\.status) != [.failed])
    }

    @Test func aFileSystemThatIsGoneForAMomentIsSaidSo() {
        for number in [EIO, ESTALE, ETIMEDOUT, EHOSTDOWN] {
            #expect(PipelineError(reading: "/x", SystemError(number: number)).code == .storageUnavailable)
            #expect(PassingFailure.contains(PipelineError(writing: "/x", SystemError(number: number))))
        }
        for number in [EACCES, ENOENT, ENOSPC, EROFS] {
            #expect(!PassingFailure.contains(PipelineError(writing: "/x", SystemError(number: number))))
        }
    }
}
