import Reissue

/// What a run knows of itself as it goes on. Only the recording queue touches it until that has ended.
final class RunState: @unchecked Sendable {
    // Sendable: confined to the recording queue, then to the run's own thread.
    let journal: Journal
    private let total: Int
    private let progress: (@Sendable (RunProgress) -> Void)?
    private var counts = Manifest.Counts()
    private var bySite: [String: Manifest.Counts] = [:]
    private(set) var hasMismatch = false
    /// Why nothing more can be recorded.
    private(set) var failure: PipelineError?

    init(_ journal: Journal, total: Int, progress: (@Sendable (RunProgress) -> Void)?) {
        self.journal = journal
        self.total = total
        self.progress = progress
    }

    /// - Throws: ``PipelineError`` `writeFailed`; none of the records is in the journal then.
    func record(_ records: [(index: Int, record: ItemWork.Record)]) throws(PipelineError) {
        do {
            try journal.append(records.map { ($0.record.line, $0.index, $0.record.item.status) })
        } catch {
            failure = failure ?? error
            throw error
        }
        for item in records.map(\.record.item) {
            counts.count(item.status)
            bySite[item.site, default: .init()].count(item.status)
            hasMismatch = hasMismatch || item.error?.code == ReissueError.Code.verificationMismatch.rawValue
            progress?(RunProgress(item: item, done: counts.total, failed: counts.failed, total: total))
        }
    }

    var summary: Manifest.Summary {
        Manifest.Summary(
            total: counts.total, converted: counts.converted, unchanged: counts.unchanged, failed: counts.failed,
            bySite: bySite)
    }
}

/// How far a run is.
public struct RunProgress: Sendable, Equatable {
    /// The item that was recorded last.
    public var item: Manifest.Item
    /// Recorded items, failed ones included.
    public var done: Int
    public var failed: Int
    public var total: Int
}
