import Providers

/// The providers that were built beside the tests, loaded through the real loader.
public enum InstalledProviders {
    /// The OpenSSL provider; a test that needs it fails with the loader's reason where there is none.
    public static var openSSL: Provider {
        get throws { try loadedOpenSSL.get() }
    }

    /// The GnuTLS provider, in the same way.
    public static var gnuTLS: Provider {
        get throws { try loadedGnuTLS.get() }
    }

    private static let loadedOpenSSL = Result { try ProviderLoader().load("openssl") }
    private static let loadedGnuTLS = Result { try ProviderLoader().load("gnutls") }
}
