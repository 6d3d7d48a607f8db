import Dispatch
import Synchronization

/// Hands elements from one sender to several receivers, in order, and makes the sender wait while it is full.
final class BoundedChannel<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    // Both start at 0: libdispatch ends the process when a semaphore goes while it is below its first value.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        for _ in 0..<capacity { free.signal() }
    }

    func send(_ element: Element) {
        free.wait()
        elements.withLock { $0.append(element) }
        filled.signal()
    }

    /// Lets `receivers` receivers end, once all elements are taken. The last call to the channel.
    func finish(receivers: Int) {
        for _ in 0..<receivers { filled.signal() }
    }

    /// - Returns: nil when there will be no more.
    func receive() -> Element? {
        receive(atMost: 1).first
    }

    /// Waits for one element, and takes with it the others that are there. For more than one at a time the channel must
    /// have this one receiver.
    ///
    /// - Returns: nothing when there will be no more.
    func receive(atMost count: Int) -> [Element] {
        filled.wait()
        let taken = elements.withLock { elements in
            // One by one: a slice would keep all that was there alive for as long as this thread is not running.
            var taken: [Element] = []
            while taken.count < count, !elements.isEmpty { taken.append(elements.removeFirst()) }
            return taken
        }
        for _ in taken.dropFirst() { filled.wait() }
        for _ in taken { free.signal() }
        return taken
    }
}
