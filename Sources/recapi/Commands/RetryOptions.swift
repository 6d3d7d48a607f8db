import ArgumentParser
import Glibc
import Pipeline

/// How long an engine that starts jobs again is asked to.
struct RetryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How often Slurm may start the job again before 75, try again, gives way to the final exit code.",
            valueName: "times"))
    var retries = 5

    func validate() throws {
        guard (0...1_000_000).contains(retries) else { throw ValidationError("--retries takes a number from 0 on.") }
    }

    /// Whether whoever started this process may start it again.
    var mayBeTriedAgain: Bool { ShardEnvironment.restarts(ShardOptions.variable) < retries }

    /// Does a command's work; it asks for another try only where it may.
    func limiting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let code as ExitCode where code == ExitStatus.tryAgain && !mayBeTriedAgain {
            // Such as where a file system may never come back.
            throw ExitStatus.nothingDone
        }
    }
}
