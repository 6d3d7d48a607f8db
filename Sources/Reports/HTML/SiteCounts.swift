import Pipeline

/// How many items of each site came to what, over several runs.
struct SiteCounts {
    private(set) var all = Manifest.Counts()
    private var bySite: [String: Manifest.Counts] = [:]

    /// In the order in which the page has them.
    let names: [String]

    init(_ manifests: [Manifest]) {
        for item in manifests.lazy.flatMap(\.items) {
            all.count(item.status)
            bySite[item.site, default: .init()].count(item.status)
        }
        names = bySite.keys.sorted()
    }

    func context(_ certificates: CertificateList) -> [[String: Any]] {
        names.enumerated().map { index, site in
            let counts = bySite[site] ?? .init()
            return [
                "site": site, "index": index, "total": grouped(counts.total), "converted": grouped(counts.converted),
                "unchanged": grouped(counts.unchanged), "failed": grouped(counts.failed),
                "hasFailed": counts.failed > 0, "nextExpiry": certificates.next(of: site)?.date ?? "–",
                "urgency": certificates.next(of: site)?.urgency.rawValue ?? "",
                "bar": ShareBar.svg([
                    (counts.converted, "converted"), (counts.unchanged, "unchanged"), (counts.failed, "failed"),
                ]),
            ]
        }
    }
}

/// A bar of parts that make up a whole.
enum ShareBar {
    /// - Parameter parts: each with a class of the style sheet.
    static func svg(_ parts: [(count: Int, kind: String)]) -> String {
        let total = Double(max(1, parts.reduce(0) { $0 + $1.count }))
        var x = 0.0
        let rectangles = parts.filter { $0.count > 0 }.map { part in
            let width = Double(part.count) / total * 1_000
            defer { x += width }
            return #"<rect x="\#(rounded(x))" width="\#(rounded(width))" height="10" class="fill-\#(part.kind)"/>"#
        }
        return
            #"<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">\#(rectangles.joined())</svg>"#
    }

    /// With at most one decimal.
    static func rounded(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return Int(exactly: tenths).map(String.init) ?? "\(tenths)"
    }
}
