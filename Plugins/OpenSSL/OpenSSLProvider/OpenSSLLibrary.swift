import COpenSSL
import COpenSSLHashing
import PKCS12

/// A library context of our own with the default and, where it is installed, the legacy provider, and with one of our own
/// that makes the reader's hash chains cheaper.
///
/// It reads no configuration: neither the machine's openssl.cnf nor one named in the environment changes what it does,
/// and nothing it does changes the process' default context.
final class OpenSSLLibrary: @unchecked Sendable {
    // Sendable: library contexts may be used from several threads; this one is not changed after `init`.

    /// Such as `OpenSSL 3.0.19`.
    let version: String
    private let context: Handle
    private let defaultProvider: Handle
    private let legacyProvider: Handle?
    private let hashingProvider: Handle

    /// - Throws: ``PKCS12Error`` `cryptographyFailed` where the library cannot be set up.
    init() throws {
        // No clean-up at exit either: threads may still be in a call then.
        let options = UInt64(OPENSSL_INIT_NO_LOAD_CONFIG) | UInt64(OPENSSL_INIT_NO_ATEXIT)
        try openSSL("start", OPENSSL_init_crypto(options, nil))
        let context = Handle(
            takingOwnership: try openSSL("make a library context", OSSL_LIB_CTX_new()), free: OSSL_LIB_CTX_free)
        func load(_ name: String) throws -> Handle {
            let provider = try openSSL(
                "load its \(name) provider", context.withPointer { OSSL_PROVIDER_load($0, name) })
            // A provider is unloaded before its context goes.
            return Handle(takingOwnership: provider) { provider in
                context.withPointer { _ in _ = OSSL_PROVIDER_unload(provider) }
            }
        }
        self.context = context
        defaultProvider = try load("default")
        legacyProvider = try? load("legacy")
        try openSSL(
            "add its hashing provider",
            context.withPointer { OSSL_PROVIDER_add_builtin($0, "recapi", recapi_hashing_provider) })
        hashingProvider = try load("recapi")
        // Preferred before anything is fetched; what it does not have still comes from the others.
        try openSSL(
            "prefer its hashing provider",
            context.withPointer { EVP_set_default_properties($0, "?provider=recapi") })
        OpenSSLError.clear()
        version = "OpenSSL " + String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))
    }

    func withContext<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try context.withPointer(body)
    }

    /// What is missing without the legacy provider; nil where it is loaded.
    var note: String? {
        guard legacyProvider == nil else { return nil }
        return "RC2 needs OpenSSL's legacy provider: install openssl-provider-legacy "
            + "(on Debian 12 and Ubuntu 24.04 it is part of libssl3)"
    }
}
