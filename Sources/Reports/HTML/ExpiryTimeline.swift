/// How many certificates expire in which month, from those that have expired to those that have long.
struct ExpiryTimeline {
    private static let monthCount = 24
    private static let (width, height) = (1_000.0, 190.0)
    private static let (top, bottom) = (20.0, 150.0)

    private struct Bar {
        var label: String
        var title: String
        var year: String?
        var counts: [Urgency: Int] = [:]

        var total: Int { counts.values.reduce(0, +) }
    }

    private let bars: [Bar]
    private let description: String

    init(_ certificates: CertificateList) {
        var bars = [Bar(label: "expired", title: "expired")]
        for offset in 0..<Self.monthCount {
            let (year, month) = ((certificates.month + offset) / 12, (certificates.month + offset) % 12)
            let startsYear = offset == 0 || month == 0
            bars.append(
                Bar(label: Self.names[month], title: "\(Self.names[month]) \(year)", year: startsYear ? "\(year)" : nil)
            )
        }
        bars.append(Bar(label: "later", title: "later"))
        for certificate in certificates.all {
            let month = (Timestamp.month(certificate.notAfter) ?? 0) - certificates.month
            let index = certificate.urgency == .expired ? 0 : 1 + min(max(month, 0), Self.monthCount)
            bars[index].counts[certificate.urgency, default: 0] += 1
        }
        self.bars = bars
        description = Self.caption(certificates)
    }

    static func caption(_ certificates: CertificateList) -> String {
        let (expired, soon) = (certificates.count(.expired), certificates.count(.soon))
        return
            "\(grouped(certificates.all.count)) certificates: \(grouped(expired)) expired, \(grouped(soon)) expire within "
            + "\(Urgency.soonDays) days, \(grouped(certificates.count(.later))) later. Each bar is a month."
    }

    var svg: String {
        let step = Self.width / Double(bars.count)
        let highest = Double(max(1, bars.map(\.total).max() ?? 1))
        let parts = bars.enumerated().map { index, bar in
            drawing(of: bar, left: Double(index) * step, step: step, highest: highest)
        }
        return """
            <svg class="timeline" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(MarkupText.escaped(description))">
            <line x1="0" y1="\(Int(Self.bottom))" x2="\(Int(Self.width))" y2="\(Int(Self.bottom))"/>
            \(parts.joined(separator: "\n"))
            </svg>
            """
    }

    private func drawing(of bar: Bar, left: Double, step: Double, highest: Double) -> String {
        let middle = ShareBar.rounded(left + step / 2)
        var y = Self.bottom
        var parts = ["<g><title>\(bar.title): \(grouped(bar.total))</title>"]
        for urgency in [Urgency.expired, .soon, .later] {
            guard let count = bar.counts[urgency] else { continue }
            // Few among many still show.
            let height = max(2, Double(count) / highest * (Self.bottom - Self.top))
            y -= height
            parts.append(
                #"<rect x="\#(ShareBar.rounded(left + step * 0.14))" y="\#(ShareBar.rounded(y))" "#
                    + #"width="\#(ShareBar.rounded(step * 0.72))" height="\#(ShareBar.rounded(height))" "#
                    + #"class="fill-\#(urgency == .later ? "ok" : urgency.rawValue)"/>"#)
        }
        if bar.total > 0 {
            parts.append(text("value", middle, ShareBar.rounded(y - 5), grouped(bar.total)))
        }
        parts.append(text("month", middle, "166", bar.label))
        if let year = bar.year { parts.append(text("year", middle, "182", year)) }
        return parts.joined() + "</g>"
    }

    private func text(_ kind: String, _ x: String, _ y: String, _ text: String) -> String {
        #"<text class="\#(kind)" x="\#(x)" y="\#(y)" text-anchor="middle">\#(text)</text>"#
    }

    private static let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
