import ArgumentParser
import Pipeline
import Providers
import Reissue

/// One run with everything around it: providers, progress, results, exit code.
struct Conversion {
    var configuration: PipelineConfiguration
    var resume: ResumeOptions
    var json: Bool
    var signing: SigningOptions

    static let tool = Manifest.Tool(name: "recapi", version: recapiVersion)

    func run() throws {
        if resume.dryRun { return try forecast() }
        var configuration = configuration
        configuration.otherPasswordVariables = signing.variables
        let providers = try Installed.providers(for: configuration)
        let signer = try signing.manifestSigner(providers, withholding: configuration.passwordVariables)
        let cancellation = Cancellation()
        let signals = StopSignals(cancelling: cancellation)
        defer { signals.stop() }
        let progress = ProgressLine(noun: configuration.noun)
        let table = ItemTable(noun: configuration.noun)
        let result: RunResult
        do {
            result = try PipelineRun.run(
                configuration: configuration, providers: providers, tool: Self.tool, options: resume.runOptions,
                cancellation: cancellation
            ) {
                table.add($0)
                progress?.show($0)
            }
        } catch let error as PipelineError where error.code == .interrupted {
            Terminal.error(error)
            throw signals.exitCode
        }
        progress?.clear()
        for note in result.notes { Terminal.message("recapi: note: \(note.printable)") }
        if json {
            try JSONOutput.print(result.summary)
        } else {
            Terminal.result(table.text(result.summary))
        }
        Terminal.message("manifest: \(result.manifest)")
        try signer?.sign(result.manifest)
        switch result.verdict {
        case .allDone: break
        case .someFailed: throw ExitStatus.someFailed
        case .nothingDone: throw ExitStatus.nothingDone
        case .verificationMismatch: throw ExitStatus.verificationMismatch
        case .interrupted: throw signals.exitCode
        }
    }

    /// Says what a run would do, and ends as it would, as far as that is known.
    private func forecast() throws {
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
