import Pipeline
import TestSupport
import Testing

@testable import Windows

@Suite struct ExpectationTests {
    private func certificate(
        _ file: String, _ number: Int, _ provider: String, keySpec: Int? = 1, store: String? = "My",
        more: String = "Encryption test passed"
    ) throws -> Diagnosis.Certificate {
        let text = """
            \(store.map { "\($0) \"Store\"" } ?? "")
            ====== Certificate 0 ======
            \(more.hasSuffix("!") ? more : "")
            Cert Hash(sha1): \(Fixtures.thumbprint(number))
              Provider = \(provider)
            \(keySpec.map { "  KeySpec = \($0)" } ?? "")
            \(more)
            """
        let read = try WindowsText(reading: Array(text.utf8))
        return try #require(Diagnosis([.init(path: file, text: .success(read))]).certificates.first)
    }

    private let schannel = "Microsoft RSA SChannel Cryptographic Provider"
    private let manifest = Fixtures.manifest(
        Fixtures.item("a", "/x/one.pfx", Fixtures.identity(1)), Fixtures.item("b", "/x/two.pfx", Fixtures.identity(2)))

    private func states(_ certificates: Diagnosis.Certificate..., servers: [SitePlan]? = nil) -> [Windows.Expectation
        .State]
    {
        Windows.Expectation(manifest, certificates: certificates, files: certificates.map(\.file), servers: servers)
            .entries.map(\.state)
    }

    @Test func byThumbprintProviderAndKeySpec() throws {
        #expect(states() == [.absent, .absent])
        #expect(try states(certificate("x.txt", 1, schannel)) == [.done, .absent])
        #expect(try states(certificate("x.txt", 1, schannel, store: "MY")) == [.done, .absent])
        #expect(try states(certificate("x.txt", 1, schannel, keySpec: nil)) == [.other, .absent])
        #expect(try states(certificate("x.txt", 1, schannel, keySpec: 2)) == [.other, .absent])
        #expect(try states(certificate("x.txt", 1, "Microsoft Strong Cryptographic Provider")) == [.other, .absent])
        #expect(try states(certificate("x.txt", 1, "Microsoft Software Key Storage Provider")) == [.other, .absent])
        #expect(try states(certificate("x.txt", 3, schannel)) == [.absent, .absent])
    }

    /// Only what is live in the server's store, and whose key certutil could use, is done.
    @Test func whatIsThereAndNotDone() throws {
        let open: [(String?, String, String)] = [
            ("WebHosting", "Encryption test passed", "not in the server's store My, in WebHosting"),
            (nil, "Encryption test passed", "not in the server's store My"), ("My", "Archived!", "archived"),
            ("My", "Missing stored keyset", "the key is missing, which was under \(schannel)"),
            ("My", "Encryption test FAILED", "the dump does not show that the key works"),
            ("My", "Der Schlüsselsatz ist nicht vorhanden", "the dump does not show that the key works"),
        ]
        for (store, more, found) in open {
            let certificate = try certificate("x.txt", 1, schannel, store: store, more: more)
            let expectation = Windows.Expectation(manifest, certificates: [certificate], files: ["x.txt"])
            #expect(expectation.entries[0].state == .other && expectation.entries[0].found == found)
            #expect(expectation.done == 0 && expectation.open == 2)
        }
        let file = Dumps.diagnosis(["pfx-dump.txt"]).certificates.map { seen in
            var seen = seen
            seen.certificate.thumbprint = Fixtures.thumbprint(1)
            return seen
        }
        #expect(Windows.Expectation(manifest, certificates: file, files: ["pfx-dump.txt"]).done == 0)
    }

    /// Of several dumps, or stores, each has to show it.
    @Test func severalThatDiffer() throws {
        let sites = SitesConfiguration(sites: [
            .init(name: "a", servers: [.init(name: "EX01", role: .mailbox)]),
            .init(name: "b", servers: [.init(name: "EX02", role: .mailbox)]),
        ])
        let plans = try SitePlan.all(sites, manifest, at: Fixtures.manifestPath)
        let done = try certificate("new/ex01.txt", 1, schannel)
        let old = try certificate("old/ex01.txt", 1, "Microsoft Software Key Storage Provider")
        let elsewhere = try certificate("new/ex01.txt", 1, schannel, store: "WebHosting")
        var stale = old
        stale.file = done.file
        #expect(states(done, servers: plans) == [.done, .noDump])
        #expect(states(done, old, servers: plans) == [.other, .noDump])
        #expect(states(old, done, servers: plans) == [.other, .noDump])
        #expect(states(stale, elsewhere, servers: plans) == [.other, .noDump])
    }

    @Test func whatNoServerHas() throws {
        let sites = SitesConfiguration(sites: [.init(name: "a", servers: [.init(name: "EX01", role: .mailbox)])])
        let plans = try SitePlan.all(sites, manifest, at: Fixtures.manifestPath)
        let done = try certificate("EX01.txt", 1, schannel)
        let expectation = Windows.Expectation(manifest, certificates: [done], files: ["EX01.txt"], servers: plans)
        #expect(expectation.entries.map(\.state) == [.done, .noServer] && expectation.open == 1)
        #expect(expectation.entries[1].thumbprint == Fixtures.thumbprint(2))
    }

    @Test func failedItemsStayOpen() throws {
        var manifest = manifest
        manifest.items = [manifest.items[0], Fixtures.failedItem("a", "/x/bad.pfx")]
        let expectation = Windows.Expectation(
            manifest, certificates: [try certificate("x.txt", 1, schannel)], files: ["x.txt"])
        #expect(expectation.done == 1 && expectation.open == 1)
    }

    /// Two sites with a server of one name are told apart by the dumps' folders.
    @Test func serversOfOneName() throws {
        let sites = SitesConfiguration(
            sites: ["a", "b"].map { .init(name: $0, servers: [.init(name: "EX01.\($0).example", role: .mailbox)]) })
        let plans = try SitePlan.all(sites, manifest, at: Fixtures.manifestPath)
        let (first, second) = try (certificate("a/EX01.txt", 1, schannel), certificate("b/ex01.txt", 2, schannel))
        #expect(states(first, second, servers: plans) == [.done, .done])
        #expect(states(first, servers: plans) == [.done, .noDump])
        // A dump that may be of either is of none.
        let doubtful = try (certificate("EX01.txt", 1, schannel), certificate("EX01.txt", 2, schannel))
        #expect(states(doubtful.0, doubtful.1, servers: plans) == [.noDump, .noDump])
        let swapped = try (certificate("b/EX01.txt", 1, schannel), certificate("a/EX01.txt", 2, schannel))
        #expect(states(swapped.0, swapped.1, servers: plans) == [.absent, .absent])
        #expect(try states(certificate("EX01.b.example.txt", 2, schannel), servers: plans) == [.noDump, .done])
    }
}
