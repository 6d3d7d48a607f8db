import PKCS12
import Providers
import Reissue

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
    /// Whether something failed by what may have passed a while later, such as a token or file system that was gone.
    public var mayBeRetried = false
}

/// One run of a pipeline, from configuration to manifest.
public enum PipelineRun {
    /// Does all that `configuration` says. What goes wrong with one source is recorded, and the run goes on.
    ///
    /// What earlier runs have recorded and what still holds is kept as it is: digests are all that is read of it.
    /// A run that was killed at any moment is taken up by the next one with the same manifest.
    ///
    /// - Parameters:
    ///   - providers: all that were found, in the order in which they are preferred where the configuration says nothing.
    ///   - progress: called after each item, one call at a time, on a queue of the run's own.
    /// - Throws: before anything is written, ``PipelineError`` `configurationInvalid`, `passwordUnavailable`,
    ///   `nothingToDo`, `outputCollision`, `outputBusy`, `providerUnfit`, `interrupted`, `notRecorded`; ``ProviderError`` `notFound`;
    ///   ``ReissueError`` `profileUnfit`. At any time `writeFailed` where journal or manifest cannot be written: the next
    ///   run goes on from there.
    public static func run(
        configuration: PipelineConfiguration, providers: [Provider], tool: Manifest.Tool,
        options: RunOptions = RunOptions(), cancellation: Cancellation = Cancellation(),
        progress: (@Sendable (RunProgress) -> Void)? = nil
    ) throws -> RunResult {
        try run(configuration, providers, tool, cancellation, progress, options: options) {
            sealer, verifiers, options in
            try Reissuer(provider: sealer, verifiers: verifiers, options: options)
        }
    }

    typealias MakeReissuer = @Sendable (Provider, [Provider], Reissuer.Options) throws -> any Reissuing

    static func run(
        _ configuration: PipelineConfiguration, _ providers: [Provider], _ tool: Manifest.Tool,
        _ cancellation: Cancellation, _ progress: (@Sendable (RunProgress) -> Void)?,
        options: RunOptions = RunOptions(), makeReissuer: @escaping MakeReissuer
    ) throws -> RunResult {
        let begin = (id: options.identifier, start: timestamp())
        var run = try PreparedRun(configuration, providers, tool, run: begin.id)
        defer { run.staffing.tokens?.tokens?.closeSessions() }
        let roster = try run.roster(makeReissuer)
        if FileStatus(run.configuration.output.directory) == nil {
            // Where there is no output yet, everything is to be done: a password that is missing is said before
            // anything is written.
            _ = try run.secrets(of: Set(run.configuration.inputs.indices))
        }

        let (locks, hadToWait) = try RunLocks.take(run, options, cancellation)
        defer { locks.release() }
        if hadToWait { try run.discover() }
        let found = run.earlierFiles(journal: locks.journal.file)
        // A run that was killed as it signed its manifest, or wrote reports beside it, left no journal.
        let mayHaveOutputsLeft = !locks.journal.isEmpty || found.hasDead || run.hasAbandonedJournals
        Leftovers.sweep(
            Set([run.manifestPath.folder, run.configuration.manifestPath.folder]).union(
                mayHaveOutputsLeft ? run.plan.outputFolders : []))
        let earlier = try EarlierRuns(run.plan, found, run.digester)
        let survey = try run.survey(earlier, options.redo)
        let findings = try survey.findings(jobs: run.jobs, cancellation: cancellation)
        let work = try run.work(findings, earlier.records, roster, doesAnew: survey.doesAnew)

        let force = survey.doesAnew && earlier.interrupted?.countBeforeForce == nil
        try locks.journal.begin(
            .init(id: begin.id, start: begin.start, tool: tool, force: force), after: earlier.interrupted)
        let total = findings.count(where: \.isRecorded)
        let state = RunState(locks.journal, earlier.records, total: total, progress: progress)
        options.whenStarting?(total)
        state.keep(findings, of: run.plan)
        perform(work, state, run.lanes(findings), cancellation)
        if let failure = state.failure { throw failure }

        let done = [earlier.records.sources(.converted), earlier.records.sources(.unchanged)].joined()
        let gone = earlier.gone.kept(besides: done, of: run.plan)
        let notes =
            work.roster.notes + run.notes(earlier.gone) + earlier.notes + findings.notes + gone.notes
            + synchronizeFolders(run.plan, earlier.records)
        let head = Manifest(
            tool: tool,
            run: .init(
                id: begin.id, start: begin.start, end: timestamp(),
                configurationDigest: try run.configuration.digest(run.digester),
                shard: run.configuration.shard?.description),
            providers: run.staffing.everybody.map {
                .init(name: $0.name, library: $0.library, isolated: $0.isIsolated ? true : nil)
            }, summary: state.summary,
            notes: notes.isEmpty ? nil : notes, items: [])
        try ManifestWriter.write(
            to: run.manifestPath, run.digester, forEachItem: earlier.records.forEachItem,
            forEachGone: { try gone.forEachItem(in: run.manifestPath.folder, $0) }, head: { head })
        locks.journal.remove()
        found.removeDead()
        return RunResult(
            verdict: verdict(state, cancellation), summary: head.summary, manifest: run.manifestPath, notes: notes,
            mayBeRetried: state.hasPassingFailure)
    }

    private static func perform(
        _ work: ItemWork, _ state: RunState, _ lanes: [ItemScheduler.Lane], _ cancellation: Cancellation
    ) {
        let isStopped = Cancellation()
        ItemScheduler(
            read: { work.read($0, isCancelled: cancellation.isCancelled) },
            size: \.byteCount,
            work: { work.records($0) },
            record: { batch in
                // Once nothing can be recorded, nothing may get its name: the batch goes, and its files with it.
                guard !isStopped.isCancelled else { return }
                do {
                    try state.announce(batch)
                    try state.record(work.commit(batch), announced: batch)
                } catch {
                    isStopped.cancel()
                }
            },
            isStopped: { isStopped.isCancelled }
        ).run(lanes)
    }

    /// Waits until the names of all new outputs are on the disk.
    ///
    /// - Returns: a note for each folder that could not be synced.
    private static func synchronizeFolders(_ plan: OutputPlan, _ records: Records) -> [String] {
        var last: FilePath?
        var notes: [String] = []
        for index in records.sources(.converted) {
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
}

typealias ItemScheduler = Scheduler<ItemWork.Payload, ItemWork.Record>
