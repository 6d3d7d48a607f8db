import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct SchedulerTests {
    /// Counts how many of it are alive, for one test only: tests run side by side.
    private final class Buffer: Sendable {
        static let alive = Atomic(0)
        static let most = Atomic(0)

        init() {
            let now = Self.alive.add(1, ordering: .sequentiallyConsistent).newValue
            _ = Self.most.max(now, ordering: .sequentiallyConsistent)
        }

        deinit { Self.alive.subtract(1, ordering: .sequentiallyConsistent) }
    }

    @Test(.patientLimit(minutes: 1)) func memoryDoesNotGrowWithTheNumberOfItems() {
        let jobs = 3
        let recorded = Mutex<[Int: Int]>([:])
        Scheduler<Buffer, Int>(
            read: { _ in Buffer() }, work: { $0.map { ($0.index, $0.index * 2) } },
            record: { batch in
                recorded.withLock { recorded in
                    for (index, result) in batch { recorded[index] = result }
                }
            },
            isStopped: { false }
        ).run([.init(jobs: jobs, count: 10_000)])
        recorded.withLock { recorded in
            #expect(recorded.count == 10_000)
            #expect(recorded.allSatisfy { $1 == $0 * 2 })
        }
        #expect(Buffer.alive.load(ordering: .sequentiallyConsistent) == 0)
        // 32 ahead for each worker, as many in its hands, one in the reader's.
        #expect(Buffer.most.load(ordering: .sequentiallyConsistent) <= 64 * jobs + 1)
    }

    @Test(.patientLimit(minutes: 1)) func ofLargeItemsFewerAreReadAhead() {
        let read = Atomic(0)
        let begun = Atomic(0)
        let most = Atomic(0)
        let recorded = Atomic(0)
        Scheduler<Int, Void>(
            read: { index in
                let ahead = read.add(1, ordering: .sequentiallyConsistent).newValue
                _ = most.max(ahead - begun.load(ordering: .sequentiallyConsistent), ordering: .sequentiallyConsistent)
                return index
            },
            // The last is more than all places there are.
            size: { $0 == 99 ? 1 << 24 : 1 << 19 },
            work: { batch in
                begun.add(batch.count, ordering: .sequentiallyConsistent)
                usleep(1_000)
                return batch.map { ($0.index, ()) }
            },
            record: { recorded.add($0.count, ordering: .sequentiallyConsistent) }, isStopped: { false }
        ).run([.init(jobs: 1, count: 100)])
        #expect(recorded.load(ordering: .sequentiallyConsistent) == 100)
        // One of 17 places in the channel, one that waits to get in, one that a worker has just taken out.
        #expect((2...3).contains(most.load(ordering: .sequentiallyConsistent)))
    }

    @Test(.patientLimit(minutes: 1)) func allWorkersWorkAtOnceWhateverTheNumberOfProcessors() {
        // Each worker waits for all others: with fewer threads than workers this would not end.
        let jobs = 40
        let present = Atomic(0)
        Scheduler<Void, Void>(
            read: { _ in },
            work: each { _, _ in
                present.add(1, ordering: .sequentiallyConsistent)
                while present.load(ordering: .sequentiallyConsistent) < jobs { usleep(1_000) }
            },
            record: { _ in }, isStopped: { false }
        ).run([.init(jobs: jobs, count: jobs)])
        #expect(present.load(ordering: .sequentiallyConsistent) == jobs)
    }

    @Test(.patientLimit(minutes: 1)) func recordsComeOneAtATimeAndReadingStopsWhenTold() {
        let recording = Atomic(false)
        let recorded = Atomic(0)
        let overlaps = Atomic(0)
        Scheduler<Int, Void>(
            read: { $0 }, work: each { _, _ in },
            record: { batch in
                if recording.exchange(true, ordering: .sequentiallyConsistent) {
                    overlaps.add(1, ordering: .sequentiallyConsistent)
                }
                recorded.add(batch.count, ordering: .sequentiallyConsistent)
                recording.store(false, ordering: .sequentiallyConsistent)
            },
            isStopped: { recorded.load(ordering: .sequentiallyConsistent) >= 100 }
        ).run([.init(jobs: 4, count: 1_000_000)])
        #expect(overlaps.load(ordering: .sequentiallyConsistent) == 0)
        let count = recorded.load(ordering: .sequentiallyConsistent)
        // Read ahead, in the workers' hands, and waiting to be recorded.
        #expect((100..<100 + 64 + 64 * 4 + 64).contains(count))
    }

    @Test(.patientLimit(minutes: 1)) func recordsAreTakenTogetherAndNeverPileUp() {
        let (jobs, limit) = (3, 5)
        let batches = Mutex<[Int]>([])
        Scheduler<Void, Int>(
            batchLimit: limit, read: { _ in }, work: each { index, _ in index },
            record: { batch in
                // Slower than the workers, so that there is always more than one.
                usleep(200)
                batches.withLock { $0.append(batch.count) }
            },
            isStopped: { false }
        ).run([.init(jobs: jobs, count: 1_000)])
        batches.withLock { batches in
            #expect(batches.reduce(0, +) == 1_000)
            #expect(batches.allSatisfy { (1...limit).contains($0) })
            #expect(batches.contains { $0 > 1 })
        }
    }

    @Test(.patientLimit(minutes: 1)) func oneRecordDoesNotWaitForOthers() {
        // The second item is read only when the first has been recorded: with any wait for a full batch none would be.
        let first = DispatchSemaphore(value: 0)
        Scheduler<Void, Int>(
            read: { if $0 == 1 { first.wait() } }, work: each { index, _ in index },
            record: { batch in if batch.contains(where: { $0.record == 0 }) { first.signal() } }, isStopped: { false }
        ).run([.init(jobs: 1, count: 2)])
    }

    @Test(.patientLimit(minutes: 1)) func workersShareWhatIsThere() {
        // All is read before the first worker looks: each gets its share, and no more than the limit.
        let batches = Mutex<[Int]>([])
        let channel = BoundedChannel<Int>(capacity: 100)
        for index in 0..<10 { channel.send(index) }
        channel.finish(receivers: 2)
        while true {
            let batch = channel.receive(atMost: 4, sharedBy: 2)
            if batch.isEmpty { break }
            batches.withLock { $0.append(batch.count) }
        }
        // The end is there for the other receiver as well.
        #expect(channel.receive(atMost: 4, sharedBy: 2).isEmpty)
        #expect(batches.withLock { $0 } == [4, 3, 1, 1, 1])
    }

    @Test func nothingToRunEnds() {
        Scheduler<Int, Int>(
            read: { $0 }, work: each { index, _ in index }, record: { _ in Issue.record("there is nothing") },
            isStopped: { false }
        ).run([.init(jobs: 2, count: 0)])
    }

    @Test(.patientLimit(minutes: 1)) func lanesKeepToTheirWorkersAndDoNotWaitForEachOther() {
        // The slow lane's items end only when all of the fast lane's are recorded, and at most two of them are in hand.
        let (slow, fast) = (10, 100)
        let isFastDone = DispatchSemaphore(value: 0)
        let inHand = Atomic(0)
        let most = Atomic(0)
        let recorded = Mutex<[Int]>([])
        Scheduler<Int, Int>(
            read: { $0 },
            work: each { index, payload in
                guard index >= fast else { return payload }
                let now = inHand.add(1, ordering: .sequentiallyConsistent).newValue
                _ = most.max(now, ordering: .sequentiallyConsistent)
                isFastDone.wait()
                isFastDone.signal()
                usleep(1_000)
                inHand.subtract(1, ordering: .sequentiallyConsistent)
                return payload
            },
            record: { batch in
                recorded.withLock { recorded in
                    recorded += batch.map(\.record)
                    if recorded.count == fast { isFastDone.signal() }
                }
            },
            isStopped: { false }
        ).run([.init(jobs: 3, count: fast), .init(jobs: 2, count: slow) { fast + slow - 1 - $0 }])
        #expect(most.load(ordering: .sequentiallyConsistent) == 2)
        recorded.withLock { #expect($0.sorted() == Array(0..<fast + slow)) }
    }
}

/// Work on batches that looks at one item at a time.
private func each<Payload, Record>(_ work: @escaping @Sendable (Int, Payload) -> Record)
    -> @Sendable ([(index: Int, payload: Payload)]) -> [(index: Int, record: Record)]
{
    { batch in batch.map { ($0.index, work($0.index, $0.payload)) } }
}
