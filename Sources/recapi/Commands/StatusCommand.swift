import ArgumentParser
import PKCS12
import Pipeline
import Reissue

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Compare a pipeline's inputs and outputs with the manifest: is there anything to do?",
        discussion: """
            Reads digests only, and writes nothing. Exits with 0 where a run would have work to do (new, changed and failed \
            files, outputs that are missing or were changed), with 1 where it would have none, and with 255 where that \
            cannot be told: what systemd's ExecCondition= takes. Certificates that expire, and sources that are gone, are \
            named, and are no work for a run.
            """)

    @Argument(help: "The configuration.")
    var pipeline = "pipeline.json"

    @Option(help: ArgumentHelp("Name certificates that expire within this time.", valueName: "days"))
    var expiring: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check([pipeline], "the configuration's path")
        guard expiring.map({ (0...100_000).contains($0) }) ?? true else {
            throw ValidationError("--expiring takes a number of days from 0 on.")
        }
    }

    func run() throws {
        do {
            let configuration = try PipelineConfiguration.read(from: FilePath(pipeline))
            let status = try PipelineStatus(
                configuration: configuration, providers: try Installed.providers(for: configuration),
                tool: Conversion.tool, expiringWithin: expiring)
            try StatusReport(
                status: status, noun: configuration.noun, action: nil, whenUnwritable: ExitStatus.cannotTell
            ).print(asJSON: json)
            guard status.hasWork else { throw ExitStatus.nothingDone }
        } catch let code as ExitCode {
            throw code
        } catch {
            // systemd takes every other code for an answer.
            Terminal.error(whatever: error)
            throw ExitStatus.cannotTell
        }
    }
}
