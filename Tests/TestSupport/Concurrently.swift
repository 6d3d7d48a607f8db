import Dispatch
import Foundation
import Synchronization

/// Runs a body on `count` threads of their own, all of them at once, and gives the results in order.
///
/// `DispatchQueue.concurrentPerform` does not promise that two bodies ever overlap: on one core, or where the queues have
/// no thread left, it runs one after the other.
@discardableResult
public func concurrently<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) -> [Result<Value, any Error>] {
    let results = Results<Value>()
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            let result = Result { try body(index) }
            results.byIndex.withLock { $0[index] = result }
            group.leave()
        }
    }
    group.wait()
    return results.byIndex.withLock { results in (0..<count).compactMap { results[$0] } }
}

/// What the threads came to.
private final class Results<Value: Sendable>: Sendable {
    /// The mutex owns them.
    let byIndex = Mutex<[Int: Result<Value, any Error>]>([:])
}
