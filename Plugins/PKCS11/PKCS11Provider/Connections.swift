import CPKCS11
import PKCS12
import Providers
import Synchronization

/// The modules that are loaded, and the connections to tokens that are kept.
final class Connections: Sendable {
    /// The mutex owns it.
    private let state = Mutex(State())

    private struct State {
        var configured: ConfiguredModules?
        /// By the name of p11-kit's configuration, or the path.
        var modules: [String: InitializedModule] = [:]
        /// Where tokens were, by the module that they were looked for in.
        var places: [String?: KnownTokens<TokenSlot>] = [:]
        /// By the token's URI.
        var connections: [String: Connection] = [:]
    }

    /// The names of the modules to look in, one after the other: the one that the URI names, or those of p11-kit's configuration that
    /// the URI does not rule out. None is initialized for that.
    func modules(for uri: TokenURI) throws -> [String] {
        if let named = uri.modulePath { return [named] }
        return try configured().all.filter(uri.names).map(\.name)
    }

    /// The tokens that a URI matches.
    ///
    /// - Parameter note: is told which modules failed, where many are looked in: one that fails does not hide the others.
    func slots(matching uri: TokenURI, module: String?, note: (String) -> Void = { _ in }) throws -> [TokenSlot] {
        let isNamed = (module ?? uri.modulePath) != nil
        var found: [TokenSlot] = []
        let names = try module.map { [$0] } ?? modules(for: uri)
        for name in names {
            do {
                found += try slots(matching: uri, in: try loaded(name))
            } catch let failure as ModuleFailure where !isNamed {
                note("the module \(name) cannot be asked: \(failure.sentence)")
            } catch let error as TokenError where !isNamed {
                note(error.reason)
            }
        }
        state.withLock { state in
            // Of modules that show the same token, the first counts.
            for slot in found.reversed() {
                state.places[module, default: KnownTokens()].set(slot, for: slot.token.uri)
            }
        }
        return found
    }

    private func slots(matching uri: TokenURI, in module: InitializedModule) throws -> [TokenSlot] {
        guard uri.matches(module.module) else { return [] }
        return try module.module.slots().compactMap { slot in
            // One whose token was removed just now, or does not answer, is none.
            guard let info = try? module.module.tokenInfo(slot), uri.matches(info, in: slot, of: module.module) else {
                return nil
            }
            let found = try TokenSlot(slot, info, of: module)
            // Without a name there is nothing to find it by, and nothing on it.
            return found.token.flags.contains(.initialized) || !found.token.label.isEmpty ? found : nil
        }
    }

    /// The one token that a URI matches: where it was, if the URI is the token's own and it still is there.
    private func slot(_ uri: TokenURI, _ text: String, module: String?) throws -> TokenSlot {
        if let place = state.withLock({ $0.places[module]?.value(for: text) }),
            let info = try? place.module.tokenInfo(place.slot), uri.matches(info, in: place.slot, of: place.module)
        {
            return place
        }
        let matches = try slots(matching: uri, module: module)
        let token = try TokenMatches(tokens: matches.map(\.token)).only(for: text)
        guard let slot = matches.first(where: { $0.token.uri == token.uri }) else {
            throw TokenError(.tokenNotFound, "no token matches \(text)")
        }
        return slot
    }

    /// Calls `body` with a session with the one token that a URI matches.
    ///
    /// A connection that does not hold is made anew, once, before `body` is called; one that breaks meanwhile is dropped.
    func withSession<Result>(
        _ uri: TokenURI, _ text: String, module: String?, login: TokenLogin?,
        _ body: (Connection, Session) throws -> Result
    ) throws -> Result {
        let slot = try slot(uri, text, module: module)
        do {
            return try dropping(slot) { connection in try connection.withSession(login) { try body(connection, $0) } }
        } catch is Connection.Gone {
            return try dropping(slot) { connection in try connection.withSession(login) { try body(connection, $0) } }
        }
    }

    func closeAll() {
        state.withLock { $0 = State() }
    }

    private func dropping<Result>(_ slot: TokenSlot, _ body: (Connection) throws -> Result) throws -> Result {
        let connection = state.withLock { state in
            let kept = state.connections[slot.token.uri]
            // The same token in another slot has no sessions there.
            let isThere = kept?.slot.slot == slot.slot && kept?.slot.module.functions == slot.module.functions
            let connection = isThere ? kept ?? Connection(slot) : Connection(slot, after: kept)
            state.connections[slot.token.uri] = connection
            return connection
        }
        do {
            return try body(connection)
        } catch {
            let isGone = error is Connection.Gone || (error as? ModuleFailure)?.value.meansGone == true
            guard isGone else { throw error }
            state.withLock { state in
                guard state.connections[slot.token.uri] === connection else { return }
                state.connections[slot.token.uri] = Connection(slot, after: connection)
            }
            connection.forget()
            throw error
        }
    }

    private func loaded(_ name: String) throws -> InitializedModule {
        if let known = state.withLock({ $0.modules[name] }) { return known }
        let configured = name.contains("/") ? nil : try configured()
        return try state.withLock { state in
            if let known = state.modules[name] { return known }
            let module: InitializedModule
            if let configured, let found = configured.all.first(where: { $0.name == name }) {
                module = try InitializedModule(found, of: configured)
            } else {
                module = try InitializedModule(path: name)
            }
            state.modules[name] = module
            return module
        }
    }

    private func configured() throws -> ConfiguredModules {
        try state.withLock { state in
            if let known = state.configured { return known }
            let configured = try ConfiguredModules()
            state.configured = configured
            return configured
        }
    }
}
