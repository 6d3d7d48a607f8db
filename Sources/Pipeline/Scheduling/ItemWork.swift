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
    }

    let plan: OutputPlan
    /// By input.
    let secrets: [Secrets]
    let roster: Roster
    let profile: Profile
    let rewritesUnchanged: Bool
    let publisher: Publisher
    let reader: FileReader
    /// At least one; the first that works is used.
    let digesters: [any PKCS12Cryptography]
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

    /// The one place where what goes wrong with a source becomes a record.
    func record(_ index: Int, _ payload: Payload) -> Record {
        let start = DispatchTime.now().uptimeNanoseconds
        let source = payload.source
        var item = Manifest.Item(
            site: plan.site(of: source), source: source.text, sourceBytes: source.path?.encodedWhenNotUTF8,
            status: .failed, verifiedBy: [], durationMilliseconds: 0, identities: [])
        var staged: Publisher.Staged?
        do {
            switch payload {
            case .file(let source, let file): staged = try process(index, source, try file.get(), into: &item)
            case .key(let source, let interruption):
                if let interruption { throw interruption }
                staged = try process(index, source, into: &item)
            }
        } catch {
            item.fail(error)
        }
        item.durationMilliseconds = Double((DispatchTime.now().uptimeNanoseconds - start) / 1_000) / 1_000
        return Record(item: item, line: item.line(), output: staged)
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

    /// - Returns: the output, where there is one to be committed.
    private func process(
        _ index: Int, _ source: SourceList.Source, _ file: ReadFile, into item: inout Manifest.Item
    ) throws -> Publisher.Staged? {
        item.sourceSHA256 = try sha256(file.bytes)
        let output = try plan.output(of: .file(source))
        let secrets = secrets[source.input]
        let sourceFile = SourceFile(path: source.path.text, bytes: file.bytes)
        let teams = roster.teams(for: index)

        if let existing = existingOutput(output, source: file.identity),
            let report = try proof(
                teams,
                { try $0.verify(
                    existing, of: sourceFile, passwords: secrets.passwords, outputPassword: secrets.outputPassword) })
        {
            try take(report, of: existing, at: output, into: &item)
            return nil
        }
        let outcome = try firstThatCan(teams) {
            try $0.reissue(sourceFile, passwords: secrets.passwords, outputPassword: secrets.outputPassword)
        }
        switch outcome {
        case .unchanged(let report):
            item.take(report, .unchanged)
            return nil
        case .converted(let pfx):
            return try stage(pfx, for: output, source: file.identity, into: &item)
        }
    }

    /// As that for files, for a key on a token.
    private func process(_ index: Int, _ source: TokenSource, into item: inout Manifest.Item) throws
        -> Publisher.Staged?
    {
        let key = try plan.keys.keyOnToken(source, profile: profile)
        let output = try plan.output(of: .key(source))
        let password = secrets[source.input].outputPassword
        let teams = roster.teams(for: index)
        if let existing = existingOutput(output, source: nil),
            let report = try proof(teams, { try $0.verify(existing, of: key, outputPassword: password) })
        {
            try take(report, of: existing, at: output, into: &item)
            return nil
        }
        let pfx = try firstThatCan(teams) { try $0.reissue(key, outputPassword: password) }
        return try stage(pfx, for: output, source: nil, into: &item)
    }

    private func take(
        _ report: Reissuer.ReissueReport, of existing: SourceFile, at output: FilePath, into item: inout Manifest.Item
    ) throws {
        item.take(report, .unchanged)
        item.setOutput(output, manifestFolder: manifestFolder)
        item.outputSHA256 = try sha256(existing.bytes)
    }

    private func stage(
        _ pfx: VerifiedPFX, for output: FilePath, source: FileStatus.Identity?, into item: inout Manifest.Item
    ) throws -> Publisher.Staged {
        let digest = try sha256(pfx.bytes)
        let staged = try publisher.stage(pfx, for: output, source: source)
        item.take(pfx.report, .converted)
        item.setOutput(output, manifestFolder: manifestFolder)
        item.outputSHA256 = digest
        return staged
    }

    /// What is at the output's place, where that could make writing it needless.
    private func existingOutput(_ output: FilePath, source: FileStatus.Identity?) -> SourceFile? {
        guard !(publisher.overwrite == .replace && rewritesUnchanged),
            let file = try? reader.read(output, followingLink: false), file.identity != source
        else { return nil }
        return SourceFile(path: output.text, bytes: file.bytes)
    }

    /// The first team's word that an output is right; nil where none gives it.
    ///
    /// - Throws: ``ProviderError`` where the provider at fault keeps anybody from telling.
    private func proof(
        _ teams: [Roster.Team], _ verify: (any Reissuing) throws -> Reissuer.ReissueReport
    ) throws -> Reissuer.ReissueReport? {
        var fault: ProviderError?
        for team in teams {
            do {
                return try verify(team.reissuer)
            } catch let error as ProviderError {
                roster.failed(team, error)
                fault = error
            } catch {}
        }
        if let fault { throw fault }
        return nil
    }

    /// Goes on to the next team only where another library could do what this one's cannot.
    private func firstThatCan<Result>(
        _ teams: [Roster.Team], _ reissue: (any Reissuing) throws -> Result
    ) throws -> Result {
        var refusals: [(team: Roster.Team, error: any Error)] = []
        for team in teams {
            do {
                let result = try reissue(team.reissuer)
                roster.succeeded(team)
                for refusal in refusals { roster.failed(refusal.team, refusal.error, anotherCould: true) }
                return result
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

extension Manifest.Failure {
    init(_ error: any Error) {
        guard let error = error as? any CodedError else {
            // Not the error's text: only our own errors are known to hold no secret.
            self.init(
                code: PipelineError.Code.unexpected.rawValue, message: "an error of the type \(type(of: error))",
                hint: nil)
            return
        }
        self.init(code: error.codeName, message: error.reason, hint: error.hint)
    }
}

extension Manifest.Item {
    fileprivate mutating func take(_ report: Reissuer.ReissueReport, _ status: Manifest.Status) {
        self.status = status
        identities = report.identities
        sealedBy = report.sealedBy
        verifiedBy = report.verifiedBy
        comparedBy = report.comparedBy
        tokenExport = report.tokenExport
        notes = report.notes.isEmpty ? nil : report.notes
    }

    /// Keeps what is known of the source, and nothing of an output.
    fileprivate mutating func fail(_ error: any Error) {
        self = Manifest.Item(
            site: site, source: source, sourceBytes: sourceBytes, sourceSHA256: sourceSHA256, status: .failed,
            error: Manifest.Failure(error), verifiedBy: [], durationMilliseconds: durationMilliseconds, identities: [])
    }

    /// The item as JSON without line ends.
    fileprivate func line() -> [UInt8] {
        // An item has only strings and finite numbers, which always encode; a line has to come of it in any case.
        (try? makeJSONEncoder().encode(self)).map(Array.init) ?? Array(#"{"status":"failed"}"#.utf8)
    }
}
