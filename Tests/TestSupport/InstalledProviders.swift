import Providers

/// The providers that were built beside the tests, loaded through the real loader.
public enum InstalledProviders {
    /// The OpenSSL provider; a test that needs it fails with the loader's reason where there is none.
    public static var openSSL: Provider {
        get throws { try loadedOpenSSL.get() }
    }

    private static let loadedOpenSSL = Result { try ProviderLoader().load("openssl") }
}
