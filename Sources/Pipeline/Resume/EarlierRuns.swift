/// What the runs before this one have left to go by.
struct EarlierRuns {
    let records: Records
    /// What counts of the journal of a run that did not come to its end; nil where there was none.
    private(set) var interrupted: JournalReading?
    /// The records of sources that are not there any more; of a share none.
    private(set) var gone = GoneItems()
    /// Whether a run that was to do everything anew did not come to its end.
    private(set) var isForced = false
    /// What the user should know.
    private(set) var notes: [String] = []
    /// Why nobody can say what failed the last time; nil where that is known.
    let unknownFailures: PipelineError?

    /// - Throws: ``PipelineError`` `readFailed`; what the providers throw.
    init(_ plan: OutputPlan, _ files: EarlierFiles, _ digester: Digester) throws {
        var parts: [Records.Part] = []
        var ends: [String] = []
        var runs: Set<String> = []
        var disbelief: PipelineError?
        for path in files.manifests {
            var finder = SourceFinder(plan)
            var found: [FoundItem] = []
            var lost: [GoneItems.Found] = []
            do {
                let manifest = try LastManifest(path, digester) { item, place, _ in
                    guard let status = item.string("status").flatMap(Manifest.Status.init) else { return }
                    if let index = finder.index(of: item) {
                        found.append(FoundItem(index: index, place: place, status: status))
                    } else {
                        lost.append(.init(item, place))
                    }
                }
                guard let manifest else { continue }
                runs.insert(manifest.head.run.id)
                ends.append(manifest.head.run.end)
                parts.append(.init(items: found, file: manifest.file, folder: path.folder, kind: .manifest))
                if !files.isOfShare { gone.add(lost, in: manifest.file, folder: path.folder) }
            } catch let error as PipelineError where error.code == .manifestInvalid {
                notes.append("\(error.reason): nothing was taken from it, and every output was looked at anew")
                if path == files.manifest { disbelief = error }
            }
        }
        // Who was last knows what is there: a run over all inputs after those over shares, or the other way round.
        parts = parts.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }.map { parts[$0] }

        for other in files.others {
            let whole = try Self.read(other.file, at: other.path, plan, digester)
            let isPending = other.isDead && whole.runs.last.map { runs.contains($0.id) } == false
            let older = isPending ? whole.countBeforeForce : nil
            let part = Records.Part(
                items: whole.items, file: other.file, folder: files.manifest.folder,
                kind: other.isDead ? .takenUp : .manifest)
            parts += part.split(at: older)
            isForced = isForced || older != nil
        }
        var own: [FoundItem] = []
        if let journal = files.journal {
            let whole = try Self.read(journal, at: files.journalPath, plan, digester)
            // A run that died between its manifest and the end of its journal has come to its end.
            let isDone = whole.runs.last.map { runs.contains($0.id) } ?? true
            if !isDone {
                interrupted = whole
                if !files.isOfShare { gone.add(whole.gone, in: journal, folder: files.manifest.folder) }
                let part = Records.Part(
                    items: whole.items, file: journal, folder: files.manifest.folder, kind: .takenUp)
                var split = part.split(at: whole.countBeforeForce)
                own = split.removeLast().items
                parts += split
                isForced = isForced || !split.isEmpty
            }
            if let line = whole.brokenLine, !isDone || whole.runs.isEmpty {
                notes.append(
                    "the journal of a run that was interrupted does not hold together from line \(line) on: what follows was not "
                        + "believed, and looked at anew")
            }
        }
        if isForced {
            notes.append(
                "a run that was to do everything anew was interrupted: this one went on with it, and kept what it had done"
            )
        }
        let isUnrecorded = parts.isEmpty && interrupted == nil
        let ignorance =
            disbelief?.reason ?? (isUnrecorded ? "there is no record of a run beside \(files.manifest)" : nil)
        unknownFailures = ignorance.map {
            PipelineError(
                .notRecorded, "what failed the last time is not known: \($0)",
                hint: "without --retry-failed, what is right already is left as it is, and the rest is done")
        }
        records = Records(
            count: plan.count, folder: files.manifest.folder, earlier: parts,
            journal: (own, files.journal, interrupted?.countBeforeForce != nil))
    }

    private static func read(
        _ journal: SharedFile, at path: FilePath, _ plan: OutputPlan, _ digester: Digester
    ) throws -> JournalReading {
        var finder = SourceFinder(plan)
        do {
            return try JournalReading(journal.file, digester) { finder.index(of: $0) }
        } catch let error as SystemError {
            throw PipelineError(reading: path, error)
        }
    }
}

extension Records.Part {
    /// Parts of the items before a run began to do everything anew and of those that it made; the part itself where none did.
    fileprivate func split(at count: Int?) -> [Records.Part] {
        guard let count else { return [self] }
        var (older, newer) = (self, self)
        older.items = Array(items.prefix(count))
        newer.items = Array(items.dropFirst(count))
        newer.isMadeAnew = true
        return [older, newer]
    }
}
