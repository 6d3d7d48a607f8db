import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

/// One run with everything around it: providers, progress, results, signature, reports, exit code.
struct Conversion {
    var resume: ResumeOptions
    var json: Bool
    var signing: SigningOptions
    var reports: ReportOptions
    var watching: WatchOptions

    static let tool = Manifest.Tool(name: "recapi", version: recapiVersion)

    /// - Parameter configuration: gives what is to be done, once everything is ready to say why that fails.
    func run(_ configuration: () throws -> PipelineConfiguration) throws {
        if resume.dryRun { return try forecast(try configuration()) }
        let identifier = randomIdentifier()
        watching.begin(run: identifier)
        let cancellation = Cancellation()
        let signals = StopSignals(cancelling: cancellation)
        defer { signals.stop() }
        var circumstances = ReportOptions.Circumstances()
        let result: RunResult
        do {
            try reports.check()
            var configuration = try configuration()
            configuration.otherPasswordVariables = signing.variables
            circumstances.manifest = FilePath.workingFolder().appending(configuration.manifestPath)
            result = try run(configuration, identifier, cancellation, signals)
        } catch let error as any CodedError {
            reports.write(error, circumstances)
            guard (error as? PipelineError)?.code == .interrupted else { throw error }
            Terminal.error(error)
            throw signals.exitCode
        }
        let areWritten = reports.write(result, circumstances)
        guard result.verdict == .allDone else { throw exitCode(of: result, signals) }
        guard areWritten else { throw ExitStatus.outputFailed }
    }

    private func run(
        _ configuration: PipelineConfiguration, _ identifier: String, _ cancellation: Cancellation,
        _ signals: StopSignals
    ) throws -> RunResult {
        let providers = try Installed.providers(for: configuration)
        let signer = try signing.manifestSigner(providers, withholding: configuration.passwordVariables)
        let progress = ProgressReporter(
            watching.style(on: .current), noun: configuration.noun, run: identifier,
            interval: watching.progressInterval)
        let table = ItemTable(noun: configuration.noun)
        let isLogged = Terminal.log != nil && !watching.sendsEvents
        let result: RunResult
        do {
            defer { progress.stopped() }
            result = try PipelineRun.run(
                configuration: configuration, providers: providers, tool: Self.tool, options: resume.runOptions,
                identifier: identifier, cancellation: cancellation,
                started: {
                    if isLogged { RunLog.started(total: $0) }
                    progress.started(total: $0)
                },
                progress: {
                    table.add($0)
                    if isLogged { RunLog.recorded($0.item) }
                    progress.recorded($0)
                })
        }
        try tell(result, table, progress, exitCode(of: result, signals))
        try signer?.sign(result.manifest)
        return result
    }

    private func tell(_ result: RunResult, _ table: ItemTable, _ progress: ProgressReporter, _ exitCode: ExitCode)
        throws
    {
        for note in result.notes { Terminal.note(note.printable) }
        if json {
            try JSONOutput.print(result.summary)
        } else {
            Terminal.result(table.text(result.summary))
        }
        if watching.sendsEvents {
            progress.finished(result, exitCode: exitCode.rawValue)
        } else if Terminal.log == nil {
            Terminal.message("manifest: \(result.manifest)")
        } else {
            RunLog.finished(result, exitCode: exitCode.rawValue)
        }
    }

    /// An interrupted run ends as a shell shows the signal that stopped it.
    private func exitCode(of result: RunResult, _ signals: StopSignals) -> ExitCode {
        result.verdict == .interrupted ? signals.exitCode : result.verdict.exitCode
    }

    /// Says what a run would do, and ends as it would, as far as that is known.
    private func forecast(_ configuration: PipelineConfiguration) throws {
        try PipelineStatus.checkForOtherRun(configuration)
        let status = try PipelineStatus(
            configuration: configuration, providers: try Installed.providers(for: configuration), tool: Self.tool,
            redo: resume.redo)
        try StatusReport(status: status, noun: configuration.noun, action: "would convert").print(asJSON: json)
        var failures = 0
        status.forEachItem { if $0.problem != nil { failures += 1 } }
        if failures > 0 { throw failures == status.total ? ExitStatus.nothingDone : ExitStatus.someFailed }
    }
}

extension PipelineConfiguration {
    /// What its items are for people.
    var noun: String { namesTokens ? "item" : "file" }
}
