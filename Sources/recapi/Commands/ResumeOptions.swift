import ArgumentParser
import Pipeline

/// What a run does about what earlier runs have done, and about other runs.
struct ResumeOptions: ParsableArguments {
    @Flag(help: "Do everything anew, also what earlier runs have done and that still holds.")
    var force = false

    @Flag(help: "Do only what the last run recorded as failed.")
    var retryFailed = false

    @Flag(help: "Print what would be done, and why; write nothing, and ask for no password.")
    var dryRun = false

    @Option(help: ArgumentHelp("How long to wait for another run that holds the output.", valueName: "seconds"))
    var wait = 0

    func validate() throws {
        guard !(force && retryFailed) else { throw ValidationError("--force and --retry-failed exclude each other.") }
        guard (0...31_536_000).contains(wait) else {
            throw ValidationError("--wait takes a number of seconds from 0 on, up to a year.")
        }
    }

    var redo: Redo { force ? .everything : retryFailed ? .failures : .whatChanged }

    var runOptions: RunOptions {
        var options = RunOptions()
        options.redo = redo
        options.patience = .seconds(wait)
        options.whenWaiting = { Terminal.announce("waiting: \($0.reason.printable)") }
        return options
    }
}
