import Glibc
import PKCS12

/// Runs a program for the first line that it prints.
enum CommandOutput {
    /// The program has no input; its other output goes where this process's errors go, or nowhere.
    ///
    /// - Parameter words: the program, searched in `PATH`, and its arguments.
    /// - Throws: ``PipelineError`` `passwordUnavailable`, also where the program fails after its first line, `interrupted`;
    ///   ``SystemError``.
    static func firstLine(of words: [String], _ source: PasswordSource) throws -> SecretBytes {
        let (output, child) = try spawn(words)
        let line = Result { try FirstLine.read(from: output.descriptor, of: source) }
        try? drain(output)
        let status = try wait(for: child)
        if status & 0x7F == SIGINT { throw PipelineError(.interrupted, "\(words[0]) was interrupted") }
        guard status == 0 else {
            throw PipelineError(.passwordUnavailable, "\(words[0]) failed \(describe(status))")
        }
        return try line.get()
    }

    private static func spawn(_ words: [String]) throws -> (output: Pipe, child: pid_t) {
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
        var child: pid_t = 0
        let failure = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, environ)
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

    /// Reads to the end, so that the program is not killed for printing more; what comes may be secret as well.
    private static func drain(_ output: Pipe) throws {
        _ = try SecretBytes(capacity: 4_096) { buffer in
            while try output.read(into: buffer) > 0 {}
            return 0
        }
    }

    private static func wait(for child: pid_t) throws -> Int32 {
        var status: Int32 = 0
        _ = try OpenFile.retrying { waitpid(child, &status, 0) }
        return status
    }

    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "with exit status \((status >> 8) & 0xFF)" : "by signal \(signal)"
    }
}
