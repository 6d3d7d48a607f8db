import Pipeline
import Reissue

/// What monitoring wants to know of the last run, for the textfile collector of Prometheus' node exporter.
///
/// Every sample has the manifest's path as a label: the collector refuses samples that two of its files share, and no two
/// pipelines share a manifest.
public struct RunMetrics: Sendable {
    /// The manifest's absolute path.
    public var manifestPath: String
    public var version: String
    /// ISO 8601, UTC.
    public var start: String
    public var end: String
    public var exitCode: Int32
    /// Nil where the run came to none.
    public var manifest: Manifest?

    public init(
        manifestPath: String, version: String, start: String, end: String, exitCode: Int32, manifest: Manifest?
    ) {
        self.manifestPath = manifestPath
        self.version = version
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.manifest = manifest
    }

    /// - Parameter earlier: the metrics file of the run before, which knows of the last success where this run has none.
    public func text(earlier: [UInt8]?) -> String {
        let end = Timestamp.seconds(end) ?? 0
        let duration = max(0, end - (Timestamp.seconds(start) ?? end))
        var text = ExpositionText(commonLabels: [("manifest", manifestPath)])
        text.gauge(
            "recapi_build_info", "The version of recapi that ran last; always 1.", [([("version", version)], 1)])
        let earlierSuccess = earlier.flatMap { text.earlierValue(Self.lastSuccess, in: $0) }
        text.gauge("recapi_last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", [([], end)])
        text.gauge(
            Self.lastSuccess, "When a run last ended with every item done, in seconds since 1970; 0 for never.",
            [([], exitCode == 0 ? end : earlierSuccess ?? 0)])
        text.gauge("recapi_last_run_duration_seconds", "How long the last run took.", [([], duration)])
        text.gauge(
            "recapi_last_run_exit_code", "The exit code of the last run; 0 for all done.", [([], Double(exitCode))])
        if let manifest { add(manifest, to: &text) }
        return text.text
    }

    static let lastSuccess = "recapi_last_success_timestamp_seconds"

    private func add(_ manifest: Manifest, to text: inout ExpositionText) {
        let sites = manifest.summary.bySite.sorted { $0.key < $1.key }
        text.gauge(
            "recapi_items", "Items of the last run, by site and result.",
            sites.flatMap { site, counts in
                [("converted", counts.converted), ("unchanged", counts.unchanged), ("failed", counts.failed)].map {
                    ([("site", site), ("result", $0.0)], Double($0.1))
                }
            })
        text.gauge(
            "recapi_sources_gone", "Recorded sources that are not there any more while their outputs are, by site.",
            gone(manifest).map { ([("site", $0.key)], Double($0.value)) })
        text.gauge(
            "recapi_failures", "Items of the last run that failed, by site and code.",
            failures(manifest).map { ([("site", $0.site), ("code", $0.code)], Double($0.count)) })
        let mismatches = manifest.items.count { $0.error?.code == ReissueError.Code.verificationMismatch.rawValue }
        text.gauge(
            "recapi_verification_mismatches",
            "Outputs of the last run that were not what went in, as the verifier saw it; they were not published.",
            [([], Double(mismatches))])
        text.gauge(
            "recapi_soonest_expiry_timestamp_seconds",
            "When the first certificate of the last run expires, by site, in seconds since 1970.",
            soonestExpiries(manifest).map { ([("site", $0.site)], $0.seconds) })
    }

    /// Also of sites that miss none, so that an alert finds a series.
    private func gone(_ manifest: Manifest) -> [(key: String, value: Int)] {
        var counts = manifest.summary.bySite.mapValues { _ in 0 }
        for item in manifest.itemsGone ?? [] { counts[item.site, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }
    }

    private func failures(_ manifest: Manifest) -> [(site: String, code: String, count: Int)] {
        var counts: [[String]: Int] = [:]
        for item in manifest.items {
            if let error = item.error { counts[[item.site, error.code], default: 0] += 1 }
        }
        return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key[0], $0.key[1], $0.value) }
    }

    private func soonestExpiries(_ manifest: Manifest) -> [(site: String, seconds: Double)] {
        var soonest: [String: Double] = [:]
        for item in manifest.items {
            for seconds in item.identities.lazy.compactMap({ Timestamp.seconds($0.notAfter) }) {
                soonest[item.site] = min(seconds, soonest[item.site] ?? seconds)
            }
        }
        return soonest.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
