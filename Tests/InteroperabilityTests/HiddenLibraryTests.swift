import Foundation
import TestSupport
import Testing

/// A machine with one crypto library: the command works, and says what it could not do.
@Suite struct HiddenLibraryTests {
    private let folder: TemporaryFolder
    private var sample: String { folder.path("sample") }

    init() throws {
        folder = try TemporaryFolder()
        try Command.run(
            "sample", sample, "--site", "site", "--count", "2", "--keys", "1", "--key-bits", "1024")
    }

    /// Both plugins are installed; the library of one is not.
    @Test func withoutTheLibraryOfGnuTLS() throws {
        let command = try installed(["openssl", "gnutls"], without: "libgnutls.so.30")
        try expectRunWithNote(command)

        let listing = try command.check(["providers"]).text
        #expect(listing.contains(/(?m)^openssl +OpenSSL 3\S* +yes +yes +- +usable *$/))
        #expect(listing.contains(/(?m)^gnutls +- +- +- +- +providerLoadFailed *$/))
        let sentence = try #require(listing.split(separator: "\n").first { $0.hasPrefix("gnutls: ") })
        #expect(sentence.contains("libgnutls.so.30: cannot open shared object file"))
        #expect(sentence.contains("install the package libgnutls30"))
    }

    /// The same the other way round: OpenSSL is not privileged.
    @Test func withoutTheLibraryOfOpenSSL() throws {
        let command = try installed(["openssl", "gnutls"], without: "libcrypto.so.3")
        try expectRunWithNote(command, provider: "gnutls")
        let listing = try command.check(["providers"]).text
        #expect(listing.contains("libcrypto.so.3: cannot open shared object file"))
        #expect(listing.contains("install the package libssl3"))
    }

    /// Files are converted all the same; the plugin is loaded by a process of its own.
    @Test func withoutP11Kit() throws {
        let command = try installed(["openssl", "gnutls", "pkcs11"], without: "libp11-kit.so.0")
        #expect(try command.check(["run", sample + "/pipeline.json"]).text.contains("2 converted"))
        let listing = try command.check(["providers"]).text
        #expect(listing.contains(/(?m)^pkcs11 +- +- +- +- +providerLoadFailed *$/))
        #expect(listing.contains("libp11-kit.so.0: cannot open shared object file"))
        #expect(listing.contains("install the package libp11-kit0"))
    }

    @Test func withoutThePluginForGnuTLS() throws {
        let command = try installed(["openssl"])
        try expectRunWithNote(command)
        let listing = try command.check(["providers"]).text
        #expect(listing.contains("no provider gnutls is installed"))
        #expect(listing.contains("librecapi-provider-gnutls.so"))
    }

    @Test func withoutAnyLibraryNothingIsDoneAndThatIsSaid() throws {
        let run = try installed([]).run(["run", sample + "/pipeline.json"])
        #expect(run.status != 0)
        #expect(run.errorText.contains("recapi providers says what is missing"))
        #expect(!FileManager.default.fileExists(atPath: sample + "/converted"))
    }

    @Test func withBothEachOutputIsVerifiedByTheOther() throws {
        let run = try installed(["openssl", "gnutls"]).check(["run", sample + "/pipeline.json"])
        #expect(!run.errorText.contains("note:"))
        let manifest = try manifest()
        #expect(manifest.notes == nil)
        #expect(manifest.items.count == 2)
        for item in manifest.items {
            let sealer = try #require(item.sealedBy)
            #expect(item.verifiedBy == [sealer == "openssl" ? "gnutls" : "openssl"])
        }
    }

    // MARK: - Parts

    private func expectRunWithNote(_ command: Command, provider: String = "openssl") throws {
        let run = try command.check(["run", sample + "/pipeline.json"])
        let note =
            "there is no second provider that reads PFX files: outputs sealed by \(provider) were verified by "
            + "\(provider) as well, with its library's own reader"
        #expect(run.errorText.split(separator: "\n").filter { $0.contains(note) } == ["recapi: note: \(note)"])
        #expect(run.text.contains("2 converted"))
        let manifest = try manifest()
        #expect(manifest.notes == [note])
        #expect(manifest.items.map(\.sealedBy) == [provider, provider])
        #expect(manifest.items.map(\.verifiedBy) == [[provider], [provider]])
    }

    /// A copy of the command with some plugins beside it.
    ///
    /// - Parameter library: one that the linker does not find, whoever asks for it.
    private func installed(_ plugins: [String], without library: String? = nil) throws -> Command {
        let names = ["recapi", "recapi-provider-host"] + plugins.map { "librecapi-provider-\($0).so" }
        try FileManager.default.createDirectory(atPath: folder.path("bin"), withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.copyItem(
                at: Command.builtFolder.appending(path: name), to: URL(filePath: folder.path("bin/" + name)))
        }
        var command = Command(folder: URL(filePath: folder.path("bin")))
        if let library { command.environment["LD_AUDIT"] = try auditor(hiding: library) }
        return command
    }

    /// Tells the dynamic linker (rtld-audit(7)) wherever it looks that there is no such library.
    private func auditor(hiding library: String) throws -> String {
        let source = """
            #define _GNU_SOURCE
            #include <link.h>
            #include <stddef.h>
            #include <stdint.h>
            #include <string.h>
            unsigned int la_version(unsigned int version) { return version; }
            char *la_objsearch(const char *name, uintptr_t *cookie, unsigned int flag) {
                (void)cookie;
                const char *slash = strrchr(name, '/');
                int isHidden = flag != LA_SER_ORIG && strcmp(slash ? slash + 1 : name, "\(library)") == 0;
                return isHidden ? NULL : (char *)name;
            }
            """
        let path = try folder.write(source.utf8, to: "hide.c")
        try ExternalTool(name: "cc", package: "gcc").check(["-shared", "-fPIC", "-o", folder.path("hide.so"), path])
        return folder.path("hide.so")
    }

    private struct Manifest: Decodable {
        struct Item: Decodable {
            let sealedBy: String?
            let verifiedBy: [String]
        }
        let notes: [String]?
        let items: [Item]
    }

    private func manifest() throws -> Manifest {
        try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: URL(filePath: sample + "/converted/manifest.json")))
    }
}
