import Foundation
import TestSupport

/// The command as a user runs it: the binary that was built beside the tests, in a session of its own, so that no
/// terminal of the person who tests is asked for anything.
enum Recapi {
    static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    static var executable: String { folder.appending(path: "recapi").path }

    /// What a process is given besides its arguments.
    struct Setting {
        /// Instead of the built one.
        var executable = Recapi.executable
        /// Added to the environment.
        var environment: [String: String] = [:]
        /// The working folder.
        var folder: String?
        /// Files to read from, by descriptor; descriptor 0 is empty unless named.
        var descriptors: [Int32: String] = [:]
        /// Where standard output goes instead of to the test.
        var output: String?
        /// Descriptors that are closed from the start.
        var closed: [Int32] = []
        /// The controlling terminal, which is standard error as well.
        var terminal: PseudoTerminal?
    }

    /// What a process that ended left behind.
    struct Output {
        /// The exit status, or the negative number of the signal that ended the process.
        let status: Int32
        let standardOutput: [UInt8]
        let standardError: [UInt8]

        var text: String { String(decoding: standardOutput, as: UTF8.self) }
        var errorText: String { String(decoding: standardError, as: UTF8.self) }
    }

    /// Runs the command to its end.
    static func run(_ arguments: String..., setting: Setting = Setting()) throws -> Recapi.Output {
        try start(arguments, setting: setting).wait()
    }

    static func run(_ arguments: [String], setting: Setting = Setting()) throws -> Recapi.Output {
        try start(arguments, setting: setting).wait()
    }

    static func start(_ arguments: [String], setting: Setting = Setting()) throws -> RunningProcess {
        try RunningProcess(arguments, setting)
    }
}

/// A process that has been started.
final class RunningProcess {
    let identifier: pid_t
    private let files: TemporaryFolder
    private let arguments: [String]

    fileprivate init(_ arguments: [String], _ setting: Recapi.Setting) throws {
        files = try TemporaryFolder()
        self.arguments = arguments
        for name in ["input", "output", "error"] { try files.write([], to: name) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The terminal first: opening it is what makes it the session's.
        let input = setting.terminal?.path ?? setting.descriptors[0] ?? files.path("input")
        posix_spawn_file_actions_addopen(&actions, 0, input, setting.terminal == nil ? O_RDONLY : O_RDWR, 0)
        posix_spawn_file_actions_addopen(&actions, 1, setting.output ?? files.path("output"), O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, setting.terminal?.path ?? files.path("error"), O_WRONLY, 0)
        for (descriptor, path) in setting.descriptors where descriptor != 0 {
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDONLY, 0)
        }
        for descriptor in setting.closed { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads that tests run on block signals, and a process inherits that.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        let setsid: Int16 = 0x80  // POSIX_SPAWN_SETSID, which Swift does not see
        posix_spawnattr_setflags(&attributes, setsid | Int16(POSIX_SPAWN_SETSIGMASK))

        let environment = ProcessInfo.processInfo.environment.merging(setting.environment) { $1 }
        var child: pid_t = 0
        // env takes the process to its folder, and becomes the command there.
        let words = ["/usr/bin/env"] + (setting.folder.map { ["-C", $0] } ?? []) + [setting.executable] + arguments
        let failure = Self.withCStrings(words) { words in
            Self.withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&child, "/usr/bin/env", &actions, &attributes, words, environment)
            }
        }
        guard failure == 0 else {
            throw TestFailure(description: "\(setting.executable) cannot be started: errno \(failure)")
        }
        identifier = child
    }

    func signal(_ number: Int32) {
        kill(identifier, number)
    }

    var errorText: String { String(decoding: (try? files.read("error")) ?? [], as: UTF8.self) }

    /// Waits until something holds that the process brings about.
    ///
    /// - Throws: ``TestFailure`` after a minute times `patience`.
    func wait(until condition: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 60 * Double(patience))
        while try !condition() {
            guard Date() < deadline else {
                throw TestFailure(description: "recapi \(arguments) did not get so far; it said: \(errorText)")
            }
            usleep(1_000)
        }
    }

    /// Waits for the end.
    ///
    /// - Throws: ``TestFailure`` after so many seconds times `patience`, when the process is killed.
    func wait(timeLimit: TimeInterval = 60) throws -> Recapi.Output {
        let deadline = Date(timeIntervalSinceNow: timeLimit * Double(patience))
        var status: Int32 = 0
        while waitpid(identifier, &status, WNOHANG) == 0 {
            guard Date() < deadline else {
                kill(identifier, SIGKILL)
                waitpid(identifier, &status, 0)
                throw TestFailure(description: "recapi \(arguments) did not end; it said: \(errorText)")
            }
            usleep(2_000)
        }
        return Recapi.Output(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F),
            standardOutput: try files.read("output"), standardError: try files.read("error"))
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}
