import ArgumentParser
import Glibc
import Logging
import PKCS12
import Pipeline
import Reissue
import Synchronization

/// The voice of the command, on standard error: lower case, no full stop, `recapi:` before what went wrong.
/// Standard output has results only.
///
/// Where a log was asked for, the log says these things, and nothing is said twice.
enum Terminal {
    private struct State {
        /// Says what otherwise is prose.
        var log: Logger?
        /// What stands in the last line until it is replaced; empty where that line is free.
        var status = ""
    }

    /// Messages come from the command's thread, a run's queues and the handlers of signals. The mutex owns the state, and is
    /// held while something is written, so that lines stay whole.
    private static let state = Mutex(State())

    /// Prose that is no complaint.
    static func message(_ text: String) {
        say(.info, text, prose: text)
    }

    /// What the user should know of, though all goes on.
    static func note(_ text: String) {
        say(.notice, text, prose: "recapi: note: \(text)")
    }

    /// What recapi does because of a signal.
    static func announce(_ text: String) {
        say(.notice, text, prose: "recapi: \(text)")
    }

    static func error(_ error: any CodedError) {
        var metadata: Logger.Metadata = ["code": "\(error.codeName)"]
        var prose = "recapi: \(error.reason.printable)"
        if let hint = error.hint {
            metadata["hint"] = "\(hint)"
            prose += "\n  hint: \(hint.printable)"
        }
        say(.error, error.reason, metadata, prose: prose)
    }

    /// An error that may be one that nobody foresaw.
    static func error(whatever error: any Error) {
        self.error(
            error as? any CodedError
                ?? PipelineError(.unexpected, "an error of the type \(type(of: error)) that nobody foresaw: \(error)"))
    }

    /// The log that takes what otherwise is prose; nil where prose is wanted.
    static var log: Logger? {
        get { state.withLock { $0.log } }
        set { state.withLock { $0.log = newValue } }
    }

    private static func say(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata? = nil, prose: String) {
        if let log { log.log(level: level, "\(text)", metadata: metadata) } else { line(prose) }
    }

    /// Lines above the one that is replaced.
    static func line(_ text: String) {
        state.withLock { state in
            let (clear, status) = state.status.isEmpty ? ("", "") : ("\r\u{1B}[K", state.status)
            write(clear + text + "\n" + status, to: STDERR_FILENO)
        }
    }

    /// Replaces the last line.
    ///
    /// - Parameter text: without a line feed, and narrower than the terminal; empty to leave the line free.
    static func status(_ text: String) {
        state.withLock { state in
            guard text != state.status else { return }
            state.status = text
            write("\r\u{1B}[K" + text, to: STDERR_FILENO)
        }
    }

    /// A result.
    ///
    /// Ends the process where it cannot be written: whoever asked must not take nothing for an answer.
    ///
    /// - Parameter failure: what it ends with then.
    static func result(_ text: String, orExitWith failure: ExitCode = ExitStatus.outputFailed) {
        guard !delivers(text) else { return }
        exit(failure.rawValue)
    }

    /// A result of a command that has more to do, whatever becomes of it.
    ///
    /// - Returns: whether it could be written; that it could not was said.
    static func delivers(_ text: String) -> Bool {
        guard let number = write(text + "\n", to: STDOUT_FILENO) else { return true }
        announce("the results cannot be written to standard output: \(String(cString: strerror(number)))")
        return false
    }

    /// Gives /dev/null to the standard streams that are closed, lest a file that is opened next take their place, and
    /// messages end up in it.
    static func openClosedStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// - Returns: why not all was written.
    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
