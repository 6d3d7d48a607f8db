import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

/// One run with everything around it: providers, progress, results, reports, exit code.
struct Conversion {
    var resume: ResumeOptions
    var json: Bool
    var signing: SigningOptions
    var reports: ReportOptions
    var watching: WatchOptions
    /// Nil for commands that take no shares.
    var sharding: ShardOptions?

    static let tool = Manifest.Tool(name: "recapi", version: recapiVersion)

    /// A run that came to a manifest.
    private struct Ending {
        var result: RunResult
        var exitCode: ExitCode
        var signer: ManifestSigner?
    }

    /// - Parameter configuration: gives what is to be done, once everything is ready to say why that fails.
    func run(_ configuration: () throws -> PipelineConfiguration) throws {
        let options = resume.runOptions
        watching.begin(run: options.identifier)
        if resume.dryRun { return try forecast(configuration()) }
        var circumstances = ReportOptions.Circumstances()
        let ending: Ending
        do {
            try reports.check()
            let configuration = try configuration()
            circumstances.manifest = FilePath.workingFolder().appending(configuration.manifestPath)
            ending = try run(configuration, options)
        } catch let error as any CodedError {
            reports.write(error, circumstances)
            throw error
        }
        let areWritten = reports.write(ending.result, exitCode: ending.exitCode.rawValue, circumstances)
        try ending.signer?.sign(ending.result.manifest)
        guard ending.exitCode == .success else { throw ending.exitCode }
        guard areWritten else { throw ExitStatus.outputFailed }
    }

    private func run(_ configuration: PipelineConfiguration, _ options: RunOptions) throws -> Ending {
        var configuration = configuration
        configuration.otherPasswordVariables = signing.variables
        let providers = try Installed.providers(for: configuration)
        let signer = try signing.manifestSigner(providers, withholding: configuration.passwordVariables)
        let cancellation = Cancellation()
        let signals = StopSignals(cancelling: cancellation)
        defer { signals.stop() }
        let progress = ProgressReporter(
            watching.style(on: .current), noun: configuration.noun, run: options.identifier,
            interval: watching.progressInterval)
        let table = ItemTable(noun: configuration.noun)
        var options = options
        options.whenStarting = {
            if !watching.sendsEvents { RunLog.started(total: $0) }
            progress.started(total: $0)
        }
        let result: RunResult
        do {
            defer { progress.stopped() }
            result = try PipelineRun.run(
                configuration: configuration, providers: providers, tool: Self.tool, options: options,
                cancellation: cancellation
            ) {
                table.add($0)
                if !watching.sendsEvents { RunLog.recorded($0) }
                progress.recorded($0)
            }
        } catch let error as PipelineError where error.code == .interrupted {
            Terminal.error(error)
            throw tryAgain(configuration) ?? signals.exitCode
        } catch let error as any CodedError where configuration.shard != nil && PassingFailure.contains(error) {
            Terminal.error(error)
            throw tryAgain(configuration) ?? ExitStatus.nothingDone
        }
        var exitCode = result.verdict.exitCode(interruption: signals.exitCode)
        if result.mayBeRetried, result.verdict != .verificationMismatch {
            exitCode = tryAgain(configuration) ?? exitCode
        }
        try tell(result, exitCode.rawValue, table, progress)
        return Ending(result: result, exitCode: exitCode, signer: signer)
    }

    /// For the engine that started a share; nil where there is none, or it has been told so too often.
    private func tryAgain(_ configuration: PipelineConfiguration) -> ExitCode? {
        guard configuration.shard != nil, let sharding else { return nil }
        guard sharding.mayBeTriedAgain else {
            Terminal.note("the share was started again \(sharding.retries) times or more, and is given up")
            return nil
        }
        return ExitStatus.tryAgain
    }

    private func tell(
        _ result: RunResult, _ exitCode: Int32, _ table: ItemTable, _ progress: ProgressReporter
    ) throws {
        for note in result.notes { Terminal.note(note.printable) }
        if json {
            try JSONOutput.print(result.summary)
        } else {
            Terminal.result(table.text(result.summary))
        }
        if watching.sendsEvents {
            progress.finished(result, exitCode: exitCode)
        } else if Terminal.log == nil {
            Terminal.message("manifest: \(result.manifest)")
        } else {
            RunLog.finished(result, exitCode: exitCode)
        }
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
