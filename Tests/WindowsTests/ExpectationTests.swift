import Pipeline
import TestSupport
import Testing

@testable import Windows

@Suite struct ExpectationTests {
    private func certificate(_ file: String, _ number: Int, _ provider: String, keySpec: Int? = nil) throws
        -> Diagnosis.Certificate
    {
        let text = """
            ====== Certificate 0 ======
            Cert Hash(sha1): \(Fixtures.thumbprint(number))
              Provider = \(provider)
            \(keySpec.map { "  KeySpec = \($0)" } ?? "")
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
        #expect(try states(certificate("x.txt", 1, schannel, keySpec: 1)) == [.done, .absent])
        #expect(try states(certificate("x.txt", 1, schannel, keySpec: 2)) == [.other, .absent])
        #expect(try states(certificate("x.txt", 1, "Microsoft Strong Cryptographic Provider")) == [.other, .absent])
        #expect(try states(certificate("x.txt", 1, "Microsoft Software Key Storage Provider")) == [.other, .absent])
        #expect(try states(certificate("x.txt", 3, schannel)) == [.absent, .absent])
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
        let swapped = try (certificate("b/EX01.txt", 1, schannel), certificate("a/EX01.txt", 2, schannel))
        #expect(states(swapped.0, swapped.1, servers: plans) == [.absent, .absent])
        #expect(try states(certificate("EX01.b.example.txt", 2, schannel), servers: plans) == [.noDump, .done])
    }
}
