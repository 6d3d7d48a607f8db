import Glibc

/// The files that have records of runs before this one.
struct EarlierFiles {
    /// A journal that another run has left, or still writes.
    struct OtherJournal {
        let path: FilePath
        let file: SharedFile
        /// Whether nobody holds it any more: its run ended before its time.
        let isDead: Bool
    }

    /// The own one, which a run that had the same manifest may have left; nil where there is none.
    let journal: SharedFile?
    let journalPath: FilePath
    /// Where the run's manifest goes, which its records are for.
    let manifest: FilePath
    /// Those that count; of several that ended at the same time the last one most.
    let manifests: [FilePath]
    let others: [OtherJournal]
    /// Whether they are of a share, which knows nothing of the others' sources.
    let isOfShare: Bool

    /// Whether a run ended before its time, in whatever way it said so.
    var hasDead: Bool { others.contains(where: \.isDead) }

    /// Removes the journals whose records are in this run's manifest. Should one be a live run's after all, where the file
    /// system has no locks, then that goes on with what it has open.
    func removeDead() {
        for journal in others where journal.isDead { _ = journal.path.withCString { unlink($0) } }
    }
}

extension PreparedRun {
    /// - Parameter journal: the run's own.
    func earlierFiles(journal: SharedFile?) -> EarlierFiles {
        guard let shardFiles else {
            return EarlierFiles(
                journal: journal, journalPath: journalPath, manifest: manifestPath, manifests: [manifestPath],
                others: [], isOfShare: false)
        }
        let (manifests, journals) = shardFiles.others(than: manifestPath)
        let others = journals.compactMap { path -> EarlierFiles.OtherJournal? in
            guard let file = Journal.existing(path), let status = FileStatus(file.file), status.kind == .file,
                // A journal that its run has just made, and does not hold yet, must not be taken from it. One that has been empty
                // for long is that of a run that was killed right then.
                status.byteCount > 0 || Leftovers.isOlderThanAnyRunKeepsIt(file.file)
            else { return nil }
            return .init(path: path, file: file, isDead: file.file.lock())
        }
        return EarlierFiles(
            journal: journal, journalPath: journalPath, manifest: manifestPath,
            manifests: manifests + [configuration.manifestPath], others: others, isOfShare: true)
    }
}
