import Pipeline
import Reissue
import Synchronization

/// The items of a run for people: what became of each file, and why where it failed.
///
/// Long runs show the first of each kind; the manifest has all.
final class ItemTable: Sendable {
    private static let mostRows = 40

    /// What the items are: `file` or `item`.
    private let noun: String

    private struct Rows {
        var done: [Manifest.Item] = []
        var failed: [Manifest.Item] = []
    }

    /// The items to show. The mutex owns them.
    private let rows = Mutex(Rows())

    init(noun: String) {
        self.noun = noun
    }

    /// Called on the run's recording queue.
    func add(_ progress: RunProgress) {
        rows.withLock { rows in
            // Asked for its item only where that will be shown.
            if progress.status == .failed {
                if rows.failed.count < Self.mostRows { rows.failed.append(progress.item) }
            } else if rows.done.count < Self.mostRows {
                rows.done.append(progress.item)
            }
        }
    }

    func text(_ summary: Manifest.Summary) -> String {
        let (done, failed) = rows.withLock { ($0.done.sorted(by: Self.bySource), $0.failed.sorted(by: Self.bySource)) }
        var parts: [String] = []
        if !done.isEmpty {
            let header = ["SITE", "FILE", "STATUS", "THUMBPRINT", "BEFORE", "AFTER"]
            parts.append(TextTable(header: header, rows: done.flatMap(Self.rows)).text)
        }
        let hidden = summary.converted + summary.unchanged - done.count
        if hidden > 0 { parts.append("… and \(hidden) more") }
        if !failed.isEmpty { parts.append(Self.failures(failed)) }
        if summary.failed > failed.count { parts.append("… and \(summary.failed - failed.count) more that failed") }
        parts.append(
            "\(summary.total) \(noun)\(summary.total == 1 ? "" : "s"): \(summary.converted) converted, \(summary.unchanged) unchanged, "
                + "\(summary.failed) failed")
        return parts.joined(separator: "\n\n")
    }

    private static func bySource(_ left: Manifest.Item, _ right: Manifest.Item) -> Bool {
        left.source < right.source
    }

    private static func rows(_ item: Manifest.Item) -> [[String]] {
        item.identities.map { identity in
            [
                item.site.printable, fileName(item.source), item.status.rawValue, identity.thumbprint,
                isKey(item) ? "a token" : provider(identity.before), identity.after.map(provider) ?? "-",
            ]
        }
    }

    /// A line for each; a hint that several in a row have comes once, after the last of them.
    private static func failures(_ items: [Manifest.Item]) -> String {
        var lines: [String] = []
        for (index, item) in items.enumerated() {
            let (code, message) = (item.error?.code ?? "unexpected", item.error?.message.printable ?? "")
            lines.append("failed: \(item.source.printable) (\(code)): \(message)")
            let next = index + 1 < items.count ? items[index + 1].error?.hint : nil
            if let hint = item.error?.hint, hint != next { lines.append("  hint: \(hint.printable)") }
        }
        return lines.joined(separator: "\n")
    }

    private static func provider(_ placement: IdentityReport.Placement) -> String {
        let kind = placement.providerKind.rawValue
        return placement.providerName.map { "\(kind): \($0.printable)" } ?? kind
    }

    private static func isKey(_ item: Manifest.Item) -> Bool { item.source.hasPrefix("pkcs11:") }

    /// The last part of a path, or what a URI of RFC 7512 says of the object alone.
    private static func fileName(_ path: String) -> String {
        if path.hasPrefix("pkcs11:") {
            let parts = path.dropFirst("pkcs11:".count).split(separator: ";")
            return (parts.first { $0.hasPrefix("object=") } ?? parts.first { $0.hasPrefix("id=") })
                .map(String.init) ?? path
        }
        return (path.split(separator: "/").last.map(String.init) ?? path).printable
    }
}
