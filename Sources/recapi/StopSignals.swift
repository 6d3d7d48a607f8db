import Dispatch
import Glibc
import Pipeline

/// SIGINT and SIGTERM: the first lets a run finish the files in hand, the second ends the process at once.
///
/// Confined to the command's thread; the handlers run on a queue of their own and touch the cancellation only.
final class StopSignals {
    private static let signals = [SIGINT, SIGTERM]
    private let sources: [any DispatchSourceSignal]

    init(cancelling cancellation: Cancellation) {
        let queue = DispatchQueue(label: "recapi.signals")
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // What is published is whole at any moment; at most a temporary file stays behind.
                if cancellation.isCancelled { _exit(128 + number) }
                cancellation.cancel()
                Terminal.announce("finishing the files in hand; once more to stop at once")
            }
            source.activate()
            return source
        }
    }

    /// Gives the signals their usual effect back.
    func stop() {
        sources.forEach { $0.cancel() }
        Self.signals.forEach { signal($0, SIG_DFL) }
    }
}
