import PKCS12
import Providers
import TestSupport
import Testing

/// Plugins/Example, built from the header alone as its guide says.
struct ExampleProviderTests {
    @Test func theExampleIsBuiltFromTheHeaderLoadedAndReadsWhatOpenSSLReads() throws {
        let folder = try TemporaryFolder()
        try folder.compile(
            file: PackageFolder.root.appending(path: "Plugins/Example/example.c").path,
            to: "librecapi-provider-example.so", ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-lcrypto"])
        let provider = try ProviderLoader(folders: [folder.path]).load("example")
        #expect(provider.crypto == nil)
        let reader = try #require(provider.reader)
        let openSSL = try #require(try InstalledProviders.openSSL.reader)
        for name in ["openssl-3des", "openssl-default", "cng-export"] {
            let vector = Vectors.named(name)
            let password = try #require(vector.passwords.first)
            let report = try reader.read(try vector.bytes[...], password: password)
            let expected = try openSSL.read(try vector.bytes[...], password: password)
            #expect(!report.keys.isEmpty && report.keys.map(\.rsa) == expected.keys.map(\.rsa))
            #expect(report.certificates.map(\.der) == expected.certificates.map(\.der))
            #expect(
                errorCode { try reader.read(try vector.bytes[...], password: SecretBytes(copying: [1])) }
                    == "wrongPassword")
        }
    }

    private func errorCode(_ body: () throws -> ReaderReport) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? any CodedError)?.codeName
        }
    }
}
