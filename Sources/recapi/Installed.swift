import PKCS12
import Pipeline
import Providers

/// The providers on this machine.
enum Installed {
    /// The provider of tokens, which is not started where nobody asks for a token: its modules may.
    private static let tokenProvider = "pkcs11"

    /// All that can be used, in the order of the loader.
    ///
    /// - Throws: ``PipelineError`` `noProvider` where there is none.
    private static func providers(_ loader: ProviderLoader, withTokens: Bool) throws -> [Provider] {
        let findings = loader.findings(skipping: withTokens ? [] : [tokenProvider])
        let usable = findings.compactMap { try? $0.provider.get() }
        guard !usable.isEmpty else {
            throw PipelineError(
                .noProvider, "no provider can be used on this machine",
                hint: "recapi providers says what is missing and which package brings it")
        }
        return usable
    }

    /// Those that a run may need, in processes of their own where the configuration wants them there.
    static func providers(for configuration: PipelineConfiguration) throws -> [Provider] {
        var isolation = Isolation()
        isolation.processes = configuration.jobs ?? isolation.processes
        isolation.processesPerToken = configuration.jobsPerToken
        isolation.withheldVariables = configuration.passwordVariables
        return try providers(
            ProviderLoader(isolation: isolation, isIsolated: configuration.isolate.contains),
            withTokens: configuration.namesTokens || configuration.names(tokenProvider))
    }

    /// Those for files or, for commands on tokens, all.
    ///
    /// - Parameter variables: environment variables that providers in processes of their own do not get.
    static func providers(withholding variables: Set<String> = [], withTokens: Bool = false) throws -> [Provider] {
        var isolation = Isolation()
        isolation.withheldVariables = variables
        return try providers(ProviderLoader(isolation: isolation), withTokens: withTokens)
    }

    /// The first cryptography that verifies signatures.
    static func signatureVerifier(of providers: [Provider]) throws -> any CryptoProvider {
        guard let crypto = providers.lazy.compactMap(\.crypto).first(where: \.verifiesSignatures) else {
            throw PipelineError(
                .noProvider, "no provider on this machine verifies signatures",
                hint: "recapi providers says what is missing; those that come with recapi do")
        }
        return crypto
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

extension PipelineConfiguration {
    /// Whether the configuration asks for a provider by its name.
    fileprivate func names(_ provider: String) -> Bool {
        if case .only(let isolated) = isolate, isolated.contains(provider) { return true }
        return providers?.contains(provider) == true
    }
}
