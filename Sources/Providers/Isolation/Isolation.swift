import Glibc
import PKCS12

/// How providers are hosted in processes of their own.
public struct Isolation: Sendable {
    /// The providers that are hosted so unless something else is asked for: PKCS#11 modules of vendors crash and hang.
    public static let providersByDefault = ["pkcs11"]

    /// The host, `recapi-provider-host`; nil for the one beside the executable or in `../libexec/recapi` next to it.
    public var hostPath: String?
    /// How long a call may take. Calls whose cost is known from their arguments get more: see ``CallCost``.
    public var timeLimit: Duration = .seconds(30)
    /// How many processes a provider has at most, each with one call at a time. They are started when they are needed;
    /// a call waits while all are busy. By default one for each processor.
    public var processes = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// The same for each token: a token has processes of its own, so that none waits for another or goes with it. Each process logs
    /// in for itself: one is what makes one login serve a whole run. Where the PIN is entered at the token there is one in any case.
    public var processesPerToken = 1
    /// How often a process is started again in a row, without any call of the provider that succeeds in between,
    /// before the provider is given up.
    public var restarts = 3
    /// Names of environment variables that hosts do not get, such as those that hold passwords.
    public var withheldVariables: Set<String> = []

    public init() {}

    /// The host's path.
    ///
    /// - Throws: ``ProviderError`` `loadFailed` where there is none.
    func host() throws(ProviderError) -> String {
        let candidates = hostPath.map { [$0] } ?? Self.defaultHosts()
        if let path = candidates.first(where: isExecutableFile) { return path }
        throw ProviderError(
            .loadFailed,
            "the program that hosts isolated providers is missing (looked for \(candidates.joined(separator: ", ")))",
            hint: "install recapi-provider-host beside recapi, or run without isolation")
    }

    private static func defaultHosts() -> [String] {
        let name = "recapi-provider-host"
        return executableFolder().map { ["\($0)/\(name)", "\($0)/../libexec/recapi/\(name)"] } ?? []
    }
}
