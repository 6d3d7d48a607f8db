import CPKCS11
import PKCS12
import Providers
import Synchronization

/// The modules that are loaded, and the connections to tokens that are kept.
final class Connections: Sendable {
    /// The mutex owns it.
    private let state = Mutex(State())

    private struct State {
        /// By path; under nil all that p11-kit is configured with.
        var modules: [String?: Modules] = [:]
        /// By the token's URI.
        var connections: [String: Connection] = [:]
    }

    /// The tokens that a URI matches.
    func slots(matching uri: TokenURI, module: String?) throws -> [TokenSlot] {
        let path = module ?? uri.modulePath
        let modules = try modules(at: path)
        var found: [TokenSlot] = []
        for module in modules.all where uri.matches(module) {
            // Of many modules, one that fails does not hide the others.
            for slot in path == nil ? (try? module.slots()) ?? [] : try module.slots() {
                // One whose token was removed just now, or does not answer, is none.
                guard let info = try? module.tokenInfo(slot), uri.matches(info, in: slot, of: module) else { continue }
                let token = try TokenSlot(slot, info, of: module, in: modules)
                // Without a name there is nothing to find it by, and nothing on it.
                if token.token.flags.contains(.initialized) || !token.token.label.isEmpty { found.append(token) }
            }
        }
        return found
    }

    /// Calls `body` with a session with the one token that a URI matches.
    ///
    /// A connection that does not hold is made anew, once, before `body` is called; one that breaks meanwhile is dropped.
    func withSession<Result>(
        _ uri: TokenURI, _ text: String, module: String?, login: TokenLogin?,
        _ body: (Connection, Session) throws -> Result
    ) throws -> Result {
        let matches = try slots(matching: uri, module: module)
        let token = try TokenMatches(tokens: matches.map(\.token)).only(for: text)
        guard let slot = matches.first(where: { $0.token.uri == token.uri }) else {
            throw TokenError(.tokenNotFound, "no token matches \(text)")
        }
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
            let connection = kept?.slot.slot == slot.slot ? kept ?? Connection(slot) : Connection(slot)
            state.connections[slot.token.uri] = connection
            return connection
        }
        do {
            return try body(connection)
        } catch {
            let isGone = error is Connection.Gone || (error as? ModuleFailure)?.value.meansGone == true
            guard isGone else { throw error }
            state.withLock { state in
                if state.connections[slot.token.uri] === connection { state.connections[slot.token.uri] = nil }
            }
            connection.forget()
            throw error
        }
    }

    private func modules(at path: String?) throws -> Modules {
        try state.withLock { state in
            if let loaded = state.modules[path] { return loaded }
            let modules = try Modules(path: path)
            state.modules[path] = modules
            return modules
        }
    }
}
