import PKCS12
import Providers
import TestSupport
import Testing

@Suite struct LoadingTests {
    @Test func openSSLIsLoadedAndChecked() throws {
        let provider = try InstalledProviders.openSSL
        #expect(provider.name == "openssl")
        #expect(provider.library.hasPrefix("OpenSSL 3"))
        #expect(provider.crypto != nil)
        #expect(provider.reader != nil)
    }
}
