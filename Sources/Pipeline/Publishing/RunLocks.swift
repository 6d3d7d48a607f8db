import Glibc

/// Holds what only one run at a time may work on: the output folder, and the manifest by its journal.
final class RunLocks {
    /// Nil where the folder cannot be made: then each file fails with that, and the manifest says so.
    private let folder: FolderLock?
    let journal: Journal

    private init(folder: FolderLock?, journal: Journal) {
        self.folder = folder
        self.journal = journal
    }

    /// Gives both back, and leaves no journal that says nothing.
    func release() {
        if journal.isEmpty { journal.remove() }
    }

    /// - Returns: also whether another run had to be waited for.
    /// - Throws: ``PipelineError`` `outputBusy` where the wait was not long enough, `interrupted`, `writeFailed`.
    static func take(
        _ run: PreparedRun, _ options: RunOptions, _ cancellation: Cancellation
    ) throws(PipelineError) -> (locks: RunLocks, hadToWait: Bool) {
        let manifest = run.manifestPath
        let end = ContinuousClock.now + options.patience
        var hadToWait = false
        while true {
            do {
                let folder = try lock(run.configuration.output.directory, isShared: run.shardFiles != nil)
                do { try Folders.make(manifest.folder) } catch { throw PipelineError(writing: manifest, error) }
                return (RunLocks(folder: folder, journal: try Journal(run.journalPath, run.digester)), hadToWait)
            } catch {
                let error = error as? PipelineError ?? PipelineError(writing: manifest, error)
                guard error.code == .outputBusy, ContinuousClock.now < end else { throw error }
                if !hadToWait { options.whenWaiting?(error) }
                hadToWait = true
            }
            if cancellation.isCancelled { throw PipelineError(.interrupted, "stopped while another run went on") }
            // The system has no lock with a time limit.
            usleep(50_000)
        }
    }

    private static func lock(_ folder: FilePath, isShared: Bool) throws(PipelineError) -> FolderLock? {
        do {
            try Folders.make(folder)
            return try FolderLock(folder, isShared: isShared)
        } catch let error as PipelineError {
            throw error
        } catch {
            return nil
        }
    }
}
