import Glibc
import PKCS12
import Reissue

/// The voice of the command, on standard error: lower case, no full stop, `recapi:` before what went wrong.
/// Standard output has results only.
enum Terminal {
    static func message(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    static func error(_ error: any CodedError) {
        message("recapi: \(error.reason.printable)")
        if let hint = error.hint {
            message("  hint: \(hint.printable)")
        }
    }

    /// A result.
    ///
    /// Ends the process where it cannot be written: whoever asked must not take nothing for an answer.
    static func result(_ text: String) {
        guard let number = write(text + "\n", to: STDOUT_FILENO) else { return }
        message("recapi: the results cannot be written to standard output: \(String(cString: strerror(number)))")
        exit(ExitStatus.outputFailed.rawValue)
    }

    /// Gives /dev/null to the standard streams that are closed, lest a file that is opened next take their place, and
    /// messages end up in it.
    static func openClosedStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Replaces the line that the cursor is in.
    static func progress(_ text: String) {
        write("\r\u{1B}[K" + text, to: STDERR_FILENO)
    }

    /// Whether somebody watches standard error on a terminal that can move its cursor.
    static var showsProgress: Bool {
        isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
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
