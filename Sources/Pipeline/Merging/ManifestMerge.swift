import Glibc
import Providers
import Reissue

/// Makes one manifest of those of several runs over shares of the same inputs.
///
/// What is complete is judged by the inputs as they are, and by nothing that an engine says of its jobs.
public struct ManifestMerge {
    /// A source of which the manifests do not say what became of it.
    public struct Finding: Encodable, Sendable, Equatable {
        public var site: String
        public var source: String
        /// The share that it is in; absent where the manifests are not of shares of one count.
        public var shard: String?
    }

    public struct Report: Encodable, Sendable {
        public var summary: Manifest.Summary
        /// Manifests that were merged.
        public var merged = 0
        /// Sources that only the manifest of an earlier merge has, and whose outputs still are what that says.
        public var asBefore = 0
        /// Sources without a record. In the summary they count as failed.
        public var missing: [Finding] = []
        /// The shares that sources are missing of, or failed in by what may have passed.
        public var missingShards: [String] = []
        /// Sources of which records contradict each other, and none says what is there. In the summary they count as failed.
        public var contradictory: [Finding] = []
        /// Records of sources that have another one.
        public var doubled = 0
        /// Records of sources that are not there any more.
        public var gone = 0
        public var notes: [String] = []
        /// Whether every source has a record that counts, be it of a failure.
        public var isComplete: Bool { missing.isEmpty && contradictory.isEmpty }

        /// Whether an output was not what went in.
        var hasMismatch = false
    }

    public let result: RunResult
    public let report: Report
    /// The manifests that were merged.
    public let manifests: [FilePath]

    /// Merges, and writes the manifest that the configuration names.
    ///
    /// - Parameters:
    ///   - paths: manifests, and folders of them; where there is none, the folder that shares write to.
    ///   - configuration: what the runs were given.
    /// - Throws: ``PipelineError`` as ``PipelineRun``'s `run` before anything is written, `notFound`, `manifestInvalid`,
    ///   `nothingToDo` where no manifest is of this configuration and there is no earlier merge, `writeFailed`; `outputBusy`
    ///   where another merge of the same shares goes on, or a run over all inputs.
    public init(
        _ paths: [FilePath], of configuration: PipelineConfiguration, providers: [Provider], tool: Manifest.Tool
    ) throws {
        let identifier = randomIdentifier()
        let run = try PreparedRun(configuration, providers, tool, run: identifier)
        defer { run.staffing.tokens?.tokens?.closeSessions() }
        let lock = try Self.lock(run.configuration.output.directory)
        defer { withExtendedLifetime(lock) {} }
        let target = run.manifestPath
        let digest = try run.configuration.digest(run.digester)
        let folder = ShardFiles.folder(besides: target)
        let turn = try MergeTurn(folder)
        defer { withExtendedLifetime(turn) {} }
        Leftovers.sweep([target.folder, folder])
        let paths = paths.isEmpty ? [folder] : paths.map(FilePath.workingFolder().appending)

        var records = MergedRecords(count: run.plan.count)
        var used: [FilePath] = []
        var notes: [String] = []
        for (path, isNamed) in try Self.expand(paths, shardFolder: folder) where path != target {
            let isOfThis: Bool
            do {
                isOfThis = try records.add(path, run.plan, run.digester) { $0.run.configurationDigest == digest }
            } catch let error as PipelineError where error.code == .notFound && !isNamed {
                // Somebody has removed it since the folder was read.
                continue
            } catch let error as PipelineError where error.code == .manifestInvalid {
                guard !isNamed else { throw error.hinting("leave it out, and run its share again") }
                notes.append("\(error.reason), and was left out")
                continue
            }
            if isOfThis {
                used.append(path)
            } else {
                notes.append("\(path) is of another configuration, and was left out")
            }
        }
        // Merged manifests may have been removed; then all is in the one that was made of them.
        guard !used.isEmpty || FileStatus(target) != nil else {
            throw PipelineError(
                .nothingToDo, "there is no manifest of this configuration to merge",
                hint: notes.first ?? "run the shares to their end first: each leaves its manifest in \(folder)")
        }
        var reading = try MergeReading(run, records, shardCount: Self.shardCount(records), notes: notes)
        try reading.settleConflicts()
        let heads = records.parts.map(\.manifest.head)
        try Folders.make(target.folder)
        try ManifestWriter.write(to: target, run.digester) { body in
            try reading.forEachItem(body)
        } forEachGone: { body in
            try reading.keptOfGone().forEachItem(in: target.folder, body)
        } head: {
            Manifest(
                tool: tool,
                run: .init(
                    id: identifier, start: heads.map(\.run.start).min() ?? timestamp(),
                    end: heads.map(\.run.end).max() ?? timestamp(), configurationDigest: digest,
                    parts: heads.map(\.run.id)),
                providers: Self.union(heads.map(\.providers)), summary: reading.report.summary,
                notes: Self.nilWhenEmpty(Self.union(heads.map { $0.notes ?? [] }) + reading.report.notes), items: [])
        }
        report = reading.report
        manifests = used
        result = RunResult(
            verdict: Self.verdict(report), summary: report.summary, manifest: target, notes: report.notes)
    }

    /// Removes the manifests that were merged, and their signatures: all they say is in the one that was made of them.
    public func removeMerged() {
        for path in manifests {
            for path in [path, ManifestSignature.path(forManifestAt: path)] { _ = path.withCString { unlink($0) } }
        }
    }

    /// Shares may go on meanwhile; a run over all inputs has the manifest for itself.
    private static func lock(_ folder: FilePath) throws -> FolderLock? {
        do {
            return try FolderLock(folder, isShared: true)
        } catch is SystemError {
            return nil
        }
    }

    private static func expand(
        _ paths: [FilePath], shardFolder: FilePath
    ) throws -> [(path: FilePath, isNamed: Bool)] {
        var files: [(path: FilePath, isNamed: Bool)] = []
        for path in paths {
            switch FileStatus(path)?.kind {
            case .folder?: break
            // Nobody has run a share yet.
            case nil where path == shardFolder: continue
            default:
                files.append((path, true))
                continue
            }
            do {
                let listing = try FolderListing(path) { FilePath($0).hasSuffix(".json") }
                files += (0..<listing.count).filter { !listing[$0].isFolder }
                    .map { (path.appending(FilePath(listing[$0].bytes)), false) }
            } catch {
                throw PipelineError(reading: path, error)
            }
        }
        var seen: Set<FilePath> = []
        return files.filter { seen.insert($0.path).inserted }
    }

    /// The number of shares, where all manifests are of shares of one.
    private static func shardCount(_ records: MergedRecords) -> Int? {
        let counts = Set(records.parts.map { $0.manifest.head.run.shard.flatMap { Shard($0) }?.count })
        return counts.count == 1 ? counts.first ?? nil : nil
    }

    private static func verdict(_ report: Report) -> RunResult.Verdict {
        if report.hasMismatch || !report.contradictory.isEmpty { return .verificationMismatch }
        if report.summary.failed == 0 { return .allDone }
        return report.summary.failed == report.summary.total ? .nothingDone : .someFailed
    }

    private static func union<Element: Equatable>(_ lists: [[Element]]) -> [Element] {
        lists.joined().reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func nilWhenEmpty<Element>(_ list: [Element]) -> [Element]? { list.isEmpty ? nil : list }
}
