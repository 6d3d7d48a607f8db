import PKCS12
import Providers
import Reissue

/// What is done with one source between reading and recording.
struct ItemWork: Sendable {
    /// The passwords of an input.
    struct Secrets: Sendable {
        var passwords: [SecretBytes]
        var outputPassword: SecretBytes
    }

    /// What a worker hands to the recording queue, which owns it from then on: the queue alone syncs outputs and gives
    /// them their names.
    struct Record: Sendable {
        var item: Manifest.Item
        /// The item, as JSON on one line.
        var line: [UInt8]
        /// To be committed before the item may be recorded as converted.
        var output: Publisher.Staged?
        /// What becomes of the item where another run has put its output in place first; throws where that is not right.
        var settle: (@Sendable (Manifest.Item) throws -> Manifest.Item)?
    }

    /// A source as the reading queue hands it over.
    enum Payload: Sendable {
        case file(SourceList.Source, Result<ReadFile, PipelineError>)
        /// With what keeps the run from asking the token.
        case key(TokenSource, PipelineError?)

        var source: RunSource {
            switch self {
            case .file(let source, _): .file(source)
            case .key(let source, _): .key(source)
            }
        }

        var byteCount: Int {
            guard case .file(_, .success(let file)) = self else { return 0 }
            return file.bytes.count
        }
    }

    let plan: OutputPlan
    /// By input; of those that anything is to be done for.
    let secrets: [Int: Secrets]
    let roster: Roster
    let profile: Profile
    /// By input; see ``Recipe``.
    let recipes: [String]
    /// What earlier runs have done.
    let records: Records
    /// Whether outputs that are there and right are made anew.
    let doesAnew: Bool
    let rewritesUnchanged: Bool
    /// Whether outputs that are there are looked at even where all are written anew: another run may write the same ones.
    let looksFirst: Bool
    let publisher: Publisher
    let reader: FileReader
    let digester: Digester
    let manifestFolder: FilePath

    func read(_ index: Int, isCancelled: Bool) -> Payload {
        let interruption =
            isCancelled ? PipelineError(.interrupted, "the run was interrupted before it came to this item") : nil
        switch plan.source(at: index) {
        case .key(let source):
            return .key(source, interruption)
        case .file(let source):
            let file = Result { () throws(PipelineError) in
                if let interruption { throw interruption }
                if let problem = source.problem { throw problem }
                return try reader.read(source.path)
            }
            return .file(source, file)
        }
    }

    /// Works on several sources at once, since some of the work goes faster side by side.
    func records(_ batch: [(index: Int, payload: Payload)]) -> [(index: Int, record: Record)] {
        let tasks = batch.map { ItemTask($0.index, $0.payload, self) }
        let outcomes = reissue(tasks)
        return tasks.map { ($0.index, $0.record(outcomes[$0.index], self)) }
    }

    /// What became of each job, by index, for those that there are; those of one team are done together.
    private func reissue(_ tasks: [ItemTask]) -> [Int: ItemTask.Outcome] {
        let jobs = tasks.compactMap { task in task.job.map { (task.index, task.teams[0], $0) } }
        return Dictionary(grouping: jobs, by: \.1.sealer).values.reduce(into: [:]) { outcomes, jobs in
            for (job, outcome) in zip(jobs, jobs[0].1.reissuer.reissue(jobs.map(\.2))) { outcomes[job.0] = outcome }
        }
    }

    /// Puts the outputs of records in their places. Called on the recording queue.
    ///
    /// - Returns: the records without outputs; where an output could not be put in its place, with that as failure.
    func commit(_ records: [(index: Int, record: Record)]) -> [(index: Int, record: Record)] {
        var failures = publisher.commit(records.compactMap(\.record.output))[...]
        return records.map { index, record in
            var record = record
            if let output = record.output, let failure = failures.removeFirst() {
                settle(&record, output, failure)
                record.line = record.item.line()
            }
            (record.output, record.settle) = (nil, nil)
            return (index, record)
        }
    }

    /// Takes what another run has put in an output's place, where it is right; both are, though no two are the same.
    private func settle(_ record: inout Record, _ output: Publisher.Staged, _ failure: PipelineError) {
        guard failure.code == .outputExists else { return record.item.fail(failure) }
        if let item = try? record.settle?(record.item) {
            record.item = item
            return
        }
        let (isDone, failureAgain) = publisher.overrule(output)
        if !isDone { record.item.fail(failure) } else if let failureAgain { record.item.fail(failureAgain) }
    }

    /// What is at the output's place, where that could make writing it needless.
    func existingOutput(_ output: FilePath, source: FileStatus.Identity?) -> SourceFile? {
        guard looksAtOutputs, let file = try? reader.read(output, followingLink: false), file.identity != source
        else { return nil }
        return SourceFile(path: output.text, bytes: file.bytes)
    }

    private var looksAtOutputs: Bool { looksFirst || !(publisher.overwrite == .replace && rewritesUnchanged) }

    /// What to expect in the place of an output of which ``existingOutput(_:source:)`` said so.
    func seen(_ file: SourceFile?) -> Publisher.Seen {
        file.map { .file($0.bytes) } ?? (looksAtOutputs ? .nothing : .unknown)
    }

    /// A team's word that an output is right; nil where one says that it is not, or none can tell.
    ///
    /// The next team is asked only where another library could do what this one's cannot: one reader that refuses a file is
    /// not outvoted by another that does not look as closely.
    ///
    /// - Throws: ``ProviderError`` where the provider at fault keeps anybody from telling.
    func proof(
        _ teams: [Roster.Team], _ verify: (any Reissuing) throws -> Reissuer.ReissueReport
    ) throws -> Reissuer.ReissueReport? {
        var fault: ProviderError?
        for team in teams {
            do {
                return try verify(team.reissuer)
            } catch let error as ProviderError {
                roster.failed(team, error)
                fault = error
            } catch  where !Self.mayBeTheLibrarys(error) {
                return nil
            } catch {}
        }
        if let fault { throw fault }
        return nil
    }

    /// Goes on to the next team only where another library could do what this one's cannot.
    func firstThatCan<Result>(
        _ teams: [Roster.Team], _ reissue: (_ reissuer: any Reissuing, _ isFirst: Bool) throws -> Result
    ) throws -> Result {
        var refusals: [(team: Roster.Team, error: any Error)] = []
        for (position, team) in teams.enumerated() {
            do {
                let result = try reissue(team.reissuer, position == 0)
                roster.succeeded(team)
                for refusal in refusals { roster.failed(refusal.team, refusal.error, anotherCould: true) }
                return result
            } catch  where Self.mayBeTheLibrarys(error) {
                refusals.append((team, error))
            } catch {
                guard roster.failed(team, error) else { throw error }
                // It had been given this before it was dropped.
                return try firstThatCan(roster.teams(for: position)) { reissuer, _ in try reissue(reissuer, false) }
            }
        }
        // Where all say no, it is the file, and nobody's fault; the first one's words are as good as any.
        throw refusals.first?.error ?? PipelineError(.providerUnfit, "there is no provider to reissue with")
    }

    private static func mayBeTheLibrarys(_ error: any Error) -> Bool {
        switch error {
        case let error as PKCS12Error: [.unsupportedAlgorithm, .cryptographyFailed].contains(error.code)
        case let error as ReissueError: error.code == .verifierUnfit
        default: false
        }
    }

    func sha256(_ bytes: [UInt8]) throws -> String { try digester.sha256(bytes) }

    /// - Throws: ``PipelineError`` `unexpected`.
    func secrets(of source: RunSource) throws(PipelineError) -> Secrets {
        guard let secrets = secrets[source.input] else {
            throw PipelineError(.unexpected, "the passwords of an input were not fetched")
        }
        return secrets
    }
}
