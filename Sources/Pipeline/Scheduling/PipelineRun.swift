import Glibc
import PKCS12
import Providers
import Reissue
import Synchronization

/// What a run came to.
public struct RunResult: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        case allDone
        case someFailed
        case nothingDone
        /// At least one output was not what went in; it was not published.
        case verificationMismatch
        /// The run was cancelled; what was not done is recorded as failed.
        case interrupted
    }

    public var verdict: Verdict
    public var summary: Manifest.Summary
    public var manifest: FilePath
    /// As in the manifest.
    public var notes: [String]
}

/// Tells a run to stop: files in hand are finished, the others recorded as failed, and the manifest is written.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)
    public init() {}
    public func cancel() { flag.store(true, ordering: .releasing) }
    public var isCancelled: Bool { flag.load(ordering: .acquiring) }
}

/// One run of a pipeline, from configuration to manifest.
public enum PipelineRun {
    /// Does all that `configuration` says. What goes wrong with one source is recorded, and the run goes on.
    ///
    /// - Parameters:
    ///   - providers: all that were found, in the order in which they are preferred where the configuration says nothing.
    ///   - identifier: the manifest's `run.id`; nil for a random UUID.
    ///   - started: called once, with the number of items, before the first of them.
    ///   - progress: called after each item, one call at a time, on a queue of the run's own.
    /// - Throws: before anything is written, ``PipelineError`` `configurationInvalid`, `passwordUnavailable`,
    ///   `nothingToDo`, `outputCollision`, `outputBusy`, `providerUnfit`; ``ProviderError`` `notFound`; ``ReissueError``
    ///   `profileUnfit`. At any time `writeFailed` where journal or manifest cannot be written.
    public static func run(
        configuration: PipelineConfiguration, providers: [Provider], tool: Manifest.Tool,
        identifier: String? = nil, cancellation: Cancellation = Cancellation(),
        started: ((Int) -> Void)? = nil, progress: (@Sendable (RunProgress) -> Void)? = nil
    ) throws -> RunResult {
        try run(
            configuration, providers, tool, cancellation, progress, identifier: identifier, started: started
        ) { sealer, verifiers, options in
            try Reissuer(provider: sealer, verifiers: verifiers, options: options)
        }
    }

    typealias MakeReissuer = @Sendable (Provider, [Provider], Reissuer.Options) throws -> any Reissuing

    static func run(
        _ configuration: PipelineConfiguration, _ providers: [Provider], _ tool: Manifest.Tool,
        _ cancellation: Cancellation, _ progress: (@Sendable (RunProgress) -> Void)?,
        identifier: String? = nil, started: ((Int) -> Void)? = nil,
        makeReissuer: @escaping MakeReissuer
    ) throws -> RunResult {
        let start = timestamp()
        let configuration = configuration.absolute
        let problems = ConfigurationObject.Problems(schema: "pipeline")
        configuration.check(into: problems)
        guard problems.sentences.isEmpty else { throw PipelineError(problems) }

        let staffing = try Staffing(configuration, providers)
        let manifestPath = configuration.manifestPath
        let journalPath = FilePath(manifestPath.bytes + ".journal".utf8)
        var passwords = PasswordResolver()
        defer { staffing.tokens?.tokens?.closeSessions() }
        let keys = try staffing.tokens.map { try TokenDiscovery.sources(of: configuration, $0, &passwords) }
        let plan = OutputPlan(try Discovery.sources(of: configuration), keys ?? TokenSourceList(), configuration)
        guard plan.count > 0 else {
            throw PipelineError(
                .nothingToDo, "no input gives any file or key",
                hint: "look at the inputs' paths; of folders, *.pfx and *.p12 are taken unless match says otherwise")
        }
        try plan.check(reserved: [manifestPath, journalPath])
        let work = try makeWork(configuration, staffing, plan, &passwords, makeReissuer)

        let lock = try lockOutputFolder(configuration.output.directory)
        defer { withExtendedLifetime(lock) {} }
        do { try Folders.make(manifestPath.folder) } catch { throw PipelineError(writing: manifestPath, error) }
        let state = RunState(try Journal(journalPath, count: plan.count), total: plan.count, progress: progress)
        started?(plan.count)
        perform(work, state, lanes(plan, configuration), cancellation)
        if let failure = state.failure { throw failure }

        let notes =
            work.roster.notes + plan.keys.notes + inputsWithoutSources(configuration, plan)
            + synchronizeFolders(plan, state.journal)
        let head = Manifest(
            tool: tool,
            run: .init(
                id: identifier ?? randomIdentifier(), start: start, end: timestamp(),
                configurationDigest: try work.sha256(try configuration.canonicalJSON())),
            providers: staffing.everybody.map {
                .init(name: $0.name, library: $0.library, isolated: $0.isIsolated ? true : nil)
            }, summary: state.summary,
            notes: notes.isEmpty ? nil : notes, items: [])
        try ManifestWriter.write(head, itemsOf: state.journal, to: manifestPath)
        state.journal.remove()
        return RunResult(
            verdict: verdict(state, cancellation), summary: head.summary, manifest: manifestPath, notes: notes)
    }

    private static func perform(
        _ work: ItemWork, _ state: RunState, _ lanes: [ItemScheduler.Lane], _ cancellation: Cancellation
    ) {
        let isStopped = Cancellation()
        ItemScheduler(
            read: { work.read($0, isCancelled: cancellation.isCancelled) },
            work: { work.records($0) },
            record: { batch in
                // Once nothing can be recorded, nothing may get its name: the batch goes, and its files with it.
                guard !isStopped.isCancelled else { return }
                do { try state.record(work.commit(batch)) } catch { isStopped.cancel() }
            },
            isStopped: { isStopped.isCancelled }
        ).run(lanes)
    }

    private typealias ItemScheduler = Scheduler<ItemWork.Payload, ItemWork.Record>

    /// The files, and each token's keys beside them.
    private static func lanes(_ plan: OutputPlan, _ configuration: PipelineConfiguration) -> [ItemScheduler.Lane] {
        let files = ItemScheduler.Lane(jobs: configuration.jobs ?? processorCount, count: plan.sources.count)
        return [files]
            + plan.keys.lanes(jobsPerToken: configuration.jobsPerToken).map { jobs, sources in
                ItemScheduler.Lane(jobs: jobs, count: sources.count) { plan.sources.count + sources[$0] }
            }
    }

    private static func makeWork(
        _ configuration: PipelineConfiguration, _ staffing: Staffing, _ plan: OutputPlan,
        _ passwords: inout PasswordResolver, _ makeReissuer: @escaping MakeReissuer
    ) throws -> ItemWork {
        var options = Reissuer.Options(profile: configuration.profile, limits: configuration.limits)
        options.allowMissingMAC = configuration.allowMissingMAC
        options.rewriteUnchanged = configuration.unchanged == .rewrite
        let roster = try Roster(spreads: configuration.distribute == .spread) { [options] relieved in
            let left = try staffing.without(relieved)
            let teams = try left.teams.map { sealer, verifiers in
                Roster.Team(
                    sealer: sealer.name, verifiers: verifiers.map(\.name),
                    reissuer: try makeReissuer(sealer, verifiers, options))
            }
            return (teams, left.notes)
        }
        return ItemWork(
            plan: plan, secrets: try fetchPasswords(configuration, &passwords), roster: roster,
            profile: configuration.profile,
            rewritesUnchanged: options.rewriteUnchanged,
            publisher: Publisher(overwrite: configuration.output.overwrite),
            reader: FileReader(byteLimit: configuration.limits.fileByteCount),
            digesters: staffing.teams.compactMap(\.sealer.crypto), manifestFolder: configuration.manifestPath.folder)
    }

    private static func fetchPasswords(
        _ configuration: PipelineConfiguration, _ resolver: inout PasswordResolver
    ) throws -> [ItemWork.Secrets] {
        let hasSites = Set(configuration.inputs.map(\.site)).count > 1
        return try configuration.inputs.enumerated().map { index, input in
            let list = input.passwords.count > 1
            let passwords = try input.passwords.enumerated().map { position, source in
                let place = "inputs[\(index)].password" + (list ? "[\(position)]" : "")
                let purpose = hasSites ? "password of site \(input.site)" : "password of the PFX files"
                return try resolver.password(from: source, at: place, purpose: purpose)
            }
            let outputPassword =
                if let source = input.outputPassword {
                    try resolver.password(
                        from: source, at: "inputs[\(index)].outputPassword",
                        purpose: "output password of site \(input.site)", confirming: true)
                } else {
                    try resolver.password(
                        from: configuration.output.password ?? .empty, at: "output.password",
                        purpose: "output password", confirming: true)
                }
            return ItemWork.Secrets(passwords: passwords, outputPassword: outputPassword)
        }
    }

    /// - Returns: nil where the folder cannot be made: then each file fails with that, and the manifest says so.
    private static func lockOutputFolder(_ folder: FilePath) throws(PipelineError) -> FolderLock? {
        do {
            try Folders.make(folder)
            return try FolderLock(folder)
        } catch let error as PipelineError {
            throw error
        } catch {
            return nil
        }
    }

    private static func inputsWithoutSources(_ configuration: PipelineConfiguration, _ plan: OutputPlan) -> [String] {
        let found = Set((0..<plan.sources.count).lazy.map { plan.sources.input(at: $0) })
            .union(plan.keys.sources.lazy.map(\.input))
        return configuration.inputs.enumerated().filter { !found.contains($0.offset) }
            .map {
                "inputs[\($0.offset)] (site \($0.element.site)) gave no \($0.element.token == nil ? "file" : "key")"
            }
    }

    /// Waits until the names of all new outputs are on the disk.
    ///
    /// - Returns: a note for each folder that could not be synced.
    private static func synchronizeFolders(_ plan: OutputPlan, _ journal: Journal) -> [String] {
        var last: FilePath?
        var notes: [String] = []
        for index in journal.sources(.converted) {
            guard let folder = try? plan.output(of: plan.source(at: index)).folder, folder != last else { continue }
            last = folder
            do {
                try Folders.synchronize(folder)
            } catch {
                notes.append("the folder \(folder) could not be synced to the disk")
            }
        }
        return notes
    }

    private static func verdict(_ state: RunState, _ cancellation: Cancellation) -> RunResult.Verdict {
        let summary = state.summary
        if state.hasMismatch { return .verificationMismatch }
        if summary.failed == 0 { return .allDone }
        if cancellation.isCancelled { return .interrupted }
        return summary.failed == summary.total ? .nothingDone : .someFailed
    }

    private static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
