import Dispatch
import PKCS12
import Reissue

/// One source between its bytes and its record. What goes wrong with it becomes that record here, and nowhere else.
struct ItemTask {
    let index: Int
    private let source: SourceList.Source
    private let start = DispatchTime.now().uptimeNanoseconds
    private var item: Manifest.Item
    private var begun: Result<Begun, any Error>

    /// How far a task is before it is reissued.
    private enum Begun {
        /// The item says what became of it.
        case done
        case open(Reissuer.Job, output: FilePath, identity: FileStatus.Identity)
    }

    /// In the order in which they are asked; at least one.
    let teams: [Roster.Team]

    init(_ index: Int, _ payload: ItemWork.Payload, _ work: ItemWork) {
        self.index = index
        source = payload.source
        teams = work.roster.teams(for: index)
        item = Manifest.Item(
            site: work.plan.site(of: source), source: source.path.text, sourceBytes: source.path.encodedWhenNotUTF8,
            status: .failed, verifiedBy: [], durationMilliseconds: 0, identities: [])
        begun = .success(.done)
        begun = Result { try begin(try payload.file.get(), work) }
    }

    /// What there is to reissue; nil where nothing is left to do.
    var job: Reissuer.Job? {
        guard case .success(.open(let job, _, _)) = begun else { return nil }
        return job
    }

    /// - Parameter rest: what the first team has left to do of the job, where there is one.
    func record(_ rest: Reissuer.Rest?, _ work: ItemWork) -> ItemWork.Record {
        var item = item
        var staged: Publisher.Staged?
        do {
            if case .open(let job, let output, let identity) = try begun.get(), let rest {
                staged = try reissue(job, rest, output, identity, work, into: &item)
            }
        } catch {
            item.fail(error)
        }
        item.durationMilliseconds = Double((DispatchTime.now().uptimeNanoseconds - start) / 1_000) / 1_000
        return ItemWork.Record(item: item, line: item.line(), output: staged)
    }

    /// Looks whether the output is there already.
    private mutating func begin(_ file: ReadFile, _ work: ItemWork) throws -> Begun {
        item.sourceSHA256 = try work.sha256(file.bytes)
        let output = try work.plan.output(of: source)
        let secrets = work.secrets[source.input]
        let job = Reissuer.Job(
            source: SourceFile(path: source.path.text, bytes: file.bytes), passwords: secrets.passwords,
            outputPassword: secrets.outputPassword)
        guard let existing = work.existingOutput(output, source: file),
            let report = try work.proof(that: existing, isOf: job, teams)
        else { return .open(job, output: output, identity: file.identity) }
        item.take(report, .unchanged)
        item.setOutput(output, manifestFolder: work.manifestFolder)
        item.outputSHA256 = try work.sha256(existing.bytes)
        return .done
    }

    /// - Returns: the output, where there is one to be committed.
    private func reissue(
        _ job: Reissuer.Job, _ rest: Reissuer.Rest, _ output: FilePath, _ identity: FileStatus.Identity,
        _ work: ItemWork, into item: inout Manifest.Item
    ) throws -> Publisher.Staged? {
        switch try work.reissue(job, teams, rest) {
        case .unchanged(let report):
            item.take(report, .unchanged)
            return nil
        case .converted(let pfx):
            let digest = try work.sha256(pfx.bytes)
            let staged = try work.publisher.stage(pfx, for: output, source: identity)
            item.take(pfx.report, .converted)
            item.setOutput(output, manifestFolder: work.manifestFolder)
            item.outputSHA256 = digest
            return staged
        }
    }
}
