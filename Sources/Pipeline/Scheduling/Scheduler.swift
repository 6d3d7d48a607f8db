import Dispatch

/// Runs many items through read → work → record, with as little in memory as keeps everyone busy.
///
/// One queue reads ahead, at most twice as many items as there are workers; each worker takes the next item;
/// one queue records, one item at a time. A worker waits until its record is taken, so that records cannot pile up.
struct Scheduler<Payload: Sendable, Record: Sendable>: Sendable {
    var jobs: Int
    /// Called on the reading queue, in the items' order.
    var read: @Sendable (_ index: Int) -> Payload
    /// Called on the workers' queues.
    var work: @Sendable (_ index: Int, Payload) -> Record
    /// Called on the recording queue.
    var record: @Sendable (_ index: Int, Record) -> Void
    /// Asked before each item is read; no more items follow once it is true.
    var isStopped: @Sendable () -> Bool

    /// Returns when every item that was read has been recorded.
    func run(count: Int) {
        let channel = BoundedChannel<(index: Int, payload: Payload)>(capacity: 2 * jobs)
        let recorder = DispatchQueue(label: "recapi.record")
        let group = DispatchGroup()
        DispatchQueue(label: "recapi.read").async(group: group) {
            for index in 0..<count {
                if isStopped() { break }
                channel.send((index, read(index)))
            }
            channel.finish(receivers: jobs)
        }
        for worker in 0..<jobs {
            // A serial queue for each worker: a concurrent queue gives no more threads than there are processors,
            // whatever `jobs` says, and none to spare for reading and recording.
            DispatchQueue(label: "recapi.work.\(worker)").async(group: group) {
                while let (index, payload) = channel.receive() {
                    let result = work(index, payload)
                    recorder.sync { record(index, result) }
                }
            }
        }
        group.wait()
    }
}
