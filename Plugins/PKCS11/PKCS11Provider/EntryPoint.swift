import CPKCS11
import CProviderABI
import Providers

private let plugin = ExportedProvider.Plugin {
    // p11-kit 0.24 does not tell its version.
    Provider(name: "pkcs11", library: "p11-kit", tokens: PKCS11Tokens())
}

/// The entry point of `librecapi-provider-pkcs11.so`; see `recapi_provider.h`.
@_cdecl("recapi_provider_pkcs11_v1")
public func recapiProviderPKCS11(
    _ provider: UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?,
    _ reason: UnsafeMutablePointer<recapi_reason>?
) -> recapi_status {
    plugin.answer(provider, reason)
}
