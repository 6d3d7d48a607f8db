import Glibc
import PKCS12
import Providers

/// Failures that a later try may not meet: what was needed was gone for a while.
public enum PassingFailure {
    /// Codes of failed items.
    static let codes: Set<String> = [
        PipelineError.Code.interrupted.rawValue, PipelineError.Code.storageUnavailable.rawValue,
        TokenError.Code.tokenNotFound.rawValue, TokenError.Code.tokenRemoved.rawValue,
        TokenError.Code.tokenExhausted.rawValue, ProviderError.Code.crashed.rawValue,
        ProviderError.Code.timedOut.rawValue, ProviderError.Code.abandoned.rawValue,
    ]

    /// Whether an error that ended a run is one.
    public static func contains(_ error: any CodedError) -> Bool { codes.contains(error.codeName) }
}

extension SystemError {
    /// Whether it is what network file systems and removed devices fail with, rather than a file or its permissions (errno(3)).
    var mayPass: Bool {
        [
            EIO, EAGAIN, ENXIO, ENODEV, ESTALE, ETIMEDOUT, EREMOTEIO, ENOTCONN, ESHUTDOWN, ECONNRESET, ECONNREFUSED,
            ECONNABORTED, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENETRESET, ENOLCK,
        ].contains(number)
    }
}
