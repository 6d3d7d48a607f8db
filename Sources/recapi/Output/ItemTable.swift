import Pipeline

/// The items of a manifest for people: what became of each file, and why where it failed.
enum ItemTable {
    /// Long runs show their failures and a few conversions; the manifest has all.
    private static let mostRows = 40

    static func text(_ manifest: Manifest, from folder: FilePath) -> String {
        let failed = manifest.items.filter { $0.status == .failed }
        let others = manifest.items.filter { $0.status != .failed }
        let shown = Array(others.prefix(mostRows))
        var parts: [String] = []
        if !shown.isEmpty {
            parts.append(TextTable(header: ["SITE", "FILE", "STATUS", "THUMBPRINT", "BEFORE", "AFTER"], rows: shown.flatMap(rows)).text)
        }
        if others.count > shown.count {
            parts.append("… and \(others.count - shown.count) more")
        }
        if !failed.isEmpty {
            parts.append(failed.prefix(mostRows).map(failure).joined(separator: "\n"))
        }
        if failed.count > mostRows {
            parts.append("… and \(failed.count - mostRows) more that failed")
        }
        let summary = manifest.summary
        parts.append(
            "\(summary.total) files: \(summary.converted) converted, \(summary.unchanged) unchanged, \(summary.failed) failed")
        return parts.joined(separator: "\n\n")
    }

    private static func rows(_ item: Manifest.Item) -> [[String]] {
        item.identities.map { identity in
            [
                item.site, fileName(item.source), item.status.rawValue, identity.thumbprint,
                place(identity.before.providerName, identity.before.providerKind.rawValue),
                identity.after.map { place($0.providerName, $0.providerKind.rawValue) } ?? "-",
            ]
        }
    }

    private static func failure(_ item: Manifest.Item) -> String {
        let error = item.error
        return "failed: \(item.source.printable) (\(error?.code ?? "?")): \(error?.message.printable ?? "?")"
            + (error?.hint.map { "\n  hint: \($0.printable)" } ?? "")
    }

    private static func place(_ name: String?, _ kind: String) -> String {
        name.map { "\(kind): \($0.printable)" } ?? kind
    }

    private static func fileName(_ path: String) -> String {
        (path.split(separator: "/").last.map(String.init) ?? path).printable
    }
}
