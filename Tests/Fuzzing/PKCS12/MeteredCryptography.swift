import CProviderABI
import OpenSSLProvider
import PKCS12
import TestSupport

@testable import Providers

/// The primitives that fuzz targets use.
enum FuzzCrypto {
    static let openSSL: any CryptoProvider = {
        var table: UnsafePointer<recapi_provider_v1>?
        let status = recapiProviderOpenSSL(&table, nil)
        guard status == RECAPI_OK, let table, let provider = try? ImportedProvider.provider(from: table),
            let crypto = provider.crypto
        else { fatalError("the OpenSSL provider does not start: status \(status)") }
        return crypto
    }()
}

/// Counts the iterations that are asked for.
final class MeteredCryptography: ForwardingCrypto, @unchecked Sendable {
    // Sendable: it serves one input, on the one thread that reads it.
    let crypto: any CryptoProvider
    private(set) var iterations = 0

    init(_ crypto: any CryptoProvider) {
        self.crypto = crypto
    }

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        for request in requests {
            let chains = (request.byteCount + request.digest.byteCount - 1) / request.digest.byteCount
            iterations += request.iterations * chains
        }
        return try crypto.derive(requests)
    }
}
