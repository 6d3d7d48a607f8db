import Foundation
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
        #expect(provider.tokens == nil)
    }

    @Test func aProviderOfTokensAloneIsLoaded() throws {
        let provider = try ProviderLoader().load("pkcs11")
        #expect(provider.tokens != nil && provider.crypto == nil && provider.reader == nil)
        #expect(provider.isIsolated)
    }

    /// The OpenSSL plugin with a crypto table that ends before `rsa_verify`, at the end of readable memory.
    @Test func aPluginFromBeforeSignaturesWereVerifiedStillWorks() throws {
        let folder = try TemporaryFolder()
        let real = try #require(
            ProviderLoader().folders.map { "\($0)/librecapi-provider-openssl.so" }
                .first(where: FileManager.default.fileExists))
        try folder.compile(
            #"""
            #include "recapi_provider.h"
            #include <dlfcn.h>
            #include <stddef.h>
            #include <string.h>
            #include <sys/mman.h>

            recapi_status recapi_provider_older_v1(const recapi_provider_v1 **provider, recapi_reason *reason)
            {
                static recapi_provider_v1 table;
                const recapi_provider_v1 *real = 0;
                const size_t size = offsetof(recapi_crypto_v1, rsa_verify), page = 4096;
                void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
                recapi_provider_entry_v1 entry = (recapi_provider_entry_v1)dlsym(library, "recapi_provider_openssl_v1");
                uint8_t *pages = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                recapi_status status = entry(&real, reason);
                if (status != RECAPI_OK) return status;
                mprotect(pages + page, page, PROT_NONE);
                recapi_crypto_v1 *crypto = (recapi_crypto_v1 *)(pages + page - size);
                memcpy(crypto, real->crypto, size);
                crypto->struct_size = size;
                table = *real;
                table.name = "older";
                table.crypto = crypto;
                *provider = &table;
                return RECAPI_OK;
            }
            """#, to: "librecapi-provider-older.so", ["-DREAL=\"\(real)\""])
        let crypto = try #require(try ProviderLoader(folders: [folder.path]).load("older").crypto)
        #expect(try crypto.digest([1], with: .sha256) == InstalledProviders.crypto.digest([1], with: .sha256))
        #expect(!crypto.verifiesSignatures)
        let key = RSAPublicKey(modulus: [1, 1], exponent: [3])
        #expect(code { try crypto.verify([1, 1], of: [1], with: .sha256, key: key) } == .unsupportedAlgorithm)
    }
}
