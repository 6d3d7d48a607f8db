import ArgumentParser
import Logging

/// What is said on standard error while a run goes on.
///
/// Without any of these, people get prose. A log that is asked for takes its place, and nothing is said twice.
struct WatchOptions: ParsableArguments {
    enum Progress: String, ExpressibleByArgument, CaseIterable {
        case auto
        case none
        case bar
        case lines
        case json
    }

    @Option(
        help: ArgumentHelp(
            "bar, lines, json (events, one a line), none, or auto: a bar on a terminal, lines elsewhere.",
            valueName: "way"))
    var progress = Progress.auto

    @Option(help: ArgumentHelp("Seconds between two lines of progress.", valueName: "seconds"))
    var progressInterval = 30.0

    @Option(
        help: ArgumentHelp(
            "Log on standard error instead of prose, from this level on: "
                + "\(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")). (default with --log-format: info)",
            valueName: "level"))
    var logLevel: Logger.Level?

    @Option(
        help: ArgumentHelp(
            "text or json, an object a line. (default with --log-level: text; with --progress json: json)",
            valueName: "format"))
    var logFormat: StandardErrorLog.Format?

    func validate() throws {
        guard progressInterval >= 0.1, progressInterval <= 86_400 else {
            throw ValidationError("--progress-interval takes seconds, from 0.1 to 86400.")
        }
        if progress == .json, logFormat == .text {
            throw ValidationError("--progress json and --log-format text would mix on standard error.")
        }
        if progress == .bar, logFormat == .json {
            throw ValidationError("--progress bar and --log-format json would mix on standard error.")
        }
    }

    /// Starts the log, where one is wanted. To be called once, before anything is said.
    ///
    /// - Parameter run: the run's id, which every record has.
    func begin(run: String) {
        guard logLevel != nil || logFormat != nil || progress == .json else { return }
        let format = logFormat ?? (progress == .json ? .json : .text)
        // Events tell what the run does; a log beside them has what else there is to say.
        let level = logLevel ?? (progress == .json ? .notice : .info)
        LoggingSystem.bootstrap { _ in StandardErrorLog(format, level: level) }
        var log = Logger(label: "recapi")
        log[metadataKey: "run"] = "\(run)"
        Terminal.log = log
    }

    /// Whether events tell of the run, and the log need not.
    var sendsEvents: Bool { progress == .json }

    /// The way that fits where standard error goes.
    func style(on screen: Screen) -> ProgressReporter.Style {
        switch progress {
        case .none: .none
        case .json: .events
        case .lines: .lines
        // A terminal that cannot move its cursor would show one bar after another.
        case .bar: screen.isDumb ? .lines : .bar
        case .auto: screen.movesCursor && logFormat != .json ? .bar : .lines
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension StandardErrorLog.Format: ExpressibleByArgument {}
