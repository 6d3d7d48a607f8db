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
        case file(Reissuer.Job, Target, identity: FileStatus.Identity)
        case key(TokenSource)
    }

    /// Where an output goes.
    private struct Target {
        var path: FilePath
        var seen: Publisher.Seen
        /// The digest of what is there, where it is an earlier output that may be replaced.
        var replaced: String?
    }

    typealias Outcome = Result<Reissuer.Outcome, any Error>

    init(_ index: Int, _ payload: ItemWork.Payload, _ work: ItemWork) {
        self.index = index
        teams = work.roster.teams(for: index)
        let source = payload.source
        item = Manifest.Item(
            site: work.plan.site(of: source), source: source.text, sourceBytes: source.path?.encodedWhenNotUTF8,
            recipeSHA256: work.recipes[source.input], status: .failed, verifiedBy: [], durationMilliseconds: 0,
            identities: [])
        if let recorded = work.recordedOutput(index) {
            item.setEarlierOutput(recorded, manifestFolder: work.manifestFolder)
        }
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

    /// - Parameter outcome: what became of the job with the first team, where there is one.
    func record(_ outcome: Outcome?, _ work: ItemWork) -> ItemWork.Record {
        var item = item
        var made: Made?
        do {
            switch try begun.get() {
            case .done: break
            case .file(let job, let target, let identity):
                made = try reissue(job, outcome, target, identity, work, into: &item)
            case .key(let source): made = try reissue(source, work, into: &item)
            }
        } catch {
            item.fail(error)
            let wasInterrupted = (error as? PipelineError)?.code == .interrupted
            if wasInterrupted, let earlier = work.untouchedRecord(index) { item.keepOutput(of: earlier) }
        }
        item.durationMilliseconds = Double((DispatchTime.now().uptimeNanoseconds - start) / 1_000) / 1_000
        return ItemWork.Record(item: item, line: item.line(), output: made?.staged, settle: made?.settle)
    }

    /// Looks whether the output is there already.
    private mutating func begin(_ source: SourceList.Source, _ file: ReadFile, _ work: ItemWork) throws -> Begun {
        let digest = try work.sha256(file.bytes)
        item.sourceSHA256 = digest
        let output = try work.plan.output(of: .file(source))
        let secrets = try work.secrets(of: .file(source))
        let job = Reissuer.Job(
            source: SourceFile(path: source.path.text, bytes: file.bytes), passwords: secrets.passwords,
            outputPassword: secrets.outputPassword)
        let earlier = try work.earlierOutput(output, of: index, identity: file.identity, digest: digest)
        let replaced = try takeOrGiveUp(earlier, at: output, work, into: &item) { try $0.verify($1, of: job) }
        if item.status == .unchanged { return .done }
        let target = Target(path: output, seen: work.seen(earlier?.file), replaced: replaced)
        return .file(job, target, identity: file.identity)
    }

    /// Takes what is in the output's place as the item's output, where it is right and is not to be made anew.
    ///
    /// - Returns: the digest of it, where it is not taken and may be replaced.
    private func takeOrGiveUp(
        _ earlier: EarlierOutput?, at output: FilePath, _ work: ItemWork, into item: inout Manifest.Item,
        _ verify: Proof
    ) throws -> String? {
        guard let earlier else { return nil }
        if earlier.isOurs {
            item.setEarlierOutput(.init(path: output, sha256: earlier.sha256), manifestFolder: work.manifestFolder)
            // It cannot be right, or does not matter.
            if work.doesAnew || !earlier.isOfSameSource { return earlier.sha256 }
        }
        guard let report = try work.proof(teams, { try verify($0, earlier.file) }) else {
            return earlier.isOurs ? earlier.sha256 : nil
        }
        if work.doesAnew { return earlier.sha256 }
        item.setOutput(output, manifestFolder: work.manifestFolder)
        item.takeExisting(report, sha256: earlier.sha256)
        return nil
    }

    /// An output to be committed, and what is to be done where another is there first.
    private struct Made {
        var staged: Publisher.Staged
        var settle: @Sendable (Manifest.Item) throws -> Manifest.Item
    }

    /// - Returns: the output, where there is one to be committed.
    private func reissue(
        _ job: Reissuer.Job, _ outcome: Outcome?, _ target: Target, _ identity: FileStatus.Identity,
        _ work: ItemWork, into item: inout Manifest.Item
    ) throws -> Made? {
        let outcome = try work.firstThatCan(teams) { reissuer, isFirst in
            guard isFirst, let outcome else { return try reissuer.reissue([job])[0].get() }
            return try outcome.get()
        }
        switch outcome {
        case .unchanged(let report):
            item.take(report, .unchanged)
            item.dropOutput()
            return nil
        case .converted(let pfx):
            let staged = try stage(pfx, for: target, source: identity, work, into: &item)
            return Made(staged: staged, settle: settle(target, identity, work) { try $0.verify($1, of: job) })
        }
    }

    /// As that for files, for a key on a token.
    private func reissue(_ source: TokenSource, _ work: ItemWork, into item: inout Manifest.Item) throws -> Made? {
        let key = try work.plan.keys.keyOnToken(source, profile: work.profile)
        let output = try work.plan.output(of: .key(source))
        let password = try work.secrets(of: .key(source)).outputPassword
        let digest = try key.publicSHA256(work.digester)
        item.keySHA256 = digest
        let earlier = try work.earlierOutput(output, of: index, identity: nil, digest: digest)
        let verify: Proof = { try $0.verify($1, of: key, outputPassword: password) }
        let replaced = try takeOrGiveUp(earlier, at: output, work, into: &item, verify)
        if item.status == .unchanged { return nil }
        let pfx = try work.firstThatCan(teams) { reissuer, _ in try reissuer.reissue(key, outputPassword: password) }
        let target = Target(path: output, seen: work.seen(earlier?.file), replaced: replaced)
        let staged = try stage(pfx, for: target, source: nil, work, into: &item)
        return Made(staged: staged, settle: settle(target, nil, work, verify))
    }

    /// Takes what is in the output's place once another run was faster, where it is right.
    private func settle(
        _ target: Target, _ identity: FileStatus.Identity?, _ work: ItemWork, _ verify: @escaping Proof
    ) -> @Sendable (Manifest.Item) throws -> Manifest.Item {
        { [teams] item in
            guard let file = work.existingOutput(target.path, source: identity),
                let report = try work.proof(teams, { try verify($0, file) })
            else { throw PipelineError(.outputExists, "another file is there") }
            var item = item
            item.takeExisting(report, sha256: try work.sha256(file.bytes))
            return item
        }
    }

    private func stage(
        _ pfx: VerifiedPFX, for target: Target, source: FileStatus.Identity?, _ work: ItemWork,
        into item: inout Manifest.Item
    ) throws -> Publisher.Staged {
        let digest = try work.sha256(pfx.bytes)
        let staged = try work.publisher.stage(
            pfx, for: target.path, source: source, mayReplace: target.replaced != nil, seen: target.seen)
        item.take(pfx.report, .converted)
        item.setOutput(target.path, manifestFolder: work.manifestFolder)
        item.outputSHA256 = digest
        item.earlierOutputSHA256 = target.replaced
        return staged
    }
}

/// Whether a file is a right output of a source.
private typealias Proof = @Sendable (_ by: any Reissuing, _ output: SourceFile) throws -> Reissuer.ReissueReport

extension Reissuing {
    fileprivate func verify(_ output: SourceFile, of job: Reissuer.Job) throws -> Reissuer.ReissueReport {
        try verify(output, of: job.source, passwords: job.passwords, outputPassword: job.outputPassword)
    }
}
