import Dispatch
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
    }

    /// A source as the reading queue hands it over.
    struct Payload: Sendable {
        var source: SourceList.Source
        var file: Result<ReadFile, PipelineError>
    }

    let plan: OutputPlan
    /// By input.
    let secrets: [Secrets]
    let roster: Roster
    let rewritesUnchanged: Bool
    let publisher: Publisher
    let reader: FileReader
    /// At least one; the first that works is used.
    let digesters: [any PKCS12Cryptography]
    let manifestFolder: FilePath

    func read(_ index: Int, isCancelled: Bool) -> Payload {
        let source = plan.source(at: index)
        let file = Result { () throws(PipelineError) in
            if isCancelled { throw PipelineError(.interrupted, "the run was interrupted before it came to this file") }
            if let problem = source.problem { throw problem }
            return try reader.read(source.path)
        }
        return Payload(source: source, file: file)
    }

    /// Works on several sources at once, since some of the work goes faster side by side.
    func records(_ batch: [(index: Int, payload: Payload)]) -> [(index: Int, record: Record)] {
        let tasks = batch.map { ItemTask($0.index, $0.payload, self) }
        let rests = prepare(tasks)
        return tasks.map { ($0.index, $0.record(rests[$0.index], self)) }
    }

    /// What is left to do of each job, by index, for those that there are; the jobs of one team are prepared together.
    private func prepare(_ tasks: [ItemTask]) -> [Int: Reissuer.Rest] {
        let jobs = tasks.compactMap { task in task.job.map { (task.index, task.teams[0], $0) } }
        return Dictionary(grouping: jobs, by: \.1.sealer).values.reduce(into: [:]) { rests, jobs in
            for (job, rest) in zip(jobs, jobs[0].1.reissuer.prepare(jobs.map(\.2))) { rests[job.0] = rest }
        }
    }

    /// Puts the outputs of records in their places. Called on the recording queue.
    ///
    /// - Returns: the records without outputs; where an output could not be put in its place, with that as failure.
    func commit(_ records: [(index: Int, record: Record)]) -> [(index: Int, record: Record)] {
        var failures = publisher.commit(records.compactMap(\.record.output))[...]
        return records.map { index, record in
            var record = record
            guard record.output != nil else { return (index, record) }
            record.output = nil
            if let failure = failures.removeFirst() {
                record.item.fail(failure)
                record.line = record.item.line()
            }
            return (index, record)
        }
    }

    /// What is at the output's place, where that could make writing it needless.
    func existingOutput(_ output: FilePath, source: ReadFile) -> SourceFile? {
        guard !(publisher.overwrite == .replace && rewritesUnchanged),
            let file = try? reader.read(output, followingLink: false), file.identity != source.identity
        else { return nil }
        return SourceFile(path: output.text, bytes: file.bytes)
    }

    /// The first team's word that an output is right; nil where none gives it.
    ///
    /// - Throws: ``ProviderError`` where the provider at fault keeps anybody from telling.
    func proof(that output: SourceFile, isOf job: Reissuer.Job, _ teams: [Roster.Team]) throws
        -> Reissuer.ReissueReport?
    {
        var fault: ProviderError?
        for team in teams {
            do {
                return try team.reissuer.verify(
                    output, of: job.source, passwords: job.passwords, outputPassword: job.outputPassword)
            } catch let error as ProviderError {
                roster.failed(team, error)
                fault = error
            } catch {}
        }
        if let fault { throw fault }
        return nil
    }

    /// Goes on to the next team only where another library could do what this one's cannot.
    ///
    /// - Parameter rest: what the first team has left to do.
    func reissue(_ job: Reissuer.Job, _ teams: [Roster.Team], _ rest: Reissuer.Rest) throws -> Reissuer.Outcome {
        var refusals: [(team: Roster.Team, error: any Error)] = []
        for (index, team) in teams.enumerated() {
            do {
                let outcome = try index == 0 ? rest() : team.reissuer.prepare([job])[0]()
                roster.succeeded(team)
                for refusal in refusals { roster.failed(refusal.team, refusal.error, anotherCould: true) }
                return outcome
            } catch  where Self.mayBeTheLibrarys(error) {
                refusals.append((team, error))
            } catch {
                roster.failed(team, error)
                throw error
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

    func sha256(_ bytes: [UInt8]) throws -> String {
        var failure: any Error = PipelineError(.providerUnfit, "there is no provider that can digest")
        for digester in digesters {
            do {
                return hexText(try digester.digest(bytes[...], with: .sha256))
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
