import CProviderABI
import PKCS12

/// How errors cross the boundary: as a status and a reason, which is one sentence or two lines (reason, hint).
enum BoundaryErrors {
    /// The status and the text that stand for an error on the other side.
    static func outgoing(_ error: any Error) -> (status: recapi_status, text: String) {
        guard let error = error as? any CodedError else { return (RECAPI_FAILED, String(describing: error)) }
        let text = error.hint.map { "\(error.reason)\n\($0)" } ?? error.reason
        if let error = error as? TokenError { return (tokenStatuses[error.code] ?? RECAPI_TOKEN_FAILED, text) }
        return (statuses[(error as? PKCS12Error)?.code ?? .cryptographyFailed] ?? RECAPI_FAILED, text)
    }

    /// The error that a status stands for on this side; nil for success.
    ///
    /// Statuses by which a provider says that this side broke a rule, and unknown ones, are the provider's own fault:
    /// every argument was checked before the call.
    static func incoming(_ status: recapi_status, text: String, provider: String) -> (any Error)? {
        guard status != RECAPI_OK else { return nil }
        let (reason, hint) = lines(of: text, provider: provider)
        if let code = statuses.first(where: { $0.value == status })?.key {
            return PKCS12Error(code, reason, hint: hint)
        }
        if let code = tokenStatuses.first(where: { $0.value == status })?.key {
            return TokenError(code, reason, hint: hint)
        }
        return ProviderError(
            .inconsistent, "the provider \(provider) answers with the unexpected status \(status): \(reason)")
    }

    /// The same with the text as the provider wrote it, which ends at its first NUL.
    static func incoming(
        _ status: recapi_status, text: some Sequence<CChar>, provider: String
    ) -> (any Error)? {
        guard status != RECAPI_OK else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return incoming(status, text: sanitized(bytes), provider: provider)
    }

    /// The two lines that a text from the other side may have; what it has more of is part of the second.
    static func lines(of text: String, provider: String) -> (reason: String, hint: String?) {
        let lines = text.split(separator: "\n", maxSplits: 1).map { line(String($0)) }
        return (lines.first ?? "the provider \(provider) gives no reason", lines.count > 1 ? lines[1] : nil)
    }

    /// A text of the other side without control characters but line ends.
    static func sanitized(_ bytes: some Sequence<UInt8>) -> String {
        String(
            String.UnicodeScalarView(
                String(decoding: Array(bytes), as: UTF8.self).unicodeScalars.map {
                    $0 == "\n" || $0.properties.generalCategory != .control ? $0 : " "
                }))
    }

    /// A text of the other side to print: what would move the cursor, or break the line, is a space.
    static func line(_ text: String) -> String {
        String(sanitized(text.utf8).map { $0.isNewline ? " " : $0 })
    }

    private static let statuses: [PKCS12Error.Code: recapi_status] = [
        .unsupportedAlgorithm: RECAPI_UNSUPPORTED,
        .decryptionFailed: RECAPI_DECRYPTION_FAILED,
        .wrongPassword: RECAPI_WRONG_PASSWORD,
        .malformed: RECAPI_MALFORMED,
        .cryptographyFailed: RECAPI_FAILED,
        .invalidArgument: RECAPI_INVALID_ARGUMENT,
        .signatureInvalid: RECAPI_SIGNATURE_INVALID,
    ]

    private static let tokenStatuses: [TokenError.Code: recapi_status] = [
        .uriInvalid: RECAPI_TOKEN_URI_INVALID,
        .moduleFailed: RECAPI_TOKEN_MODULE_FAILED,
        .tokenNotFound: RECAPI_TOKEN_NOT_FOUND,
        .tokenAmbiguous: RECAPI_TOKEN_AMBIGUOUS,
        .tokenRemoved: RECAPI_TOKEN_REMOVED,
        .keyNotFound: RECAPI_TOKEN_KEY_NOT_FOUND,
        .keyAmbiguous: RECAPI_TOKEN_KEY_AMBIGUOUS,
        .keyNotExportable: RECAPI_TOKEN_KEY_NOT_EXPORTABLE,
        .pinRequired: RECAPI_TOKEN_PIN_REQUIRED,
        .wrongPIN: RECAPI_TOKEN_WRONG_PIN,
        .pinFinalTry: RECAPI_TOKEN_PIN_FINAL_TRY,
        .pinLocked: RECAPI_TOKEN_PIN_LOCKED,
        .tokenExhausted: RECAPI_TOKEN_EXHAUSTED,
        .objectExists: RECAPI_TOKEN_OBJECT_EXISTS,
        .tokenFailed: RECAPI_TOKEN_FAILED,
    ]
}

/// An output buffer of the caller is smaller than the boundary's rules say.
struct BufferTooSmall: Error {}

extension recapi_reason {
    /// Writes a text, cut to the room there is at a character's border, with its terminator.
    func write(_ string: String) {
        guard let text, capacity > 0 else { return }
        var room = Int(clamping: capacity) - 1
        var end = 0
        for character in string.unicodeScalars {
            let units = UTF8.encode(character) ?? UTF8.encodedReplacementCharacter
            guard units.count <= room else { break }
            for unit in units {
                text[end] = CChar(bitPattern: unit)
                end += 1
            }
            room -= units.count
        }
        text[end] = 0
    }
}

/// Calls a function of a provider's table with room for a reason, and throws what it reports.
func callProvider(_ provider: String, _ function: (UnsafeMutablePointer<recapi_reason>) -> recapi_status) throws {
    let capacity = 1_024
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text in
        text.initialize(repeating: 0)
        var reason = recapi_reason(text: text.baseAddress, capacity: UInt64(capacity))
        let status = function(&reason)
        if let error = BoundaryErrors.incoming(status, text: text, provider: provider) { throw error }
    }
}
