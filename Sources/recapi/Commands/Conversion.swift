import ArgumentParser
import Glibc
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
    var retrying: RetryOptions?

    static let tool = Manifest.Tool(name: "recapi", version: recapiVersion)

    /// A run that was kept from coming to a manifest, with an exit code that its error alone does not tell.
    private struct Stopped: Error {
        var error: any CodedError
        var exitCode: ExitCode
    }

    /// - Parameter configuration: gives what is to be done, once everything is ready to say why that fails.
    func run(_ configuration: () throws -> PipelineConfiguration) throws {
        let options = resume.runOptions
        watching.begin(run: options.identifier)
        // A reader who goes away takes neither the run with him nor what is written after it.
        signal(SIGPIPE, SIG_IGN)
        if resume.dryRun { return try forecast(configuration()) }
        var circumstances = ReportOptions.Circumstances()
        let ending: ManifestEnding
        let progress: ProgressReporter
        do {
            try reports.check()
            let configuration = try configuration()
            circumstances.manifest = FilePath.workingFolder().appending(configuration.manifestPath)
            (ending, progress) = try run(configuration, options)
        } catch let stopped as Stopped {
            Terminal.error(stopped.error)
            reports.write(stopped.error, exitCode: stopped.exitCode.rawValue, circumstances)
            throw stopped.exitCode
        } catch let error as any CodedError {
            reports.write(error, exitCode: ExitStatus.code(for: error).rawValue, circumstances)
            throw error
        }
        for note in ending.result.notes { Terminal.note(note.printable) }
        let exitCode = ending.finish(reports, circumstances)
        tell(ending.result, exitCode.rawValue, progress)
        guard exitCode == .success else { throw exitCode }
    }

    private func tell(_ result: RunResult, _ exitCode: Int32, _ progress: ProgressReporter) {
        if watching.sendsEvents {
            progress.finished(result, exitCode: exitCode)
        } else if Terminal.log == nil {
            Terminal.message("manifest: \(result.manifest)")
        } else {
            RunLog.finished(result, exitCode: exitCode)
        }
    }

    private func run(_ configuration: PipelineConfiguration, _ options: RunOptions) throws -> (
        ManifestEnding, ProgressReporter
    ) {
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
            throw Stopped(error: error, exitCode: tryAgain(configuration) ?? signals.exitCode)
        } catch let error as any CodedError where configuration.shard != nil && PassingFailure.contains(error) {
            throw Stopped(error: error, exitCode: tryAgain(configuration) ?? ExitStatus.nothingDone)
        }
        var exitCode = result.verdict.exitCode(interruption: signals.exitCode)
        if result.mayBeRetried, result.verdict != .verificationMismatch {
            exitCode = tryAgain(configuration) ?? exitCode
        }
        let text = json ? try JSONOutput.text(result.summary) : table.text(result.summary)
        return (ManifestEnding(result: result, exitCode: exitCode, text: text, signer: signer), progress)
    }

    /// For the engine that started a share; nil where there is none, or it has been told so too often.
    private func tryAgain(_ configuration: PipelineConfiguration) -> ExitCode? {
        guard configuration.shard != nil, let retrying else { return nil }
        guard retrying.mayBeTriedAgain else {
            Terminal.note("the share was started again \(retrying.retries) times or more, and is given up")
            return nil
        }
        return ExitStatus.tryAgain
    }

    /// Says what a run would do, and ends as it would, as far as that is known; but another run may have ended by then.
    private func forecast(_ configuration: PipelineConfiguration) throws {
        try reports.check()
        var configuration = configuration
        configuration.otherPasswordVariables = signing.variables
        let providers = try Installed.providers(for: configuration)
        try signing.check(providers, withholding: configuration.passwordVariables)
        if let other = PipelineStatus.otherRun(configuration) {
            Terminal.note("now, it would have to wait: \(other.reason.printable)")
        }
        let status = try PipelineStatus(
            configuration: configuration, providers: providers, tool: Self.tool, redo: resume.redo)
        try StatusReport(
            status: status, noun: configuration.noun, action: "would convert", whenUnwritable: ExitStatus.outputFailed
        ).print(asJSON: json)
        var failures = 0
        status.forEachItem { if $0.problem != nil { failures += 1 } }
        if failures > 0 { throw failures == status.total ? ExitStatus.nothingDone : ExitStatus.someFailed }
    }
}

extension PipelineConfiguration {
    /// What its items are for people.
    var noun: String { namesTokens ? "item" : "file" }
}
