import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

/// One run with everything around it: providers, progress, results, reports, exit code.
struct Conversion {
    var json: Bool
    var reports: ReportOptions
    var watching: WatchOptions

    /// - Parameter configuration: gives what is to be done, once everything is ready to say why that fails.
    func run(_ configuration: () throws -> PipelineConfiguration) throws {
        let identifier = randomIdentifier()
        watching.begin(run: identifier)
        var circumstances = ReportOptions.Circumstances()
        let result: RunResult
        do {
            try reports.check()
            let configuration = try configuration()
            circumstances.manifest = FilePath.workingFolder().appending(configuration.manifestPath)
            result = try run(configuration, identifier)
        } catch let error as any CodedError {
            reports.write(error, circumstances)
            throw error
        }
        let areWritten = reports.write(result, circumstances)
        guard result.verdict == .allDone else { throw result.verdict.exitCode }
        guard areWritten else { throw ExitStatus.outputFailed }
    }

    private func run(_ configuration: PipelineConfiguration, _ identifier: String) throws -> RunResult {
        let providers = try Installed.providers(for: configuration)
        let cancellation = Cancellation()
        let signals = StopSignals(cancelling: cancellation)
        defer { signals.stop() }
        let noun = configuration.namesTokens ? "item" : "file"
        let progress = ProgressReporter(
            watching.style(on: .current), noun: noun, run: identifier, interval: watching.progressInterval)
        let table = ItemTable(noun: noun)
        let result: RunResult
        do {
            defer { progress.stopped() }
            result = try PipelineRun.run(
                configuration: configuration, providers: providers,
                tool: .init(name: "recapi", version: recapiVersion), identifier: identifier, cancellation: cancellation,
                started: {
                    if !watching.sendsEvents { RunLog.started(total: $0) }
                    progress.started(total: $0)
                },
                progress: {
                    table.add($0.item)
                    if !watching.sendsEvents { RunLog.recorded($0.item) }
                    progress.recorded($0)
                })
        }
        try tell(result, table, progress)
        return result
    }

    private func tell(_ result: RunResult, _ table: ItemTable, _ progress: ProgressReporter) throws {
        for note in result.notes { Terminal.note(note.printable) }
        if json {
            try JSONOutput.print(result.summary)
        } else {
            Terminal.result(table.text(result.summary))
        }
        let exitCode = result.verdict.exitCode.rawValue
        if watching.sendsEvents {
            progress.finished(result, exitCode: exitCode)
        } else if Terminal.log == nil {
            Terminal.message("manifest: \(result.manifest)")
        } else {
            RunLog.finished(result, exitCode: exitCode)
        }
    }
}
