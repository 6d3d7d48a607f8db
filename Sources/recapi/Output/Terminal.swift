import Glibc
import PKCS12

/// The voice of the command, on standard error: lower case, no full stop, `recapi:` before what went wrong.
/// Standard output has results only.
enum Terminal {
    static func message(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    static func error(_ error: any CodedError) {
        message("recapi: \(error.reason)")
        if let hint = error.hint {
            message("  hint: \(hint)")
        }
    }

    /// A result.
    static func result(_ text: String) {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// Replaces the line that the cursor is in.
    static func progress(_ text: String) {
        write("\r\u{1B}[K" + text, to: STDERR_FILENO)
    }

    /// Whether somebody watches standard error on a terminal that can move its cursor.
    static var showsProgress: Bool {
        isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody is left to be told that nobody listens.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
