/// What the runs before this one have left to go by.
struct EarlierRuns {
    let records: Records
    /// What counts of the journal of a run that did not come to its end; nil where there was none.
    let interrupted: JournalReading?
    /// What the user should know.
    let notes: [String]

    /// - Parameters:
    ///   - journal: nil where there is none.
    ///   - whenGone: called with each item of the last manifest whose source is not there any more.
    /// - Throws: ``PipelineError`` `readFailed`; what the providers throw.
    init(
        _ plan: OutputPlan, journal: SharedFile?, manifest path: FilePath, _ digester: Digester,
        whenGone: (ItemText) -> Void = { _ in }
    ) throws {
        var notes: [String] = []
        var finder = SourceFinder(plan)
        var found: [FoundItem] = []
        var manifest: LastManifest?
        do {
            manifest = try LastManifest(path, digester) { item, place in
                guard let status = item.string("status").flatMap(Manifest.Status.init) else { return }
                if let index = finder.index(of: item) {
                    found.append(FoundItem(index: index, place: place, status: status))
                } else {
                    whenGone(item)
                }
            }
        } catch let error as PipelineError where error.code == .manifestInvalid {
            notes.append("\(error.reason): nothing was taken from it, and every output was looked at anew")
            found = []
        }

        var reading: JournalReading?
        if let journal {
            finder = SourceFinder(plan)
            let whole = try JournalReading(journal.file, digester) { finder.index(of: $0) }
            // A run that died between its manifest and the end of its journal has come to its end.
            let isDone = whole.runs.last.map { $0.id == manifest?.head.run.id } ?? true
            if !isDone { reading = whole }
            if let line = whole.brokenLine, !isDone || whole.runs.isEmpty {
                notes.append(
                    "the journal of a run that was interrupted does not hold together from line \(line) on: what follows was not "
                        + "believed, and looked at anew")
            }
        }
        records = Records(
            count: plan.count, journal: (reading?.items ?? [], journal), manifest: (found, manifest?.file))
        interrupted = reading
        self.notes = notes
    }
}
