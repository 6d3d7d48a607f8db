import ArgumentParser
import Pipeline
import Providers

/// One run with everything around it: providers, progress, results, exit code.
struct Conversion {
    var configuration: PipelineConfiguration
    var json: Bool

    func run() throws {
        let providers = try Installed.providers()
        let progress = ProgressLine()
        let result = try PipelineRun.run(
            configuration: configuration, providers: providers, tool: .init(name: "recapi", version: recapiVersion),
            progress: progress.map { line in { line.show($0) } })
        progress?.clear()
        for note in result.notes { Terminal.message("recapi: note: \(note)") }
        try print(result)
        Terminal.message("manifest: \(result.manifest)")
        switch result.verdict {
        case .allDone: break
        case .someFailed: throw ExitStatus.someFailed
        case .nothingDone: throw ExitStatus.nothingDone
        case .verificationMismatch: throw ExitStatus.verificationMismatch
        case .interrupted: throw ExitStatus.interrupted
        }
    }

    private func print(_ result: RunResult) throws {
        let manifest = try Manifest.read(from: result.manifest)
        if json {
            try JSONOutput.print(manifest)
        } else {
            Terminal.result(ItemTable.text(manifest, from: result.manifest.folder))
        }
    }
}
