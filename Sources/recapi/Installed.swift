import PKCS12
import Pipeline
import Providers

/// The providers on this machine.
enum Installed {
    /// All that can be used, in the order of the loader.
    ///
    /// - Throws: ``PipelineError`` `noProvider` where there is none.
    static func providers() throws -> [Provider] {
        let findings = ProviderLoader().findings()
        let usable = findings.compactMap { try? $0.provider.get() }
        guard !usable.isEmpty else {
            throw PipelineError(
                .noProvider, "no provider can be used on this machine",
                hint: "recapi providers says what is missing and which package brings it")
        }
        return usable
    }

    /// The first provider with crypto, and that.
    static func sealer() throws -> (provider: Provider, crypto: any CryptoProvider) {
        for provider in try providers() {
            if let crypto = provider.crypto { return (provider, crypto) }
        }
        throw PipelineError(
            .noProvider, "no provider on this machine has the cryptography that PKCS#12 needs",
            hint: "recapi providers says what is missing and which package brings it")
    }
}
