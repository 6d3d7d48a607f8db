import Reissue

/// What a run knows of itself as it goes on. Only the recording queue touches it until that has ended; before that has
/// begun, the run's own thread.
final class RunState: @unchecked Sendable {
    // Sendable: confined to the recording queue, and to the run's own thread before and after.
    let journal: Journal
    let records: Records
    private let total: Int
    private let progress: (@Sendable (RunProgress) -> Void)?
    private var counts = Manifest.Counts()
    private var bySite: [String: Manifest.Counts] = [:]
    private(set) var hasMismatch = false
    /// Whether anything failed by what may pass.
    private(set) var hasPassingFailure = false
    /// Why nothing more can be recorded.
    private(set) var failure: (any Error)?

    init(_ journal: Journal, _ records: Records, total: Int, progress: (@Sendable (RunProgress) -> Void)?) {
        self.journal = journal
        self.records = records
        self.total = total
        self.progress = progress
    }

    /// Counts earlier runs' records as this run's, where they are not to be made anew.
    func keep(_ findings: [Survey.Finding], of plan: OutputPlan) {
        for (index, finding) in findings.enumerated() where finding.isRecorded && !finding.isWork {
            keep(index, site: plan.site(of: plan.source(at: index)), isHeld: finding == .holds)
        }
    }

    private func keep(_ index: Int, site: String, isHeld: Bool) {
        let status = records.keep(index, isHeld: isHeld)
        let records = records
        count(status, site) { Manifest.Item(decoding: try? records.item(index), site: site, status: status) }
    }

    /// Writes to the disk what is to become of items, before any output gets its name: a run that takes this one up then
    /// finds either a record and its output, or neither the output nor anything that a look at it would believe.
    ///
    /// - Throws: ``PipelineError`` `writeFailed`, what the providers throw; none of the records is in the journal then.
    func announce(_ records: [(index: Int, record: ItemWork.Record)]) throws {
        try append(records, isDurable: records.contains { $0.record.output != nil })
    }

    /// Records what became of items that were announced.
    ///
    /// - Throws: as ``announce(_:)``.
    func record(
        _ records: [(index: Int, record: ItemWork.Record)], announced: [(index: Int, record: ItemWork.Record)]
    ) throws {
        // Of several lines of one source the last counts.
        let others = zip(records, announced).filter { $0.record.item.status != $1.record.item.status }.map(\.0)
        if !others.isEmpty { try append(others, isDurable: false) }
        for item in records.map(\.record.item) {
            hasMismatch = hasMismatch || item.error?.code == ReissueError.Code.verificationMismatch.rawValue
            hasPassingFailure = hasPassingFailure || item.error.map { PassingFailure.codes.contains($0.code) } == true
            count(item.status, item.site) { item }
        }
    }

    private func append(_ records: [(index: Int, record: ItemWork.Record)], isDurable: Bool) throws {
        do {
            let places = try journal.append(records.map(\.record.line), isDurable: isDurable)
            for (place, (index, record)) in zip(places, records) {
                self.records.record(index, record.item.status, at: place)
            }
        } catch {
            failure = failure ?? error
            throw error
        }
    }

    private func count(_ status: Manifest.Status, _ site: String, _ item: @escaping @Sendable () -> Manifest.Item) {
        counts.count(status)
        bySite[site, default: .init()].count(status)
        progress?(
            RunProgress(status: status, done: counts.total, failed: counts.failed, total: total, item: item))
    }

    var summary: Manifest.Summary {
        Manifest.Summary(
            total: counts.total, converted: counts.converted, unchanged: counts.unchanged, failed: counts.failed,
            bySite: bySite)
    }
}

/// How far a run is.
public struct RunProgress: Sendable {
    /// Of the item that was recorded last.
    public var status: Manifest.Status
    /// Recorded items, failed ones included.
    public var done: Int
    public var failed: Int
    public var total: Int
    private let makeItem: @Sendable () -> Manifest.Item

    init(status: Manifest.Status, done: Int, failed: Int, total: Int, item: @escaping @Sendable () -> Manifest.Item) {
        self.status = status
        self.done = done
        self.failed = failed
        self.total = total
        makeItem = item
    }

    /// The item that was recorded last. Of one that an earlier run did it has to be read first: ask for those that are needed.
    public var item: Manifest.Item { makeItem() }
}
