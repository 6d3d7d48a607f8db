import Dispatch
import PKCS12
import Reissue

/// One source between its bytes and its record. What goes wrong with it becomes that record here, and nowhere else.
struct ItemTask {
    let index: Int
    /// In the order in which they are asked; at least one.
    let teams: [Roster.Team]
    private let start = DispatchTime.now().uptimeNanoseconds
    private var item: Manifest.Item
    private var begun: Result<Begun, any Error> = .success(.done)

    /// How far a task is before it is reissued.
    private enum Begun {
        /// The item says what became of it.
        case done
        case file(Reissuer.Job, output: FilePath, identity: FileStatus.Identity)
        case key(TokenSource)
    }

    init(_ index: Int, _ payload: ItemWork.Payload, _ work: ItemWork) {
        self.index = index
        teams = work.roster.teams(for: index)
        let source = payload.source
        item = Manifest.Item(
            site: work.plan.site(of: source), source: source.text, sourceBytes: source.path?.encodedWhenNotUTF8,
            status: .failed, verifiedBy: [], durationMilliseconds: 0, identities: [])
        begun = Result {
            switch payload {
            case .file(let source, let file): return try begin(source, try file.get(), work)
            case .key(let source, nil): return .key(source)
            case .key(_, let interruption?): throw interruption
            }
        }
    }

    /// What there is to reissue of a file; nil where nothing is left to do.
    var job: Reissuer.Job? {
        guard case .success(.file(let job, _, _)) = begun else { return nil }
        return job
    }

    /// - Parameter rest: what the first team has left to do of the job, where there is one.
    func record(_ rest: Reissuer.Rest?, _ work: ItemWork) -> ItemWork.Record {
        var item = item
        var staged: Publisher.Staged?
        do {
            switch try begun.get() {
            case .done: break
            case .file(let job, let output, let identity):
                staged = try reissue(job, rest, output, identity, work, into: &item)
            case .key(let source): staged = try reissue(source, work, into: &item)
            }
        } catch {
            item.fail(error)
        }
        item.durationMilliseconds = Double((DispatchTime.now().uptimeNanoseconds - start) / 1_000) / 1_000
        return ItemWork.Record(item: item, line: item.line(), output: staged)
    }

    /// Looks whether the output is there already.
    private mutating func begin(_ source: SourceList.Source, _ file: ReadFile, _ work: ItemWork) throws -> Begun {
        item.sourceSHA256 = try work.sha256(file.bytes)
        let output = try work.plan.output(of: .file(source))
        let secrets = work.secrets[source.input]
        let job = Reissuer.Job(
            source: SourceFile(path: source.path.text, bytes: file.bytes), passwords: secrets.passwords,
            outputPassword: secrets.outputPassword)
        guard let existing = work.existingOutput(output, source: file.identity),
            let report = try work.proof(
                teams,
                {
                    try $0.verify(
                        existing, of: job.source, passwords: job.passwords, outputPassword: job.outputPassword)
                })
        else { return .file(job, output: output, identity: file.identity) }
        try take(report, of: existing, at: output, work, into: &item)
        return .done
    }

    /// - Returns: the output, where there is one to be committed.
    private func reissue(
        _ job: Reissuer.Job, _ rest: Reissuer.Rest?, _ output: FilePath, _ identity: FileStatus.Identity,
        _ work: ItemWork, into item: inout Manifest.Item
    ) throws -> Publisher.Staged? {
        let outcome = try work.firstThatCan(teams) { reissuer, isFirst in
            guard isFirst, let rest else { return try reissuer.prepare([job])[0]() }
            return try rest()
        }
        switch outcome {
        case .unchanged(let report):
            item.take(report, .unchanged)
            return nil
        case .converted(let pfx):
            return try stage(pfx, for: output, source: identity, work, into: &item)
        }
    }

    /// As that for files, for a key on a token.
    private func reissue(_ source: TokenSource, _ work: ItemWork, into item: inout Manifest.Item) throws
        -> Publisher.Staged?
    {
        let key = try work.plan.keys.keyOnToken(source, profile: work.profile)
        let output = try work.plan.output(of: .key(source))
        let password = work.secrets[source.input].outputPassword
        if let existing = work.existingOutput(output, source: nil),
            let report = try work.proof(teams, { try $0.verify(existing, of: key, outputPassword: password) })
        {
            try take(report, of: existing, at: output, work, into: &item)
            return nil
        }
        let pfx = try work.firstThatCan(teams) { reissuer, _ in try reissuer.reissue(key, outputPassword: password) }
        return try stage(pfx, for: output, source: nil, work, into: &item)
    }

    private func take(
        _ report: Reissuer.ReissueReport, of existing: SourceFile, at output: FilePath, _ work: ItemWork,
        into item: inout Manifest.Item
    ) throws {
        item.take(report, .unchanged)
        item.setOutput(output, manifestFolder: work.manifestFolder)
        item.outputSHA256 = try work.sha256(existing.bytes)
    }

    private func stage(
        _ pfx: VerifiedPFX, for output: FilePath, source: FileStatus.Identity?, _ work: ItemWork,
        into item: inout Manifest.Item
    ) throws -> Publisher.Staged {
        let digest = try work.sha256(pfx.bytes)
        let staged = try work.publisher.stage(pfx, for: output, source: source)
        item.take(pfx.report, .converted)
        item.setOutput(output, manifestFolder: work.manifestFolder)
        item.outputSHA256 = digest
        return staged
    }
}
