import COpenSSL
import PKCS12

/// The calling thread's queue of OpenSSL errors.
enum OpenSSLError {
    /// Empties the queue into an error; called on the thread of the failing call, before anything else runs there.
    static func drain(_ what: String, code: PKCS12Error.Code? = nil) -> PKCS12Error {
        let entries = drained()
        var reasons: [String] = []
        for reason in entries.map(\.reason) where reasons.last != reason { reasons.append(reason) }
        // The first error is the cause, the last says where it led to.
        let cause = [reasons.first, reasons.count > 1 ? reasons.last : nil].compactMap { $0 }.joined(separator: ", ")
        return PKCS12Error(
            code ?? entries.lazy.compactMap(\.code).first ?? .cryptographyFailed,
            cause.isEmpty ? "OpenSSL could not \(what)" : "OpenSSL could not \(what): \(cause)")
    }

    /// Forgets errors that earlier, successful calls left behind.
    static func clear() {
        ERR_clear_error()
    }

    /// Whether a call failed without a word, as OpenSSL does where a comparison fails.
    static var isEmpty: Bool { ERR_peek_error() == 0 }

    private struct Entry {
        let library: Int32
        let number: Int32
        let reason: String

        /// What the error means for the caller, where it is one that tells.
        var code: PKCS12Error.Code? {
            switch (library, number) {
            case (ERR_LIB_PKCS12, PKCS12_R_PKCS12_CIPHERFINAL_ERROR): .decryptionFailed
            case (ERR_LIB_ASN1, _) where !reason.hasPrefix("unsupported"): .malformed
            case _ where reason.hasPrefix("unsupported") || reason.hasPrefix("unknown"): .unsupportedAlgorithm
            default: nil
            }
        }
    }

    private static func drained() -> [Entry] {
        var entries: [Entry] = []
        while case let error = ERR_get_error(), error != 0 {
            let reason = ERR_reason_error_string(error).map { String(cString: $0) } ?? "error \(error)"
            entries.append(Entry(library: ERR_GET_LIB(error), number: ERR_GET_REASON(error), reason: reason))
        }
        return entries
    }
}

/// The result of a call that gives a pointer or NULL.
func openSSL<Handle>(_ what: @autoclosure () -> String, _ handle: Handle?) throws -> Handle {
    guard let handle else { throw OpenSSLError.drain(what()) }
    return handle
}

/// Checks a call that gives 1 for success.
func openSSL(_ what: @autoclosure () -> String, _ result: Int32) throws {
    guard result == 1 else { throw OpenSSLError.drain(what()) }
}
