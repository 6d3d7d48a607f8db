import Dispatch
import Synchronization

/// Runs a body on several threads at once and gives the results in order.
func concurrently<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> Value) -> [Result<Value, any Error>]
{
    // The mutex owns the results.
    let results = Mutex<[Int: Result<Value, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = Result { try body(index) }
        results.withLock { $0[index] = result }
    }
    return results.withLock { results in (0..<count).compactMap { results[$0] } }
}
