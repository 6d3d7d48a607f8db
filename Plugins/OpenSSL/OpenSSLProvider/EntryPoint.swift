import CProviderABI
import PKCS12
import Providers

private let plugin = ExportedProvider.Plugin {
    let library = try OpenSSLLibrary()
    let crypto = try OpenSSLCrypto(library)
    return Provider(
        name: "openssl", library: library.version, crypto: crypto, reader: OpenSSLReader(library, deriving: crypto))
}

/// The entry point of `librecapi-provider-openssl.so`; see `recapi_provider.h`.
@_cdecl("recapi_provider_openssl_v1")
public func recapiProviderOpenSSL(
    _ provider: UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?,
    _ reason: UnsafeMutablePointer<recapi_reason>?
) -> recapi_status {
    plugin.answer(provider, reason)
}
