import ArgumentParser
import Pipeline

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Make one manifest of those that runs over shares have left.",
        discussion: """
            Looks for the record of every input of the pipeline, and writes the pipeline's manifest. Where runs made the same \
            output twice, the one that says what is there counts. Exits with 3 where inputs have no record or failed, with 1 where \
            all are so, and with 4 where records contradict each other and none is right. Says which shares to run again.
            """)

    @Argument(
        help: "Manifests, and folders of them. (default: the folder that run --shard writes to, manifest.shards)")
    var manifests: [String] = []

    @Option(
        help: ArgumentHelp(
            "The pipeline that the runs were given, which says what the inputs are.", valueName: "pipeline"))
    var inputs = "pipeline.json"

    @Flag(help: "Remove the merged manifests, unless inputs are missing or contradictory.")
    var clear = false

    @Flag(help: "Log in to tokens although they say that another wrong PIN locks them.")
    var allowFinalTry = false

    @OptionGroup var signing: SigningOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Reports") var reports: ReportOptions

    func validate() throws {
        try PathCheck.check(manifests, "a manifest's path")
        try PathCheck.check([inputs], "--inputs")
    }

    func run() throws {
        try ExitStatus.reporting {
            try reports.check()
            var configuration = try PipelineConfiguration.read(from: FilePath(inputs))
            configuration.allowsFinalTry = allowFinalTry
            configuration.otherPasswordVariables = signing.variables
            let providers = try Installed.providers(for: configuration)
            let signer = try signing.manifestSigner(providers, withholding: configuration.passwordVariables)
            var circumstances = ReportOptions.Circumstances()
            circumstances.manifest = FilePath.workingFolder().appending(configuration.manifestPath)
            let merge = try ManifestMerge(
                manifests.map { FilePath($0) }, of: configuration, providers: providers, tool: Conversion.tool)
            let exitCode = merge.result.verdict.exitCode(interruption: ExitStatus.interrupted)
            for note in merge.report.notes { Terminal.note(note.printable) }
            if json { try JSONOutput.print(merge.report) } else { Terminal.result(MergeText.text(merge.report)) }
            Terminal.message("manifest: \(merge.result.manifest.text.printable)")
            let areWritten = reports.write(merge.result, exitCode: exitCode.rawValue, circumstances)
            try signer?.sign(merge.result.manifest)
            if clear, merge.report.isComplete { merge.removeMerged() }
            guard exitCode == .success else { throw exitCode }
            guard areWritten else { throw ExitStatus.outputFailed }
        }
    }
}
