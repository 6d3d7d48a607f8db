import Glibc
import PKCS12
import Providers

/// Runs a program for the first line that it prints.
enum CommandOutput {
    /// The program has no input; its other output goes where this process's errors go, or nowhere.
    ///
    /// - Parameters:
    ///   - words: the program, searched in `PATH`, and its arguments.
    ///   - variables: environment variables that it does not get.
    ///   - timeLimit: after which it is ended.
    /// - Throws: ``PipelineError`` `passwordUnavailable`, also where the program fails after its first line, `interrupted`;
    ///   ``SystemError``.
    static func firstLine(
        of words: [String], _ source: PasswordSource, withholding variables: Set<String>, timeLimit: Duration
    ) throws -> SecretBytes {
        let deadline = SuspendingClock.now + timeLimit
        let (output, child) = try spawn(words, withholding: variables)
        let line = Result { try FirstLine.read(from: output.descriptor, of: source, before: deadline) }
        guard let status = try status(of: child, draining: output, before: deadline) else {
            try end(child)
            throw PipelineError(
                .passwordUnavailable, "\(words[0]) did not end within \(timeLimit.components.seconds) seconds",
                hint: "it has no terminal to ask on unless it opens one; run it by itself to see what it waits for")
        }
        if status & 0x7F == SIGINT { throw PipelineError(.interrupted, "\(words[0]) was interrupted") }
        guard status == 0 else {
            throw PipelineError(.passwordUnavailable, "\(words[0]) failed \(describe(status))")
        }
        return try line.get()
    }

    private static func spawn(
        _ words: [String], withholding names: Set<String>
    ) throws -> (output: Pipe, child: pid_t) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError() }
        let output = Pipe(OpenFile(takingOwnershipOf: ends[0]))
        let input = OpenFile(takingOwnershipOf: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, input.descriptor, 1)

        // A run takes SIGINT and SIGTERM for itself; who stops it wants to stop its programs as well.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var blocked = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &blocked)
        for number in [SIGINT, SIGTERM] { sigdelset(&blocked, number) }
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var variables = InheritedEnvironment.variables(without: names).map(Optional.some) + [nil]
        var child: pid_t = 0
        let failure = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, &variables)
        _ = consume input  // so that the output ends when the program does
        guard failure == 0 else { throw SystemError(number: failure) }
        return (output, child)
    }

    /// A class only because tuples hold no noncopyable values.
    private final class Pipe {
        private let file: OpenFile
        var descriptor: Int32 { file.descriptor }
        init(_ file: consuming OpenFile) { self.file = file }
        func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try file.read(into: buffer) }
    }

    /// Waits for the end of a program, and reads on meanwhile, so that it is not killed for printing more; what comes may be
    /// secret as well. Something that it left running may keep the output open: the end of the output is not waited for.
    ///
    /// - Returns: nil where it still runs at the deadline.
    private static func status(
        of child: pid_t, draining output: Pipe, before deadline: SuspendingClock.Instant
    ) throws -> Int32? {
        var status: Int32 = 0
        var isRunning = true
        _ = try SecretBytes(capacity: 4_096) { buffer in
            var isOpen = true
            while true {
                if try OpenFile.retrying({ waitpid(child, &status, WNOHANG) }) == child {
                    isRunning = false
                    return 0
                }
                let now = SuspendingClock.now
                guard now < deadline else { return 0 }
                if !isOpen {
                    usleep(1_000)
                } else if case .ready = Readiness(of: output.descriptor, POLLIN, before: now + .milliseconds(10)) {
                    isOpen = try output.read(into: buffer) > 0
                }
            }
        }
        return isRunning ? nil : status
    }

    /// Asks a program to end, and two seconds later makes it.
    private static func end(_ child: pid_t) throws {
        var status: Int32 = 0
        kill(child, SIGTERM)
        for _ in 0..<200 {
            if try OpenFile.retrying({ waitpid(child, &status, WNOHANG) }) == child { return }
            usleep(10_000)
        }
        kill(child, SIGKILL)
        _ = try OpenFile.retrying { waitpid(child, &status, 0) }
    }

    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "with exit status \((status >> 8) & 0xFF)" : "by signal \(signal)"
    }
}
