import CProviderABI
import PKCS12
import Providers

private let plugin = ExportedProvider.Plugin {
    let library = try GnuTLSLibrary()
    return Provider(
        name: "gnutls", library: library.version, crypto: GnuTLSCrypto(library), reader: GnuTLSReader())
}

/// The entry point of `librecapi-provider-gnutls.so`; see `recapi_provider.h`.
@_cdecl("recapi_provider_gnutls_v1")
public func recapiProviderGnuTLS(
    _ provider: UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?,
    _ reason: UnsafeMutablePointer<recapi_reason>?
) -> recapi_status {
    plugin.answer(provider, reason)
}
