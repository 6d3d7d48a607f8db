import PKCS12
import Reissue

/// Looks which records of earlier runs still hold, by digests alone: no password is needed for it, and no key is opened.
struct Survey: Sendable {
    let plan: OutputPlan
    let records: Records
    /// By input.
    let recipes: [String]
    let profile: Profile
    let reader: FileReader
    let digester: Digester
    let manifestFolder: FilePath
    let redo: Redo
    /// Whether this run goes on with one that was to do everything anew.
    let isForced: Bool

    /// Whether what is recorded is done anew, but for what the run that this one goes on with has made.
    var doesAnew: Bool { redo == .everything || isForced }

    enum Finding: Sendable, Equatable {
        case holds
        /// It does not hold, and is none of this run's business; where it is new, there is no record.
        case left(WorkReason)
        case work(WorkReason)

        var isWork: Bool { if case .work = self { true } else { false } }
        /// Whether the run's manifest has it.
        var isRecorded: Bool { self != .left(.new) }
    }

    /// - Returns: what is to be done for each source, in one byte each.
    func findings(jobs: Int, cancellation: Cancellation) throws(PipelineError) -> [Finding] {
        let candidates = records.candidates
        let lane = Scheduler<Void, Finding>.Lane(jobs: jobs, count: candidates.count) { candidates[$0] }
        // Owned by the recording queue, and by this thread once that has ended.
        let findings = Confined(Array(repeating: withoutRecord, count: plan.count))
        Scheduler<Void, Finding>(
            read: { _ in }, work: { $0.map { ($0.index, finding($0.index)) } },
            record: { for (index, finding) in $0 { findings.value[index] = finding } },
            isStopped: { cancellation.isCancelled }
        ).run([lane])
        if cancellation.isCancelled, !candidates.isEmpty {
            throw PipelineError(
                .interrupted, "stopped before anything was done",
                hint: "the records of earlier runs stay as they were")
        }
        return findings.value
    }

    private var withoutRecord: Finding {
        switch redo {
        case .whatChanged: .work(.new)
        case .everything: .work(.forced)
        case .failures: .left(.new)
        }
    }

    func finding(_ index: Int) -> Finding {
        guard let known = records.known(index) else { return withoutRecord }
        if doesAnew, !known.isMadeAnew { return .work(.forced) }
        if known.status == .failed { return .work(known.item.wasInterrupted ? .interrupted : .failed) }
        guard let reason = reason(plan.source(at: index), known.item) else { return .holds }
        return redo == .failures ? .left(reason) : .work(reason)
    }

    /// - Returns: nil where the record holds.
    private func reason(_ source: RunSource, _ item: ItemText) -> WorkReason? {
        if source.problem != nil { return .unreadable }
        guard item.string("recipeSHA256") == recipes[source.input] else { return .settings }
        do {
            switch source {
            case .file(let file):
                let bytes = try reader.read(file.path).bytes
                guard try digester.sha256(bytes) == item.string("sourceSHA256") else { return .changed }
            case .key(let key):
                let digest = try plan.keys.keyOnToken(key, profile: profile).publicSHA256(digester)
                guard digest == item.string("keySHA256") else { return .changed }
            }
        } catch {
            return .unreadable
        }
        // Where there is none, the source already was what is asked for.
        guard let output = item.path("output", "outputBytes") else { return nil }
        let path = manifestFolder.appending(output)
        guard (try? plan.output(of: source)) == path else { return .settings }
        do {
            let bytes = try reader.read(path, followingLink: false).bytes
            return try digester.sha256(bytes) == item.string("outputSHA256") ? nil : .outputChanged
        } catch {
            return (error as? PipelineError)?.code == .notFound ? .outputMissing : .outputChanged
        }
    }
}

extension [Survey.Finding] {
    /// What the user should know.
    var notes: [String] {
        let new = count { $0 == .left(.new) }
        let others = count { if case .left(let reason) = $0 { reason != .new } else { false } }
        return [
            new == 0 ? nil : "\(new) new items were left out, since only failures were to be done",
            others == 0
                ? nil
                : "\(others) items are not what was recorded, and were left so, since only failures were to be done",
        ].compactMap(\.self)
    }
}

extension ItemText {
    /// - Parameters:
    ///   - key: of the member that shows the path.
    ///   - encodedKey: of the one that has its bytes where that cannot.
    func path(_ key: String, _ encodedKey: String) -> FilePath? {
        string(key).map { FilePath(shown: $0, encoded: string(encodedKey)) }
    }

    /// What it failed with.
    var errorCode: String? { range("error").flatMap { ItemText(Array(bytes[$0])) }?.string("code") }

    fileprivate var wasInterrupted: Bool { errorCode == PipelineError.Code.interrupted.rawValue }
}

/// A value that is used by one queue at a time.
final class Confined<Value>: @unchecked Sendable {
    // Sendable: whoever makes one says which queue owns it.
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}
