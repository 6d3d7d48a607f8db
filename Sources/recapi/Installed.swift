import PKCS12
import Pipeline
import Providers

/// The providers on this machine.
enum Installed {
    /// All that can be used, in the order of the loader.
    ///
    /// - Throws: ``PipelineError`` `noProvider` where there is none.
    static func providers(_ loader: ProviderLoader = ProviderLoader()) throws -> [Provider] {
        let findings = loader.findings()
        let usable = findings.compactMap { try? $0.provider.get() }
        guard !usable.isEmpty else {
            throw PipelineError(
                .noProvider, "no provider can be used on this machine",
                hint: "recapi providers says what is missing and which package brings it")
        }
        return usable
    }

    /// As ``providers(_:)``, those in processes of their own that the configuration wants there.
    static func providers(for configuration: PipelineConfiguration) throws -> [Provider] {
        var isolation = Isolation()
        isolation.processes = configuration.jobs ?? isolation.processes
        isolation.withheldVariables = configuration.passwordVariables
        return try providers(ProviderLoader(isolation: isolation, isIsolated: configuration.isolate.contains))
    }

    /// As ``providers(_:)``, without these environment variables where they have processes of their own.
    static func providers(withholding variables: Set<String>) throws -> [Provider] {
        var isolation = Isolation()
        isolation.withheldVariables = variables
        return try providers(ProviderLoader(isolation: isolation))
    }

    /// The first provider with crypto, and that.
    static func sealer(of providers: [Provider]) throws -> (provider: Provider, crypto: any CryptoProvider) {
        for provider in providers {
            if let crypto = provider.crypto { return (provider, crypto) }
        }
        throw PipelineError(
            .noProvider, "no provider on this machine has the cryptography that PKCS#12 needs",
            hint: "recapi providers says what is missing and which package brings it")
    }
}
