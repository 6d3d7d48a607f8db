import Logging
import Pipeline
import Reissue

/// What a log says of a run: the items by level, so that a quiet log has only what needs somebody.
enum RunLog {
    static func started(total: Int) {
        Terminal.log?.info("the run begins", metadata: ["total": .stringConvertible(total)])
    }

    /// Called on the run's recording queue.
    static func recorded(_ progress: RunProgress) {
        // Asked for its item only where that will be told.
        guard let log = Terminal.log, progress.status == .failed || log.logLevel <= .debug else { return }
        let item = progress.item
        var metadata: Logger.Metadata = ["site": "\(item.site)", "source": "\(item.source)"]
        guard let error = item.error else {
            metadata["thumbprint"] = item.identities.first.map { "\($0.thumbprint)" }
            metadata["milliseconds"] = .stringConvertible(item.durationMilliseconds)
            log.debug("\(item.status.rawValue)", metadata: metadata)
            return
        }
        metadata["code"] = "\(error.code)"
        metadata["hint"] = error.hint.map { "\($0)" }
        let isMismatch = error.code == ReissueError.Code.verificationMismatch.rawValue
        log.log(level: isMismatch ? .critical : .error, "\(error.message)", metadata: metadata)
    }

    static func finished(_ result: RunResult, exitCode: Int32) {
        let summary = result.summary
        Terminal.log?.info(
            "the run ends",
            metadata: [
                "total": .stringConvertible(summary.total), "converted": .stringConvertible(summary.converted),
                "unchanged": .stringConvertible(summary.unchanged), "failed": .stringConvertible(summary.failed),
                "manifest": "\(result.manifest)", "exitCode": .stringConvertible(exitCode),
            ])
    }
}

enum Metadata {
    static func of(_ progress: ProgressSnapshot) -> Logger.Metadata {
        [
            "done": .stringConvertible(progress.done), "failed": .stringConvertible(progress.failed),
            "total": .stringConvertible(progress.total),
        ]
    }
}
