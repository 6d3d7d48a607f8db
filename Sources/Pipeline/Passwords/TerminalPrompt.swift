import Glibc
import PKCS12

/// Asks a person for a password, without showing it.
struct TerminalPrompt {
    var terminal: FilePath

    /// - Throws: ``PipelineError`` `passwordUnavailable`, `interrupted`; ``SystemError``.
    func ask(for purpose: String, confirming: Bool) throws -> SecretBytes {
        guard let screen = try? OpenFile(terminal, O_RDWR), isatty(screen.descriptor) == 1 else {
            throw PipelineError(
                .passwordUnavailable, "there is no terminal to ask for the \(purpose)",
                hint: "name another source, such as file: or cred:")
        }
        let password = try askOnce("\(purpose): ", on: screen)
        if confirming, try askOnce("\(purpose), again: ", on: screen) != password {
            throw PipelineError(.passwordUnavailable, "the two entries of the \(purpose) differ")
        }
        return password
    }

    private func askOnce(_ question: String, on screen: borrowing OpenFile) throws -> SecretBytes {
        var before = termios()
        guard tcgetattr(screen.descriptor, &before) == 0 else { throw SystemError() }
        var hidden = before
        // Control-C ends the line instead of the process, which would leave the terminal without echo.
        hidden.c_lflag &= ~tcflag_t(ECHO | ISIG)
        withUnsafeMutableBytes(of: &hidden.c_cc) { $0[Int(VEOL)] = Self.controlC }
        guard tcsetattr(screen.descriptor, TCSAFLUSH, &hidden) == 0 else { throw SystemError() }
        defer { tcsetattr(screen.descriptor, TCSAFLUSH, &before) }

        // Control characters in a purpose could move the cursor or worse.
        try screen.write(question.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: "?") : $0 })
        defer { try? screen.write("\n".utf8) }
        return try FirstLine.read(from: screen.descriptor, of: .prompt) { byte in
            if byte == Self.controlC { throw PipelineError(.interrupted, "interrupted at the prompt") }
            return false
        }
    }

    private static let controlC: UInt8 = 3
}
