import ArgumentParser
import Dispatch
import Glibc
import Pipeline
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: the first lets a run finish the files in hand, the second ends the process at once.
///
/// Confined to the command's thread; the handlers run on a queue of their own and touch the cancellation and the mutex only.
final class StopSignals {
    private let numbers: [Int32]
    private let sources: [any DispatchSourceSignal]
    private let first = FirstSignal()

    /// The handlers share it with the command's thread.
    private final class FirstSignal: Sendable {
        let number = Mutex<Int32?>(nil)
    }

    init(cancelling cancellation: Cancellation) {
        let queue = DispatchQueue(label: "recapi.signals")
        // Whoever started the command with nohup wants it to outlive the terminal.
        let watching = DispatchGroup()
        numbers = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
        sources = numbers.map { [first] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // What is published is whole at any moment, and recorded; at most a temporary file stays behind, which
                // the next run removes.
                if cancellation.isCancelled {
                    TerminalPrompt.giveUp()
                    _exit(128 + number)
                }
                first.number.withLock { $0 = number }
                cancellation.cancel()
                Terminal.announce("finishing the files in hand; once more to stop at once")
            }
            watching.enter()
            source.setRegistrationHandler { watching.leave() }
            source.activate()
            return source
        }
        // Until then, a signal would be lost.
        watching.wait()
    }

    /// How a shell shows the signal that stopped the run.
    var exitCode: ExitCode {
        first.number.withLock { $0 }.map { ExitCode(128 + $0) } ?? ExitStatus.interrupted
    }

    /// Gives the signals their usual effect back.
    func stop() {
        sources.forEach { $0.cancel() }
        numbers.forEach { signal($0, SIG_DFL) }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        return sigaction(number, nil, &action) == 0
            && unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
                == unsafeBitCast(SIG_IGN, to: UInt.self)
    }
}
