import ArgumentParser
import Pipeline

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Make one manifest of those that runs over shares have left.",
        discussion: """
            Looks for the record of every input of the pipeline, and writes the pipeline's manifest. Where runs made the same \
            output twice, the one that says what is there counts. Exits with 3 where inputs have no record or failed, with 1 where \
            all are so, and with 4 where records contradict each other and none is right. Says which shares to run again. What an earlier merge has and still \
            holds counts as well.
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

    @OptionGroup var retrying: RetryOptions

    @OptionGroup var signing: SigningOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Reports") var reports: ReportOptions

    func validate() throws {
        try PathCheck.check(manifests, "a manifest's path")
        try PathCheck.check([inputs], "--inputs")
    }

    func run() throws {
        try retrying.limiting(merge)
    }

    private func merge() throws {
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
            for note in merge.report.notes { Terminal.note(note.printable) }
            let ending = ManifestEnding(
                result: merge.result, exitCode: merge.result.verdict.exitCode(interruption: ExitStatus.interrupted),
                text: json ? try JSONOutput.text(merge.report) : MergeText.text(merge.report), signer: signer)
            let exitCode = ending.finish(reports, circumstances)
            Terminal.message("manifest: \(merge.result.manifest.text.printable)")
            if clear, merge.report.isComplete { merge.removeMerged() }
            guard exitCode == .success else { throw exitCode }
        }
    }
}
