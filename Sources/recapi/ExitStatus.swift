import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue
import Signatures
import Windows

/// The exit codes of design.md §6.
enum ExitStatus {
    static let nothingDone = ExitCode(1)
    static let someFailed = ExitCode(3)
    static let verificationMismatch = ExitCode(4)
    /// `diagnose` found something to do.
    static let workFound = ExitCode(10)
    /// EX_IOERR: standard output, or the manifest's signature.
    static let outputFailed = ExitCode(74)
    /// EX_TEMPFAIL
    static let tryAgain = ExitCode(75)
    /// EX_CONFIG
    static let configuration = ExitCode(78)
    /// What systemd's ExecCondition= takes for an error.
    static let cannotTell = ExitCode(255)
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

    /// What the process ends with because of an error.
    static func code(for error: any CodedError) -> ExitCode {
        switch error {
        case let error as PipelineError: code(for: error)
        // A provider that the configuration names, a profile that contradicts itself.
        case let error as ProviderError where error.code == .notFound: configuration
        case let error as ReissueError where error.code == .profileUnfit: configuration
        case let error as TokenError where error.code == .uriInvalid: ExitCode.validationFailure
        case let error as WindowsError where error.code == .sitesUnfit: configuration
        case let error as ReissueError where error.code == .verificationMismatch: verificationMismatch
        case let error as SignatureError: error.code == .signerUnfit ? configuration : verificationMismatch
        default: nothingDone
        }
    }

    private static func code(for error: PipelineError) -> ExitCode {
        switch error.code {
        case .configurationInvalid, .configurationUnreadable, .outputCollision, .passwordUnavailable, .providerUnfit:
            configuration
        case .outputBusy, .storageUnavailable: tryAgain
        case .interrupted: interrupted
        default: nothingDone
        }
    }
}

extension RunResult.Verdict {
    /// - Parameter interruption: where a signal stopped the run.
    func exitCode(interruption: ExitCode) -> ExitCode {
        switch self {
        case .allDone: ExitCode.success
        case .someFailed: ExitStatus.someFailed
        case .nothingDone: ExitStatus.nothingDone
        case .verificationMismatch: ExitStatus.verificationMismatch
        case .interrupted: interruption
        }
    }
}
