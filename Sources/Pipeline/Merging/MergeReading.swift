import Reissue

/// Goes over the sources of a merge, and finds the record of each, or says why there is none.
struct MergeReading {
    private let run: PreparedRun
    private var records: MergedRecords
    private let shardCount: Int?
    /// What the manifest that is replaced has.
    private let earlier: Records
    /// Those of sources that are not there any more, in that manifest and in those that are merged.
    private let gone: GoneItems
    /// The sources that are recorded as done.
    private var done: [Int] = []
    private var survey: Survey?
    private var contradicted: Set<Int> = []
    private(set) var report: ManifestMerge.Report

    init(_ run: PreparedRun, _ records: MergedRecords, shardCount: Int?, notes: [String]) throws {
        self.run = run
        self.records = records
        self.shardCount = shardCount
        let replaced = try EarlierRuns(run.plan, run.earlierFiles(journal: nil), run.digester)
        earlier = replaced.records
        var gone = replaced.gone
        gone.add(records.gone)
        self.gone = gone
        report = ManifestMerge.Report(summary: .init(total: 0, converted: 0, unchanged: 0, failed: 0, bySite: [:]))
        report.merged = records.parts.count
        report.doubled = records.doubledCount
        report.gone = gone.count
        report.notes = run.notes(gone) + notes
        try doubtWhatWasReplaced()
        if self.records.places.contains(where: { $0 == nil }) || !self.records.conflicts.isEmpty {
            survey = try run.survey(replaced, .whatChanged)
        }
    }

    /// The manifest that is replaced may be newer than those that are merged: of a run over all inputs, say.
    private mutating func doubtWhatWasReplaced() throws {
        for (index, place) in records.places.enumerated() {
            guard let place, let known = earlier.known(index), known.status != .failed else { continue }
            let item = try records.item(place, in: run.manifestPath.folder)
            if place.status == .failed || !known.item.saysTheSame(as: item) { records.doubt(index) }
        }
    }

    /// Two runs of one share that replaced the same output, or a source that changed between them, leave records of
    /// different things. The one that says what is there is right; where none does, one of a failure with what is there.
    mutating func settleConflicts() throws {
        for (index, places) in records.conflicts.sorted(by: { $0.key < $1.key }) {
            let source = run.plan.source(at: index)
            let there = try SourceInPlace(source, run)
            let current = try places.map { ($0, try records.item($0, in: run.manifestPath.folder)) }
                .filter { there.isOf($0.1, hasFailed: $0.0.status == .failed) }
            let right = try current.filter { try $0.0.status != .failed && there.hasOutput(of: $0.1) }.map(\.0)
            // Whoever made it knows more of it.
            var best = right.last { $0.status == .converted } ?? right.last
            if best == nil, survey?.finding(index) != .holds { best = current.map(\.0).last { $0.status == .failed } }
            records.settle(index, by: best)
            // Where all are of what the source was before, it has no record.
            guard best == nil, !current.isEmpty, survey?.finding(index) != .holds else { continue }
            contradicted.insert(index)
            report.contradictory.append(finding(source))
        }
    }

    /// Calls `body` with the item of each source, in order, and counts.
    mutating func forEachItem(_ body: ([UInt8]) throws -> Void) throws {
        var counts = Manifest.Counts()
        var bySite: [String: Manifest.Counts] = [:]
        var shares: Set<Int> = []
        for index in records.places.indices {
            let source = run.plan.source(at: index)
            let site = run.plan.site(of: source)
            var status = Manifest.Status.failed
            if let place = records.places[index] {
                let item = try records.item(place, in: run.manifestPath.folder)
                status = place.status
                let failure = status == .failed ? item.errorCode ?? "" : ""
                if failure == ReissueError.Code.verificationMismatch.rawValue { report.hasMismatch = true }
                if PassingFailure.codes.contains(failure), let share = share(of: source) { shares.insert(share) }
                try body(item.bytes)
            } else if let held = try held(index) {
                status = held.status
                report.asBefore += 1
                try body(held.item)
            } else {
                if !contradicted.contains(index) {
                    report.missing.append(finding(source))
                    if let share = share(of: source) { shares.insert(share) }
                }
                try body(substitute(index, source).line())
            }
            if status != .failed { done.append(index) }
            counts.count(status)
            bySite[site, default: .init()].count(status)
        }
        report.summary = .init(
            total: counts.total, converted: counts.converted, unchanged: counts.unchanged, failed: counts.failed,
            bySite: bySite)
        report.missingShards = shares.sorted().map { "\($0)/\(shardCount ?? 0)" }
    }

    /// The records of sources that are not there any more that the manifest keeps; once ``forEachItem(_:)`` has ended.
    mutating func keptOfGone() -> GoneItems {
        let kept = gone.kept(besides: done, of: run.plan)
        report.notes += kept.notes
        return kept
    }

    /// What an earlier merge has of a source, where its source and output are still what they were: a run would have found just
    /// that.
    private func held(_ index: Int) throws -> (item: [UInt8], status: Manifest.Status)? {
        guard let survey, !contradicted.contains(index), survey.finding(index) == .holds else {
            return nil
        }
        let status = earlier.keep(index, isHeld: true)
        return (try earlier.item(index), status)
    }

    /// For a source of which nothing is known for certain. What may be in its output's place stays known, so that a later run
    /// may replace it.
    private func substitute(_ index: Int, _ source: RunSource) -> Manifest.Item {
        let place = finding(source).shard.map { "run share \($0) again" } ?? "run it again"
        let error =
            contradicted.contains(index)
            ? PipelineError(
                .recordsContradictory, "runs made different outputs, and none of them is what is there", hint: place)
            : PipelineError(.notRecorded, "none of the merged manifests has it as it is now", hint: place)
        var item = Manifest.Item(
            site: run.plan.site(of: source), source: source.text, sourceBytes: source.path?.encodedWhenNotUTF8,
            status: .failed, error: Manifest.Failure(error), verifiedBy: [], durationMilliseconds: 0, identities: [])
        let output = earlier.known(index)?.item.outputInPlace(
            manifestFolder: run.manifestPath.folder, run.reader, run.digester)
        if let output { item.setEarlierOutput(output, manifestFolder: run.manifestPath.folder) }
        return item
    }

    private func finding(_ source: RunSource) -> ManifestMerge.Finding {
        ManifestMerge.Finding(
            site: run.plan.site(of: source), source: source.text,
            shard: share(of: source).map { "\($0)/\(shardCount ?? 0)" })
    }

    private func share(of source: RunSource) -> Int? {
        shardCount.flatMap { try? Shard.index(of: run.plan.shardName(of: source), count: $0, run.digester) }
    }
}
