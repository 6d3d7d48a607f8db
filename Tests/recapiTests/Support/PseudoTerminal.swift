import Foundation
import TestSupport

/// A terminal with a test in front of it.
final class PseudoTerminal {
    /// What a process opens to be on it.
    let path: String
    private let master: Int32
    /// All that appeared so far.
    private(set) var transcript = ""

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // What unlockpt and ptsname do, which Swift does not see.
        var (locked, number): (Int32, Int32) = (0, 0)
        let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
        guard master >= 0, ioctl(master, unlock, &locked) == 0, ioctl(master, getNumber, &number) == 0 else {
            throw TestFailure(description: "there is no pseudo-terminal: errno \(errno)")
        }
        path = "/dev/pts/\(number)"
    }

    deinit {
        close(master)
    }

    /// Whether what is typed appears.
    var echoes: Bool {
        var settings = termios()
        return tcgetattr(master, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    func type(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// Reads until `text` appeared after all that was expected before.
    func expect(_ text: String) throws {
        let before = transcript.count
        while !transcript.dropFirst(before).contains(text) {
            guard readMore() else {
                throw TestFailure(description: "\(text) did not appear on the terminal, but: \(transcript)")
            }
        }
    }

    /// Reads until every process has left the terminal.
    func readToEnd() -> String {
        while readMore() {}
        return transcript
    }

    private func readMore() -> Bool {
        var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 30_000) == 1 else { return false }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(master, &bytes, bytes.count)
        guard count > 0 else { return false }
        transcript += String(decoding: bytes[..<count], as: UTF8.self)
        return true
    }
}
