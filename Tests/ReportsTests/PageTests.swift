import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// What the page says.
@Suite struct PageTests {
    @Test func totalsAreThoseOfTheManifest() throws {
        let page = try Page([Fixture.ordinary])
        #expect(page.string("title") == "Run of 2026-11-24 02:04 UTC – recapi")
        #expect(page.strings("lead") == ["✗ 3 of 6 failed; 2 converted, 1 unchanged"])
        #expect(
            page.table("overview").map { $0.prefix(6) } == [
                ["Site", "Items", "Converted", "Unchanged", "Failed", "First to expire"],
                ["berlin", "3", "1", "1", "1", "2026-11-01"], ["paris", "2", "1", "0", "1", "2027-06-01"],
                ["tokyo", "1", "0", "0", "1", "–"],
            ])
    }

    @Test func failuresAreGroupedByCode() throws {
        let page = try Page([Fixture.ordinary])
        #expect(page.strings("headings").suffix(2) == ["wrongPassword 2 items", "verificationMismatch 1 item"])
        #expect(page.strings("hints") == ["What to do give the password"])
        #expect(page.strings("details").first?.contains("/in/berlin/c.pfx") == true)
    }

    @Test func runWithoutFailureHasNoSuchSection() throws {
        let page = try Page([Fixture.manifest([Fixture.item("berlin", "/in/a.pfx", .converted, [Fixture.identity(1)])])]
        )
        #expect(page.strings("lead") == ["✓ All 1 done: 1 converted, 0 unchanged"])
        #expect(!page.strings("headings").contains("Failures, and what to do"))
        #expect(!page.text.contains("#failures"))
    }

    @Test func runWithoutCertificatesOrItemsIsAPage() throws {
        for items in [[], [Fixture.item("berlin", "/in/a.pfx", .failed, error: Fixture.failure("truncated"))]] {
            let page = try Page([Fixture.manifest(items)])
            #expect(!page.strings("headings").contains("When certificates expire"))
            #expect(page.table("items").count == 1 + items.count)
        }
    }

    @Test func certificatesAreOnTheTimeLineOnceEach() throws {
        var items = Fixture.ordinary.items
        items.append(Fixture.item("oslo", "/in/oslo/a.pfx", .converted, [Fixture.identity(3)]))
        let page = try Page([Fixture.manifest(items)])
        let bars = page.strings("bars")
        #expect(bars.count == 26)
        #expect(bars.filter { !$0.hasSuffix(": 0") } == ["expired: 1", "Dec 2026: 1", "Jun 2027: 1", "later: 1"])
        #expect(
            page.table("expiry").map { [$0[0], $0[1], $0[3]] } == [
                ["Expires", "In", "Sites"], ["2026-11-01", "24 days ago", "berlin"],
                ["2026-12-01", "6 days", "berlin"],
                ["2027-06-01", "188 days", "oslo, paris"], ["2031-01-01", "1,498 days", "paris"],
            ])
    }

    @Test func datesThatNobodyExpectsAreBorne() throws {
        let dates = ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-45T00:00:00Z", "-"]
        let identities = dates.enumerated().map { Fixture.identity($0, notAfter: $1) }
        let page = try Page([Fixture.manifest([Fixture.item("berlin", "/in/a.pfx", .converted, identities)])])
        #expect(page.table("items").count == 1 + dates.count)
        #expect(page.strings("bars").contains("later: 1"))
    }

    @Test func providersAreShownBeforeAndAfter() throws {
        let rows = try Page([Fixture.ordinary]).table("providers").map { $0.prefix(4) }
        let after = "CAPI1 Microsoft RSA SChannel Cryptographic Provider"
        #expect(
            rows.dropFirst().map { Array($0) } == [
                ["CNG Microsoft Software Key Storage Provider", "→", after, "3"],
                ["CAPI1 Microsoft Enhanced Cryptographic Provider v1.0", "→", after, "1"],
            ])
    }

    @Test func itemsHaveARowForEachKey() throws {
        let page = try Page([Fixture.ordinary])
        let rows = page.table("items").dropFirst().map { Array($0.prefix(3)) }
        #expect(
            rows == [
                ["berlin", "a.pfx", "converted"], ["berlin", "b.pfx", "unchanged"], ["berlin", "c.pfx", "failed"],
                ["paris", "a.pfx", "converted"], ["paris", "a.pfx", "converted"], ["paris", "b.pfx", "failed"],
                ["tokyo", "a.pfx", "failed"],
            ])
        #expect(page.table("items")[3][3] == "wrongPassword it went wrong")
        #expect(page.strings("details").contains { $0.contains("Source: /in/berlin/a.pfx\nIssuer: CN=CA\n") })
    }

    @Test func severalRunsAreOnePage() throws {
        var other = Fixture.ordinary
        other.run.id = "00000000-0000-0000-0000-000000000000"
        let page = try Page([Fixture.ordinary, other, Fixture.ordinary])
        #expect(page.string("title")?.hasPrefix("2 runs of ") == true)
        #expect(page.table("items").count == 15)
        #expect(page.text.contains("/out/0/manifest.json") && page.text.contains("/out/1/manifest.json"))
        #expect(!page.text.contains("/out/2/manifest.json"))
    }

    @Test func tenThousandItemsArePossible() throws {
        let items = (0..<10_000).map {
            Fixture.item("site\($0 % 40)", "/in/server\($0).pfx", .converted, [Fixture.identity($0)])
        }
        let start = Date()
        let text = try HTMLReport([.init(manifest: Fixture.manifest(items), path: "/m")], version: "1").text()
        // Generous: a debug build on a busy machine.
        #expect(Date().timeIntervalSince(start) < 60)
        #expect(text.utf8.count < 16_000_000)
        #expect(text.components(separatedBy: "<tr data-site=").count == 10_001)
    }
}
