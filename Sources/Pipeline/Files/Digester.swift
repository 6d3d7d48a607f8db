import PKCS12
import Providers
import Reissue

/// SHA-256 by whichever provider gives it.
struct Digester: Sendable {
    /// The first that works is used.
    private let providers: [any PKCS12Cryptography]

    /// - Parameter providers: those without `crypto` are left out; one in a process of its own is asked last.
    init(_ providers: [Provider]) {
        let able = providers.filter { $0.crypto != nil }
        self.providers = (able.filter { !$0.isIsolated } + able.filter(\.isIsolated)).compactMap(\.crypto)
    }

    /// - Returns: upper-case hex.
    /// - Throws: what the last provider throws; ``PipelineError`` `providerUnfit` where there is none.
    func sha256(_ bytes: [UInt8]) throws -> String {
        var failure: any Error = PipelineError(.providerUnfit, "there is no provider that can digest")
        for provider in providers {
            do {
                return hexText(try provider.digest(bytes[...], with: .sha256))
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
