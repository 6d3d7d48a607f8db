import PKCS12

/// A ``Provider`` whose plugin is loaded by a process of its own, and asked through a channel.
enum IsolatedProvider {
    /// Starts the first process. Processes end, and are reaped, with the last copy of the provider.
    ///
    /// - Parameter plugin: the path of the plugin.
    /// - Throws: ``ProviderError`` `loadFailed`, `notAProvider`, `wrongABI`, `inconsistent`, `crashed`, `timedOut`.
    static func provider(named name: String, plugin: String, isolation: Isolation) throws -> Provider {
        let pool = try HostPool(name: name, plugin: plugin, isolation: isolation)
        let description = try pool.describe()
        guard description.name == name, isPlainText(description.library) else {
            throw ProviderError(
                .inconsistent, "the provider in the process is not \(name), or does not say which library is behind it")
        }
        var provider = Provider(
            name: name, library: description.library,
            crypto: description.capabilities.map {
                IsolatedCrypto(
                    pool: pool, capabilities: $0, verifiesSignatures: description.verifiesSignatures)
            },
            reader: description.reports.map { IsolatedReader(pool: pool, reports: $0) },
            tokens: description.hasTokens
                ? IsolatedTokens(finder: pool, processesPerToken: isolation.processesPerToken) : nil)
        provider.isIsolated = true
        return provider
    }

    private static func isPlainText(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
