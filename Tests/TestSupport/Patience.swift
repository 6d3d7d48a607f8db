import Foundation
import Testing

/// How many times longer than usual things may take: what RECAPI_TEST_PATIENCE says, which scripts/test --sanitize sets; or 1.
public let patience = ProcessInfo.processInfo.environment["RECAPI_TEST_PATIENCE"].flatMap { Int($0) } ?? 1

/// Whether scripts/test --sanitize has built this. A sanitizer maps terabytes of its own, and keeps freed memory as it is: nothing
/// to search for secrets.
public let isSanitized = ProcessInfo.processInfo.environment["RECAPI_SANITIZER"] != nil

extension Trait where Self == TimeLimitTrait {
    /// A limit against tests that hang, longer where all is slower.
    public static func patientLimit(minutes: Int) -> Self {
        .timeLimit(.minutes(minutes * patience))
    }
}
