import Dispatch
import Pipeline
import Synchronization

/// One line that shows how far a run is; on terminals only.
final class ProgressLine: Sendable {
    /// When the line was last written, in nanoseconds. The mutex owns it.
    private let lastShown = Mutex<UInt64>(0)

    private let noun: String

    /// Nil where nobody would see the line.
    init?(noun: String) {
        guard Terminal.showsProgress else { return nil }
        self.noun = noun
    }

    /// At most ten times a second, and for the last item.
    func show(_ progress: RunProgress) {
        let now = DispatchTime.now().uptimeNanoseconds
        let isDue = lastShown.withLock { last in
            guard progress.done == progress.total || now - last > 100_000_000 else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let failed = progress.failed == 0 ? "" : ", \(progress.failed) failed"
        Terminal.progress("\(progress.done) of \(progress.total) \(noun)s\(failed)")
    }

    func clear() {
        Terminal.progress("")
    }
}
