import Glibc

/// File descriptors that a command cannot do without.
enum Descriptors {
    /// Dispatch ends the process by a trap where it gets none to watch signals and timers with.
    private static let needed = 4

    /// Whether there are as many left.
    static var suffice: Bool {
        let copies = (0..<needed).map { _ in fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) }
        defer { for copy in copies where copy >= 0 { close(copy) } }
        return copies.allSatisfy { $0 >= 0 }
    }
}
