import ArgumentParser
import Pipeline

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a configured pipeline: PFX files in, CAPI1-ready PFX files and a manifest out.",
        discussion: """
            recapi schema pipeline prints what a pipeline.json may say.

            With --shard, the manifest goes to manifest.shards beside the pipeline's, and recapi merge makes that. A share that \
            was interrupted, or met a token or file system that was gone, ends with 75: try again.
            """)

    @Argument(help: "The configuration.")
    var pipeline = "pipeline.json"

    @OptionGroup var resume: ResumeOptions
    @OptionGroup(title: "Several machines") var sharding: ShardOptions
    @OptionGroup(title: "Several machines") var retrying: RetryOptions

    @Flag(help: "Log in to tokens although they say that another wrong PIN locks them.")
    var allowFinalTry = false

    @OptionGroup var signing: SigningOptions

    @Flag(help: "Print the summary as JSON instead of a table; the manifest has the items.")
    var json = false

    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup(title: "Progress and log") var watching: WatchOptions

    func validate() throws {
        try PathCheck.check([pipeline], "the configuration's path")
    }

    func run() throws {
        try retrying.limiting(convert)
    }

    private func convert() throws {
        try ExitStatus.reporting {
            try Conversion(
                resume: resume, json: json, signing: signing, reports: reports, watching: watching, retrying: retrying
            ).run {
                var configuration = try PipelineConfiguration.read(from: FilePath(pipeline))
                configuration.shard = try sharding.chosen()
                configuration.allowsFinalTry = allowFinalTry
                return configuration
            }
        }
    }
}
