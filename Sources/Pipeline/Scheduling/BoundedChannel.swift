import Dispatch
import Synchronization

/// Hands elements from senders to receivers, in order, and makes a sender wait while it is full.
///
/// An element takes one place, or several where it is large; the largest takes all there are.
final class BoundedChannel<Element: Sendable>: Sendable {
    private let capacity: Int
    /// With the places that each takes.
    private let elements = Mutex<[(element: Element, places: Int)]>([])
    // Both start at 0: libdispatch ends the process when a semaphore goes while it is below its first value.
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    /// - Parameter capacity: in places, at least 1.
    init(capacity: Int) {
        self.capacity = capacity
        for _ in 0..<capacity { free.signal() }
    }

    /// Not from several threads at once with more than one place: each could wait for those that the other has.
    func send(_ element: Element, places: Int = 1) {
        let places = min(max(places, 1), capacity)
        for _ in 0..<places { free.wait() }
        elements.withLock { $0.append((element, places)) }
        filled.signal()
    }

    /// Several of one place each, together as far as there is room: whoever takes one finds the others there.
    func send(contentsOf all: [Element]) {
        var rest = all[...]
        while !rest.isEmpty {
            free.wait()
            var count = 1
            while count < rest.count, free.wait(timeout: .now()) == .success { count += 1 }
            let sent = rest.prefix(count)
            elements.withLock { elements in
                elements += sent.map { ($0, 1) }
                for _ in 0..<count { filled.signal() }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Lets `receivers` receivers end, once all elements are taken. The last call to the channel.
    func finish(receivers: Int) {
        for _ in 0..<receivers { filled.signal() }
    }

    /// Waits for one element, and takes with it others that are there.
    ///
    /// - Parameter receivers: among how many receivers what is there is to be shared.
    /// - Returns: nothing when there will be no more.
    func receive(atMost count: Int, sharedBy receivers: Int) -> [Element] {
        filled.wait()
        let share = max(1, elements.withLock { $0.count } / receivers)
        var claims = 1
        while claims < min(count, share), filled.wait(timeout: .now()) == .success { claims += 1 }
        let taken = elements.withLock { elements in
            // One by one: a slice would keep all that was there alive for as long as this thread is not running.
            var taken: [(element: Element, places: Int)] = []
            while taken.count < claims, !elements.isEmpty { taken.append(elements.removeFirst()) }
            return taken
        }
        // Claims to the end of all: one is this receiver's where it got nothing, the others are for whoever comes next.
        for _ in max(taken.count, 1)..<max(claims, 1) { filled.signal() }
        for _ in 0..<taken.reduce(0, { $0 + $1.places }) { free.signal() }
        return taken.map(\.element)
    }
}
