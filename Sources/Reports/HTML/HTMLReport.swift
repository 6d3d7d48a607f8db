import Mustache
import Pipeline

/// Runs as one page for people: self-contained, printable, readable without its script.
public struct HTMLReport: Sendable {
    /// A run, and where its manifest is.
    public struct Run: Sendable {
        public var manifest: Manifest
        public var path: String

        public init(manifest: Manifest, path: String) {
            self.manifest = manifest
            self.path = path
        }
    }

    let runs: [Run]
    let version: String
    /// When the page is made: what certificates have left is counted from here. ISO 8601.
    let moment: String

    /// - Parameters:
    ///   - runs: at least one; of those with the same id the first counts.
    ///   - version: of the recapi that makes the page.
    ///   - moment: ISO 8601, UTC; nil for now.
    public init(_ runs: [Run], version: String, moment: String? = nil) {
        var seen: Set<String> = []
        self.runs = runs.filter { seen.insert($0.manifest.run.id).inserted }
        self.version = version
        self.moment = moment ?? Timestamp.now()
    }

    /// The page.
    ///
    /// - Throws: `MustacheTemplate.Error` where the template is not one, which no input can bring about.
    public func text() throws -> String {
        try Self.template.get().render(context)
    }

    private static let template = Result {
        MustacheContentTypes.register(Markup(), named: "RECAPI-MARKUP")
        return try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
    }

    /// The library's own escaping goes by characters, which overlooks a quote that has a combining mark.
    private struct Markup: MustacheContentType {
        func escapeText(_ text: String) -> String { MarkupText.escaped(text) }
    }

    private var context: [String: Any] {
        let counts = SiteCounts(runs.map(\.manifest))
        let certificates = CertificateList(runs.map(\.manifest), moment: moment)
        let failures = FailureGroup.all(runs.map(\.manifest))
        let moves = ProviderMove.all(runs.map(\.manifest))
        return [
            "version": version, "policy": ContentSecurityPolicy.text, "style": ContentSecurityPolicy.style,
            "script": ContentSecurityPolicy.script, "generated": Timestamp.forPeople(moment),
            "title": title(counts.all), "verdict": counts.all.failed == 0 ? "good" : "bad",
            "mark": counts.all.failed == 0 ? "✓" : "✗", "verdictText": Self.verdict(counts.all),
            "cards": Self.cards(counts.all, certificates), "sites": counts.context(certificates),
            "hasFailures": !failures.isEmpty, "failures": failures.enumerated().map { $1.context(isOpen: $0 < 3) },
            "hasCertificates": !certificates.all.isEmpty,
            "timeline": ExpiryTimeline(certificates).svg, "timelineCaption": ExpiryTimeline.caption(certificates),
            "soonest": certificates.all.prefix(10).map { $0.context(moment: certificates.moment) },
            "moves": moves.map { $0.context(of: moves.reduce(0) { $0 + $1.count }) },
            "rows": ItemRows(sites: counts.names, moment: certificates.moment).rows(runs.map(\.manifest)),
            "runs": runs.map(Self.context),
        ]
    }

    private func title(_ counts: Manifest.Counts) -> String {
        let last = runs.map(\.manifest.run.end).max() ?? moment
        let what = runs.count == 1 ? "Run" : "\(runs.count) runs"
        return "\(what) of \(Timestamp.forPeople(last))"
    }

    private static func verdict(_ counts: Manifest.Counts) -> String {
        let done = "\(grouped(counts.converted)) converted, \(grouped(counts.unchanged)) unchanged"
        if counts.failed == 0 { return "All \(grouped(counts.total)) done: \(done)" }
        return "\(grouped(counts.failed)) of \(grouped(counts.total)) failed; \(done)"
    }

    private static func cards(_ counts: Manifest.Counts, _ certificates: CertificateList) -> [[String: String]] {
        var cards = [
            ["name": "Items", "value": grouped(counts.total), "kind": ""],
            ["name": "Converted", "value": grouped(counts.converted), "kind": counts.converted > 0 ? "good" : ""],
            ["name": "Unchanged", "value": grouped(counts.unchanged), "kind": ""],
            ["name": "Failed", "value": grouped(counts.failed), "kind": counts.failed > 0 ? "bad" : ""],
        ]
        if let first = certificates.all.first {
            let (expired, soon) = (certificates.count(.expired), certificates.count(.soon))
            cards.append([
                "name": "Certificates", "value": grouped(certificates.all.count),
                "detail": "\(grouped(expired)) expired, \(grouped(soon)) within \(Urgency.soonDays) days",
                "kind": expired > 0 ? "bad" : soon > 0 ? "warn" : "",
            ])
            let next = certificates.all.first { $0.urgency != .expired } ?? first
            cards.append([
                "name": "Next to expire", "value": next.date, "detail": next.name,
                "kind": "when" + (next.urgency == .later ? "" : " warn"),
            ])
        }
        return cards
    }

    private static func context(_ run: Run) -> [String: Any] {
        let manifest = run.manifest
        let seconds = Timestamp.seconds(manifest.run.end).flatMap { end in
            Timestamp.seconds(manifest.run.start).map { end - $0 }
        }
        return [
            "id": manifest.run.id, "path": run.path, "start": Timestamp.forPeople(manifest.run.start),
            "end": Timestamp.forPeople(manifest.run.end), "duration": duration(seconds ?? 0),
            "tool": "\(manifest.tool.name) \(manifest.tool.version)",
            "providers": manifest.providers.map { "\($0.name) (\($0.library))" }.joined(separator: ", "),
            "configuration": manifest.run.configurationDigest, "notes": manifest.notes ?? [],
        ]
    }

    private static func duration(_ seconds: Double) -> String {
        guard seconds >= 60 else { return "\((max(0, seconds) * 10).rounded() / 10) s" }
        let whole = Int(min(seconds, 1e9))
        return whole < 3_600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}

/// A number with commas between its thousands.
func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    let text = digits.indices.reduce(into: "") { text, index in
        if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
        text.append(digits[index])
    }
    return number < 0 ? "-" + text : text
}
