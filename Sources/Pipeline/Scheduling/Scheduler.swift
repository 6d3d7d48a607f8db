import Dispatch

/// Runs many items through read → work → record, with as little in memory as keeps everyone busy.
///
/// One queue reads ahead, at most ``workLimit`` items for each worker; a worker takes its share of what is there; one queue
/// records, and takes together what has come while it was busy. At most ``batchLimit`` records wait for it, and as many
/// are in its hands; workers that have more wait.
struct Scheduler<Payload: Sendable, Record: Sendable>: Sendable {
    var jobs: Int
    /// The most items that a worker takes at once.
    var workLimit = 4
    /// The most records that are taken at once.
    var batchLimit = 64
    /// Called on the reading queue, in the items' order.
    var read: @Sendable (_ index: Int) -> Payload
    /// Called on the workers' queues, with at least one item; gives a record for each.
    var work: @Sendable ([(index: Int, payload: Payload)]) -> [(index: Int, record: Record)]
    /// Called on the recording queue, with at least one record.
    var record: @Sendable ([(index: Int, record: Record)]) -> Void
    /// Asked before each item is read; no more items follow once it is true.
    var isStopped: @Sendable () -> Bool

    /// Returns when every item that was read has been recorded.
    func run(count: Int) {
        let payloads = BoundedChannel<(index: Int, payload: Payload)>(capacity: workLimit * jobs)
        let records = BoundedChannel<(index: Int, record: Record)>(capacity: batchLimit)
        let workers = DispatchGroup()
        let recorder = DispatchGroup()
        DispatchQueue(label: "recapi.read").async(group: workers) {
            for index in 0..<count {
                if isStopped() { break }
                payloads.send((index, read(index)))
            }
            payloads.finish(receivers: jobs)
        }
        for worker in 0..<jobs {
            // A serial queue for each worker: a concurrent queue gives no more threads than there are processors,
            // whatever `jobs` says, and none to spare for reading and recording.
            DispatchQueue(label: "recapi.work.\(worker)").async(group: workers) {
                while true {
                    let batch = payloads.receive(atMost: workLimit, sharedBy: jobs)
                    if batch.isEmpty { break }
                    for record in work(batch) { records.send(record) }
                }
            }
        }
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
}
