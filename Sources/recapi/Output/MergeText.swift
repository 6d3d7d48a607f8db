import Pipeline

/// What a merge found, for people.
enum MergeText {
    /// How many sources are named of each kind; JSON and the manifest have all.
    private static let limit = 20

    static func text(_ report: ManifestMerge.Report) -> String {
        var lines = named(report.missing, "missing") + named(report.contradictory, "contradictory")
        if !report.missingShards.isEmpty {
            lines.append("run again: " + report.missingShards.map { "--shard \($0)" }.joined(separator: ", "))
        }
        let summary = report.summary
        lines.append(
            "\(summary.total) inputs in \(report.merged) manifest\(report.merged == 1 ? "" : "s"): \(summary.converted) converted, "
                + "\(summary.unchanged) unchanged, \(summary.failed) failed, of those \(report.missing.count) missing and "
                + "\(report.contradictory.count) contradictory; \(report.doubled) doubled, \(report.gone) gone")
        return lines.joined(separator: "\n")
    }

    private static func named(_ findings: [ManifestMerge.Finding], _ kind: String) -> [String] {
        let lines = findings.prefix(limit).map { "\(kind): \($0.site.printable)  \($0.source.printable)" }
        return findings.count > limit ? lines + ["\(kind): \(findings.count - limit) more"] : lines
    }
}
