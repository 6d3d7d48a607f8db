import Dispatch
import PKCS12
import Providers
import Synchronization

/// Stands before one token in a run, and asks it no more once there is no use in it.
///
/// - A token that has refused to be logged in to is not asked again: it counts wrong PINs and locks itself.
/// - Until somebody is logged in, calls go one at a time, so that several workers do not all try a PIN that is wrong.
///   That holds again after the provider's process has failed and taken its logins with it.
/// - A token at which the provider's process failed ``patience`` times in a row is given up, so that neither every key
///   waits for the time limit nor the provider is given up for the other tokens.
final class TokenGuard: TokenProvider {
    static let patience = 2

    private struct State {
        var isLoggedIn = false
        /// Failures of the provider's process in a row.
        var faults = 0
        /// What every further call ends in.
        var verdict: (any CodedError)?
    }

    private let name: String
    private let tokens: any TokenProvider
    /// The mutex owns it.
    private let state = Mutex(State())
    /// Whoever is about to log in holds it.
    private let turn = DispatchSemaphore(value: 1)

    /// - Parameter provider: must have `tokens`.
    init(_ name: String, _ tokens: any TokenProvider) {
        self.name = name
        self.tokens = tokens
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try tokens.tokens(matching: uri, module: module)
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try guarded { try tokens.contents(of: uri, module: module, login: login) }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try guarded { try tokens.sign(message, with: digest, key: uri, module: module, login: login) }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try guarded { try tokens.export(uri, module: module, login: login, ways: ways, shroud: shroud) }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try guarded {
            try tokens.sign(
                message, with: digest, shrouded: ciphertext, shroud: shroud, on: uri, module: module, login: login)
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try guarded { try tokens.install(identity, on: uri, module: module, login: login) }
    }

    private func guarded<Result>(_ call: () throws -> Result) throws -> Result {
        guard !state.withLock(\.isLoggedIn) else { return try watched(call) }
        turn.wait()
        defer { turn.signal() }
        return try watched(call)
    }

    private func watched<Result>(_ call: () throws -> Result) throws -> Result {
        if let verdict = state.withLock(\.verdict) { throw verdict }
        do {
            let result = try call()
            state.withLock { state in
                state.isLoggedIn = true
                state.faults = 0
            }
            return result
        } catch let error as TokenError {
            if Self.refusals.contains(error.code) { state.withLock { $0.verdict = error } }
            throw error
        } catch var error as ProviderError {
            error.provider = name
            state.withLock { state in
                state.isLoggedIn = false
                state.faults += 1
                if state.faults >= Self.patience { state.verdict = error }
            }
            throw error
        }
    }

    private static let refusals: Set<TokenError.Code> = [.wrongPIN, .pinRequired, .pinFinalTry, .pinLocked]
}
