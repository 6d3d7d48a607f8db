import ArgumentParser
import Pipeline
import Providers
import Reissue

/// One run with everything around it: providers, progress, results, exit code.
struct Conversion {
    var configuration: PipelineConfiguration
    var json: Bool
    var signing: SigningOptions

    func run() throws {
        var configuration = configuration
        configuration.otherPasswordVariables = signing.variables
        let providers = try Installed.providers(for: configuration)
        let signer = try signing.manifestSigner(providers, withholding: configuration.passwordVariables)
        let cancellation = Cancellation()
        let signals = StopSignals(cancelling: cancellation)
        defer { signals.stop() }
        let noun = configuration.namesTokens ? "item" : "file"
        let progress = ProgressLine(noun: noun)
        let table = ItemTable(noun: noun)
        let result = try PipelineRun.run(
            configuration: configuration, providers: providers, tool: .init(name: "recapi", version: recapiVersion),
            cancellation: cancellation
        ) {
            table.add($0.item)
            progress?.show($0)
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
        case .interrupted: throw ExitStatus.interrupted
        }
    }
}
