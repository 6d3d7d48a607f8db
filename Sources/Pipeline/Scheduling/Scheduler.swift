import Dispatch

/// Runs many items through read → work → record, with as little in memory as keeps everyone busy.
///
/// Items go in lanes, each with workers of its own, so that a slow token keeps no file waiting. In each lane one queue reads
/// ahead, at most ``Lane/workLimit`` items for each worker, fewer where they are large, and a worker takes its share of what
/// is there; one queue records for all lanes, and takes together what has come while it was busy. At most ``batchLimit``
/// records wait for it, and as many are in its hands; workers that have more wait.
struct Scheduler<Payload: Sendable, Record: Sendable>: Sendable {
    /// Items that share workers.
    struct Lane: Sendable {
        var jobs: Int
        var count: Int
        /// The most items that a worker takes at once.
        var workLimit = usualWorkLimit
        /// The item at a position, from 0.
        var item: @Sendable (_ position: Int) -> Int = { $0 }

        static var usualWorkLimit: Int { 32 }
    }

    /// The most records that are taken at once.
    var batchLimit = 64
    /// Called on a lane's reading queue, in the order of its items.
    var read: @Sendable (_ index: Int) -> Payload
    /// The bytes of a payload, called on the same queue; one of less than ``placeByteCount`` counts as one item that is read
    /// ahead.
    var size: @Sendable (Payload) -> Int = { _ in 0 }
    /// Called on the workers' queues, with at least one item; gives a record for each.
    var work: @Sendable ([(index: Int, payload: Payload)]) -> [(index: Int, record: Record)]
    /// Called on the recording queue, with at least one record.
    var record: @Sendable ([(index: Int, record: Record)]) -> Void
    /// Asked before each item is read; no more items follow once it is true.
    var isStopped: @Sendable () -> Bool

    /// Returns when every item that was read has been recorded.
    func run(_ lanes: [Lane]) {
        let records = BoundedChannel<(index: Int, record: Record)>(capacity: batchLimit)
        let workers = DispatchGroup()
        let recorder = DispatchGroup()
        for (number, lane) in lanes.enumerated() { start(lane, "\(number)", workers, records) }
        DispatchQueue(label: "recapi.record").async(group: recorder) {
            while true {
                let batch = records.receive(atMost: batchLimit, sharedBy: 1)
                if batch.isEmpty { break }
                record(batch)
            }
        }
        workers.wait()
        records.finish(receivers: 1)
        recorder.wait()
    }

    private func start(
        _ lane: Lane, _ name: String, _ workers: DispatchGroup, _ records: BoundedChannel<(index: Int, record: Record)>
    ) {
        let payloads = BoundedChannel<(index: Int, payload: Payload)>(capacity: lane.workLimit * lane.jobs)
        DispatchQueue(label: "recapi.read.\(name)").async(group: workers) {
            for position in 0..<lane.count {
                if isStopped() { break }
                let index = lane.item(position)
                let payload = read(index)
                payloads.send((index, payload), places: 1 + size(payload) / Self.placeByteCount)
            }
            payloads.finish(receivers: lane.jobs)
        }
        for worker in 0..<lane.jobs {
            // A serial queue for each worker: a concurrent queue gives no more threads than there are processors,
            // whatever `jobs` says, and none to spare for reading and recording.
            DispatchQueue(label: "recapi.work.\(name).\(worker)").async(group: workers) {
                while true {
                    let batch = payloads.receive(atMost: lane.workLimit, sharedBy: lane.jobs)
                    if batch.isEmpty { break }
                    records.send(contentsOf: work(batch))
                }
            }
        }
    }

    private static var placeByteCount: Int { 1 << 15 }
}
