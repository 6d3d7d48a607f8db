import PKCS12
import Synchronization

/// Which process of a provider is asked for what: modules of vendors crash and hang, and must not take others with them.
///
/// - One process, the finder, tells which modules there are, and initializes none.
/// - One for each module looks for tokens in it. A module that fails there is left out of later searches among all modules.
/// - Each token has some of its own, which alone log in to it.
final class TokenHosts: Sendable {
    private let finder: HostPool
    private let processesPerToken: Int
    private let state = Mutex(State())

    /// The mutex owns it.
    private struct State {
        /// By the module; under nil where the provider does not tell its modules.
        var searchers: [String?: HostPool] = [:]
        /// Why modules are left out.
        var failures: [String: ProviderError] = [:]
        var tokens: [Place: HostPool] = [:]
        /// Where tokens are, by the module that calls name.
        var places: [String?: KnownTokens<Place>] = [:]
    }

    private struct Place: Hashable {
        var module: String?
        var token: String
        var asksForPIN: Bool
    }

    init(finder: HostPool, processesPerToken: Int) {
        self.finder = finder
        self.processesPerToken = processesPerToken
    }

    func modules(for uri: String) throws -> [String] {
        do {
            return try finder.call(.modules, answerLimit: 1 << 20) {
                $0.append(uri)
                $0.append(String?.none) { $0.append($1) }
            } read: {
                try $0.array { try $0.line() }
            }
        } catch let error as ProviderError {
            throw ProviderError(
                error.code, "the modules that p11-kit is configured with cannot be loaded: \(error.reason)",
                hint: "name the token's module")
        }
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        let named = try module.map { [$0] } ?? modules(for: uri)
        let modules: [String?] = named.isEmpty ? [nil] : named
        var matches: TokenMatches?
        var (notes, failure) = ([String](), (any Error)?.none)
        for name in modules {
            do {
                let found = try search(for: uri, in: name, isOneOfMany: modules.count > 1)
                remember(found.tokens, in: name, forCallsNaming: module)
                notes += found.notes
                if matches == nil { matches = found } else { matches?.tokens += found.tokens }
            } catch {
                notes.append((error as? any CodedError)?.reason ?? "\(error)")
                failure = failure ?? error
            }
        }
        guard var matches else { throw failure ?? TokenError(.tokenFailed, "there is no module to look in") }
        matches.notes = notes
        return matches
    }

    /// Calls `body` with the processes of the one token that a URI matches, and the module that they are to ask.
    ///
    /// - Throws: ``TokenError`` `tokenNotFound`, `tokenAmbiguous`.
    func withToken<Result>(
        _ uri: String, _ module: String?, _ body: (HostPool, _ module: String?) throws -> Result
    ) throws -> Result {
        if let place = place(of: uri, module) {
            do {
                return try body(processes(of: place), place.module)
            } catch let error as TokenError where error.code == .tokenNotFound {
                // Before anything was done: it may be in another module now.
                state.withLock { $0.places[module]?.set(nil, for: place.token) }
            }
        }
        let token = try tokens(matching: uri, module: module).only(for: uri)
        guard let place = place(of: token.uri, module) else {
            throw TokenError(.tokenNotFound, "no token matches \(uri)")
        }
        return try body(processes(of: place), place.module)
    }

    /// Ends the processes that log in, once their calls are over; they log out.
    func closeSessions() {
        let ending = state.withLock { state in
            defer { state.tokens = [:] }
            return state.tokens
        }
        withExtendedLifetime(ending) {}
    }

    private func search(for uri: String, in module: String?, isOneOfMany: Bool) throws -> TokenMatches {
        let searcher = try state.withLock { state throws(ProviderError) in
            if isOneOfMany, let module, let failure = state.failures[module] { throw failure }
            let searcher = state.searchers[module] ?? HostPool(of: finder, for: module, 1)
            state.searchers[module] = searcher
            return searcher
        }
        do {
            return try searcher.call(.tokens, answerLimit: 1 << 20) {
                $0.append(uri)
                $0.append(module) { $0.append($1) }
            } read: {
                try $0.tokenMatches()
            }
        } catch let error as ProviderError {
            if let module { state.withLock { $0.failures[module] = error } }
            throw error
        }
    }

    private func remember(_ tokens: [Token], in module: String?, forCallsNaming named: String?) {
        state.withLock { state in
            for token in tokens where state.places[named]?.value(for: token.uri) == nil {
                let place = Place(
                    module: module, token: token.uri,
                    asksForPIN: token.flags.contains(.protectedAuthenticationPath))
                state.places[named, default: KnownTokens()].set(place, for: token.uri)
            }
        }
    }

    private func place(of uri: String, _ module: String?) -> Place? {
        state.withLock { $0.places[module]?.value(for: uri) }
    }

    private func processes(of place: Place) -> HostPool {
        state.withLock { state in
            let processes =
                state.tokens[place]
                ?? HostPool(of: finder, for: place.module, place.asksForPIN ? 1 : processesPerToken)
            state.tokens[place] = processes
            return processes
        }
    }
}
