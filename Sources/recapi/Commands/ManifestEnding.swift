import ArgumentParser
import Pipeline

/// What a command does once it has written a manifest: its results, the signature, the reports.
struct ManifestEnding {
    var result: RunResult
    /// What the process ends with where all of this succeeds.
    var exitCode: ExitCode
    /// What goes to standard output.
    var text: String
    var signer: ManifestSigner?

    /// Does all of it, each part whatever becomes of the others; the metrics come last, and know the exit code.
    ///
    /// - Returns: what the process ends with.
    func finish(_ reports: ReportOptions, _ circumstances: ReportOptions.Circumstances) -> ExitCode {
        var succeeds = Terminal.delivers(text)
        if let signer { succeeds = signer.signs(result.manifest) && succeeds }
        if reports.isWanted {
            let manifest = reports.read(result.manifest)
            succeeds = manifest.map { reports.writeForPeople($0, at: result.manifest) } == true && succeeds
            let soFar = exitCode(where: succeeds)
            succeeds = reports.writeMetrics(manifest, exitCode: soFar.rawValue, circumstances) && succeeds
        }
        return exitCode(where: succeeds)
    }

    private func exitCode(where succeeds: Bool) -> ExitCode {
        exitCode == .success && !succeeds ? ExitStatus.outputFailed : exitCode
    }
}
