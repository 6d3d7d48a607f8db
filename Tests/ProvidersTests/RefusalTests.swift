import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Libraries that are no providers, built with the C compiler: each is refused with its code before it is used.
@Suite struct RefusalTests {
    @Test func aMissingProviderIsNamedWithTheFolders() throws {
        let error = refusal("gone", in: try TemporaryFolder())
        #expect(error?.code == .notFound)
        #expect(error?.hint?.contains("RECAPI_PROVIDER_PATH") == true)
    }

    @Test(arguments: ["../../etc/x", "A", "", "a/b"])
    func aNameThatIsNoNameIsNotLookedFor(name: String) throws {
        #expect(refusal(name, in: try TemporaryFolder())?.code == .notFound)
    }

    @Test func aFileThatIsNoLibraryCannotBeLoaded() throws {
        let folder = try TemporaryFolder()
        try Data("no library".utf8).write(to: folder.url.appending(path: "librecapi-provider-text.so"))
        let error = refusal("text", in: folder)
        #expect(error?.code == .loadFailed)
        #expect(error?.reason.contains("librecapi-provider-text.so") == true)
    }

    @Test func aMissingLibraryIsNamedWithItsPackage() throws {
        let folder = try TemporaryFolder()
        // Linked against a libgnutls.so.30 that is there only while linking, and has a symbol that no real one has.
        try folder.compile(
            "int only_here(void) { return 1; }", to: "libgnutls.so.30", ["-Wl,-soname,libgnutls.so.30.x"])
        try folder.compile(
            "int only_here(void); int use(void) { return only_here(); }", to: "librecapi-provider-needy.so",
            [folder.url.appending(path: "libgnutls.so.30").path])
        let error = refusal("needy", in: folder)
        #expect(error?.code == .loadFailed)
        #expect(error?.hint?.contains("libgnutls30") == true)
    }

    @Test func aLibraryWithoutTheEntryPointIsNoProvider() throws {
        #expect(try refusal(of: "int something_else(void) { return 1; }")?.code == .notAProvider)
    }

    @Test func anEntryPointOfAnotherVersionIsRefusedByName() throws {
        let error = try refusal(of: "int recapi_provider_odd_one_v2(void) { return 0; }")
        #expect(error?.code == .wrongABI)
        #expect(error?.reason.contains("odd-one") == true)
        #expect(error?.reason.contains("version 2") == true && error?.reason.contains("version 1") == true)
    }

    @Test func aTableOfAnotherVersionIsRefused() throws {
        let error = try refusal(table: ".abi_version = 7, .struct_size = sizeof(recapi_provider_v1)")
        #expect(error?.code == .wrongABI)
        #expect(error?.reason.contains("version 7") == true)
    }

    @Test func aTableThatIsTooShortIsRefused() throws {
        #expect(try refusal(table: ".abi_version = 1, .struct_size = 8")?.code == .inconsistent)
    }

    @Test func anEntryPointThatFailsIsHeard() throws {
        let error = try refusal(
            of: """
                #include "recapi_provider.h"
                #include <string.h>
                recapi_status recapi_provider_odd_one_v1(const recapi_provider_v1 **p, recapi_reason *r) {
                    strncpy(r->text, "the moon is full\\nwait a week", r->capacity - 1);
                    return RECAPI_FAILED;
                }
                """)
        #expect(error?.code == .loadFailed)
        #expect(error?.reason.contains("the moon is full") == true)
        #expect(error?.hint == "wait a week")
    }

    @Test func anEntryPointWithoutATableIsRefused() throws {
        let error = try refusal(
            of: """
                #include "recapi_provider.h"
                recapi_status recapi_provider_odd_one_v1(const recapi_provider_v1 **p, recapi_reason *r) { return 0; }
                """)
        #expect(error?.code == .inconsistent)
    }

    @Test(arguments: [
        "", ".name = 0, .library = \"x\"", ".name = \"other\", .library = \"x\", .crypto = &crypto",
        ".name = \"odd-one\", .crypto = &crypto", ".name = \"odd-one\", .library = \"x\"",
    ])
    func aTableWithoutNameLibraryOrCapabilityIsRefused(fields: String) throws {
        let error = try refusal(
            table: ".abi_version = 1, .struct_size = sizeof(recapi_provider_v1), \(fields)",
            before: completeCrypto(digests: "0", ciphers: "0"))
        #expect(error?.code == .inconsistent)
    }

    @Test func functionsThatAreNULLAreRefused() throws {
        let error = try refusal(
            table: Self.goodTable, before: "static const recapi_crypto_v1 crypto = {.struct_size = sizeof(crypto)};")
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("gaps") == true)
    }

    @Test func aReaderWithoutItsFunctionIsRefused() throws {
        let error = try refusal(
            table: """
                .abi_version = 1, .struct_size = sizeof(recapi_provider_v1), .name = "odd-one", .library = "x",
                .reader = &reader
                """,
            before: "static const recapi_reader_v1 reader = {.struct_size = sizeof(reader)};")
        #expect(error?.code == .inconsistent)
    }

    @Test func aWrongDigestIsFoundByItsKnownAnswer() throws {
        let error = try refusal(
            table: Self.goodTable, before: completeCrypto(digests: "1 << RECAPI_SHA1", ciphers: "0"))
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("sha1") == true)
    }

    @Test func aLengthBeyondTheBufferIsFound() throws {
        let error = try refusal(
            table: Self.goodTable, before: completeCrypto(digests: "0", ciphers: "1 << RECAPI_AES128_CBC"))
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("1099511627776 bytes") == true)
    }

    @Test func randomBytesThatRepeatAreFound() throws {
        let error = try refusal(table: Self.goodTable, before: completeCrypto(digests: "0", ciphers: "0"))
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("random") == true)
    }

    @Test func findingsNameTheKnownProvidersAndWhatElseIsThere() throws {
        let folder = try TemporaryFolder()
        try folder.compile("int x;", to: "librecapi-provider-zebra.so")
        let findings = ProviderLoader(folders: [folder.url.path]).findings()
        #expect(findings.map(\.name) == ["openssl", "gnutls", "pkcs11", "zebra"])
        #expect(findings.map { $0.path != nil } == [false, false, false, true])
        #expect(throws: ProviderError.self) { try findings[3].provider.get() }
    }

    private static let goodTable = """
        .abi_version = 1, .struct_size = sizeof(recapi_provider_v1), .name = "odd-one", .library = "x",
        .crypto = &crypto
        """

    /// A complete table whose functions all claim success: digests are zeros, ciphers lie about their lengths.
    private func completeCrypto(digests: String, ciphers: String) -> String {
        """
        static recapi_status derive(void *c, const recapi_derivation *d, uint64_t n, recapi_reason *r) { return 0; }
        static recapi_status cipher(void *c, uint32_t a, recapi_bytes k, recapi_bytes i, recapi_bytes t,
                                    recapi_buffer *o, recapi_reason *r) { o->size = 1ull << 40; return 0; }
        static recapi_status hmac(void *c, uint32_t a, recapi_bytes k, recapi_bytes t, uint8_t *o, uint64_t n,
                                  recapi_reason *r) { return 0; }
        static recapi_status digest(void *c, uint32_t a, recapi_bytes t, uint8_t *o, uint64_t n, recapi_reason *r) {
            return 0; }
        static recapi_status fill(void *c, uint8_t *o, uint64_t n, recapi_reason *r) { return 0; }
        static recapi_status check(void *c, const recapi_rsa_key *k, uint32_t *d, recapi_reason *r) { return 0; }
        static recapi_status generate(void *c, uint32_t n, recapi_rsa_buffers *k, recapi_reason *r) { return 0; }
        static recapi_status sign(void *c, uint32_t a, const recapi_rsa_key *k, recapi_bytes m, recapi_buffer *o,
                                  recapi_reason *r) { return 0; }
        static const recapi_crypto_v1 crypto = {
            .struct_size = sizeof(crypto), .digests = \(digests), .ciphers = \(ciphers), .derive = derive,
            .encrypt = cipher, .decrypt = cipher, .hmac = hmac, .digest = digest, .random = fill, .rsa_check = check,
            .rsa_generate = generate, .rsa_sign = sign};
        """
    }

    private func refusal(table: String, before: String = "") throws -> ProviderError? {
        try refusal(
            of: """
                #include "recapi_provider.h"
                \(before)
                static const recapi_provider_v1 table = {\(table)};
                recapi_status recapi_provider_odd_one_v1(const recapi_provider_v1 **p, recapi_reason *r) {
                    *p = &table;
                    return RECAPI_OK;
                }
                """)
    }

    private func refusal(of source: String) throws -> ProviderError? {
        let folder = try TemporaryFolder()
        try folder.compile(source, to: "librecapi-provider-odd-one.so")
        return refusal("odd-one", in: folder)
    }

    private func refusal(_ name: String, in folder: TemporaryFolder) -> ProviderError? {
        #expect(throws: ProviderError.self) { try ProviderLoader(folders: [folder.url.path]).load(name) }
    }
}
