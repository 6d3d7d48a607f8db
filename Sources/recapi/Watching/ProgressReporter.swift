import Dispatch
import Pipeline
import Synchronization

/// Shows a run's progress the way that was asked for.
final class ProgressReporter: Sendable {
    /// A way that fits where standard error goes.
    enum Style: Sendable {
        case none
        case bar
        /// A line of prose, or of the log where there is one.
        case lines
        case events
    }

    private struct State {
        var progress = ProgressSnapshot()
        var rate = ProgressRate()
        /// When the bar was last drawn, in seconds.
        var lastDrawn = 0.0
        var timer: (any DispatchSourceTimer)?
    }

    private let style: Style
    private let noun: String
    private let run: String
    private let interval: Double
    /// Told by the command's thread, the recording queue and the timer's. The mutex owns it.
    private let state = Mutex(State())

    /// - Parameters:
    ///   - noun: what the items are: `file` or `item`.
    ///   - run: the run's id.
    ///   - interval: seconds between lines, or events that tell of no item.
    init(_ style: Style, noun: String, run: String, interval: Double) {
        self.style = style
        self.noun = noun
        self.run = run
        self.interval = interval
    }

    func started(total: Int) {
        let now = Self.now
        state.withLock { state in
            state.progress.total = total
            state.rate.add(0, at: now)
            guard style != .none else { return }
            let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "recapi.progress"))
            let seconds = style == .bar ? 1 : interval
            timer.schedule(deadline: .now() + seconds, repeating: seconds)
            timer.setEventHandler { [weak self] in self?.tick() }
            timer.activate()
            state.timer = timer
        }
        switch style {
        case .bar: draw(now)
        case .events: send(ProgressEvent(.start, run: run, snapshot(now)))
        case .none, .lines: break
        }
    }

    /// Called on the run's recording queue.
    func recorded(_ progress: RunProgress) {
        let now = Self.now
        let isDue = state.withLock { state in
            (state.progress.done, state.progress.failed, state.progress.total) =
                (progress.done, progress.failed, progress.total)
            state.rate.add(progress.done, at: now)
            return progress.done == progress.total || now - state.lastDrawn > 0.1
        }
        switch style {
        case .bar where isDue: draw(now)
        case .events:
            var event = ProgressEvent(.item, run: run, snapshot(now))
            let item = progress.item
            (event.site, event.source, event.status) = (item.site, item.source, item.status)
            if let error = item.error {
                (event.code, event.message, event.hint) = (error.code, error.message, error.hint)
            }
            send(event)
        case .bar, .none, .lines: break
        }
    }

    /// Nothing is shown after this.
    func stopped() {
        state.withLock { state in
            state.timer?.cancel()
            state.timer = nil
        }
        if style == .bar { Terminal.status("") }
    }

    /// - Parameter exitCode: what the process will end with.
    func finished(_ result: RunResult, exitCode: Int32) {
        guard style == .events else { return }
        var event = ProgressEvent(.summary, run: run, snapshot(Self.now))
        (event.total, event.failed) = (result.summary.total, result.summary.failed)
        (event.converted, event.unchanged) = (result.summary.converted, result.summary.unchanged)
        (event.manifest, event.exitCode) = (result.manifest.text, exitCode)
        send(event)
    }

    private func tick() {
        let now = Self.now
        // A tick that was under way when the run stopped shows nothing.
        guard state.withLock({ $0.timer != nil }) else { return }
        switch style {
        case .none: break
        case .bar: draw(now)
        case .lines: line(snapshot(now))
        case .events:
            let progress = snapshot(now)
            var event = ProgressEvent(.progress, run: run, progress)
            (event.rate, event.secondsLeft) = (progress.rate.map(Self.rounded), progress.left.map(Self.rounded))
            send(event)
        }
    }

    private func draw(_ now: Double) {
        state.withLock { $0.lastDrawn = now }
        Terminal.status(ProgressBar(noun: noun, screen: .current).text(snapshot(now)))
    }

    private func line(_ progress: ProgressSnapshot) {
        guard let log = Terminal.log else {
            let pace = [progress.rateText, progress.leftText].compactMap(\.self)
            Terminal.message(([progress.counts(noun: noun)] + pace).joined(separator: ", "))
            return
        }
        var metadata = Metadata.of(progress)
        if let rate = progress.rate { metadata["rate"] = .stringConvertible(Self.rounded(rate)) }
        if let left = progress.left { metadata["secondsLeft"] = .stringConvertible(Self.rounded(left)) }
        log.info("the run goes on", metadata: metadata)
    }

    private func send(_ event: ProgressEvent) {
        Terminal.line(event.text)
    }

    private func snapshot(_ now: Double) -> ProgressSnapshot {
        state.withLock { state in
            var progress = state.progress
            progress.rate = state.rate.perSecond(progress.done, at: now)
            return progress
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
}
