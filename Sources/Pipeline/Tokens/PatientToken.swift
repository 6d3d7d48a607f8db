import PKCS12
import Providers
import Synchronization

/// Stands before one token in a run, and gives it up where the provider's process fails ``patience`` times in a row at one
/// kind of call, so that neither every key waits for the time limit nor the provider is given up for the other tokens as
/// well. Other kinds do not count in between: a token may sign each time, and hang at each export.
final class PatientToken: TokenProvider {
    /// Below ``Isolation/restarts``.
    static let patience = 2

    private enum Call {
        case listing, signing, exporting, opening, installing
    }

    private struct State {
        /// In a row.
        var failures: [Call: Int] = [:]
        /// What every further call ends in.
        var verdict: ProviderError?
    }

    private let provider: String
    private let tokens: any TokenProvider
    /// The mutex owns it.
    private let state = Mutex(State())

    init(_ provider: String, _ tokens: any TokenProvider) {
        self.provider = provider
        self.tokens = tokens
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try watched(.listing) { try tokens.tokens(matching: uri, module: module) }
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try watched(.listing) { try tokens.logIn(to: uri, module: module, login: login) }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try watched(.listing) { try tokens.contents(of: uri, module: module, login: login) }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try watched(.signing) { try tokens.sign(message, with: digest, key: uri, module: module, login: login) }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try watched(.exporting) { try tokens.export(uri, module: module, login: login, ways: ways, shroud: shroud) }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try watched(.opening) {
            try tokens.sign(
                message, with: digest, shrouded: ciphertext, shroud: shroud, on: uri, module: module, login: login)
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try watched(.installing) { try tokens.install(identity, on: uri, module: module, login: login) }
    }

    func closeSessions() { tokens.closeSessions() }

    private func watched<Result>(_ kind: Call, _ call: () throws -> Result) throws -> Result {
        if let verdict = state.withLock(\.verdict) { throw verdict }
        do {
            let result = try call()
            state.withLock { $0.failures[kind] = nil }
            return result
        } catch var error as ProviderError {
            error.provider = provider
            state.withLock { state in
                state.failures[kind, default: 0] += 1
                if state.failures[kind] == Self.patience { state.verdict = error }
            }
            throw error
        }
    }
}
