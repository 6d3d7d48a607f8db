import CTerminal
import Glibc
import PKCS12

/// Asks a person for a password, without showing it.
package struct TerminalPrompt {
    var terminal: FilePath

    /// Gives a terminal that is being asked its echo back, for whoever ends the process without more ado.
    package static func giveUp() { recapi_give_up_terminal() }

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
        // Control-C ends the line instead of the process, so that it can be said what it interrupted.
        var before = termios()
        guard recapi_hide_typing(screen.descriptor, Self.controlC, &before) == 0 else { throw SystemError() }
        defer { recapi_show_typing(screen.descriptor, &before) }

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
