import ArgumentParser
import PKCS12
import Pipeline

/// The exit codes of design.md §6.
enum ExitStatus {
    static let nothingDone = ExitCode(1)
    static let someFailed = ExitCode(3)
    static let verificationMismatch = ExitCode(4)
    /// EX_TEMPFAIL
    static let busy = ExitCode(75)
    /// EX_CONFIG
    static let configuration = ExitCode(78)
    /// As a shell shows SIGINT.
    static let interrupted = ExitCode(130)

    /// Runs a command's work; an error becomes a message and the exit code that fits it.
    static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let code as ExitCode {
            throw code
        } catch let error as any CodedError {
            Terminal.error(error)
            throw code(for: error)
        }
    }

    private static func code(for error: any CodedError) -> ExitCode {
        switch (error as? PipelineError)?.code {
        case PipelineError.Code.configurationInvalid?, .configurationUnreadable?, .outputCollision?,
            .passwordUnavailable?, .providerUnfit?:
            configuration
        case PipelineError.Code.outputBusy?: busy
        default: nothingDone
        }
    }
}
