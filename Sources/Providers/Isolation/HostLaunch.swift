import Glibc

/// How a host is started: with the channel as a descriptor of a fixed number. It closes all others itself, first of all.
struct HostLaunch: Sendable {
    /// The descriptor of the channel in the host.
    static let channelDescriptor: Int32 = 3

    let host: String
    let plugin: String
    let withheldVariables: Set<String>

    struct Failure: Error {
        let number: Int32
    }

    func start(channel: Int32) -> Result<pid_t, Failure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, channel, Self.channelDescriptor)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        // Results of this process go to standard output: what a vendor's library prints there would spoil them.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        if fcntl(2, F_GETFD) < 0 { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }

        // Threads of Dispatch block signals; and a Ctrl-C is for this process, which ends its hosts itself.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(host), strdup(plugin), nil]
        defer { arguments.forEach { free($0) } }
        // Without Swift's backtraces: they would print what a crashed provider has in its memory, and can hang.
        let noBacktrace = strdup("SWIFT_BACKTRACE=enable=no")
        defer { free(noBacktrace) }
        let inherited = InheritedEnvironment.variables(without: withheldVariables.union(["SWIFT_BACKTRACE"]))
        var variables = [noBacktrace] + inherited.map(Optional.some) + [nil]
        var process: pid_t = 0
        let failure = posix_spawn(&process, host, &actions, &attributes, &arguments, &variables)
        return failure == 0 ? .success(process) : .failure(Failure(number: failure))
    }
}
