import CPKCS11
import Dispatch
import PKCS12
import Providers
import Synchronization

/// What is kept of one token between calls: its sessions, and the login that they share (PKCS #11 v3.0 §5.6).
///
/// With the last reference, sessions are closed and the login ends.
final class Connection: Sendable {
    let slot: TokenSlot
    /// Counts the sessions that may be opened at once.
    private let room: DispatchSemaphore
    private let state = Mutex(State())

    /// The mutex owns it.
    private struct State {
        /// Sessions that nobody uses.
        var idle: [Session] = []
        /// nil before a login.
        var login: (pin: SecretBytes?, isOurs: Bool)?
        /// Handles of private keys that a listing found, by their URIs: a token may look at all its objects to find one.
        var keys: [String: CK_OBJECT_HANDLE] = [:]
        /// What a PIN came to that the token refused; none is sent any more.
        var refusal: TokenError?
    }

    /// - Parameter previous: the connection to the same token that did not hold.
    init(_ slot: TokenSlot, after previous: Connection? = nil) {
        self.slot = slot
        let refusal = previous?.state.withLock(\.refusal)
        state.withLock { $0.refusal = refusal }
        // More than there are processors is of no use; one is left to other programs where there is a limit.
        room = DispatchSemaphore(value: max(1, min(slot.token.largestSessionCount.map { $0 - 1 } ?? 8, 8)))
    }

    deinit {
        state.withLock { state in
            if state.login?.isOurs == true { state.idle.first?.logOut() }
            state.idle = []
        }
    }

    /// Calls `body` with a session, after a login if there is to be one.
    ///
    /// - Throws: ``Gone`` where what is kept is of no use any more, before `body` is called; ``TokenError``, ``ModuleFailure``.
    func withSession<Result>(_ login: TokenLogin?, _ body: (Session) throws -> Result) throws -> Result {
        room.wait()
        defer { room.signal() }
        let session = try state.withLock { try take(&$0, login) }
        do {
            let result = try body(session)
            state.withLock { $0.idle.append(session) }
            return result
        } catch let failure as ModuleFailure {
            try state.withLock { state in
                replace(session, &state)
                if failure.value.refusesPIN { throw refused(failure, &state) }
            }
            throw failure
        } catch {
            state.withLock { $0.idle.append(session) }
            throw error
        }
    }

    /// A session in which a call failed may have an operation that is not over: so it goes, but not before another one is
    /// there, since the login ends with the last.
    private func replace(_ session: Session, _ state: inout State) {
        if let new = try? Session(slot) {
            state.idle.append(new)
        } else {
            state = State(refusal: state.refusal)
        }
        withExtendedLifetime(session) {}
    }

    /// The private key of a URI, if a listing found it; nobody says that it is still that one.
    func key(_ uri: String) -> CK_OBJECT_HANDLE? { state.withLock { $0.keys[uri] } }

    func remember(_ keys: [String: CK_OBJECT_HANDLE]) { state.withLock { $0.keys.merge(keys) { $1 } } }

    /// Keeps nothing more, and does not log out: the next connection to the same token shares its login.
    func forget() { state.withLock { $0 = State(refusal: $0.refusal) } }

    /// What is kept does not hold: the token was removed, or another process logged out.
    struct Gone: Error {}

    private func take(_ state: inout State, _ login: TokenLogin?) throws -> Session {
        let session: Session
        if let kept = state.idle.popLast() {
            do {
                let info = try kept.info()
                // A read-only or read-write session of the normal user.
                let isLoggedIn = [CK_STATE(CKS_RO_USER_FUNCTIONS), CK_STATE(CKS_RW_USER_FUNCTIONS)].contains(info.state)
                guard state.login == nil || isLoggedIn else { throw Gone() }
            } catch is ModuleFailure {
                throw Gone()
            }
            session = kept
        } else {
            session = try Session(slot)
        }
        do {
            if let login { try logIn(session, &state, login) }
            return session
        } catch {
            state.idle.append(session)
            throw error
        }
    }

    private func logIn(_ session: Session, _ state: inout State, _ login: TokenLogin) throws {
        if let refusal = state.refusal { throw refusal }
        if let known = state.login {
            guard known.pin == login.pin else {
                throw TokenError(
                    .wrongPIN, "the token \(slot.token.label) is logged in with another PIN: this one is not tried")
            }
            return
        }
        let flags = try slot.freshFlags()
        guard flags.contains(.loginRequired) else { return }
        try slot.requireSafe(login, flags)
        do {
            try session.logIn(pin: login.pin)
            state.login = (login.pin, true)
        } catch let failure as ModuleFailure where failure.value == .userAlreadyLoggedIn {
            state.login = (login.pin, false)
        } catch let failure as ModuleFailure {
            throw refused(failure, &state)
        }
    }

    private func refused(_ failure: ModuleFailure, _ state: inout State) -> TokenError {
        let error = slot.loginError(failure)
        if failure.value.refusesPIN { state.refusal = error }
        return error
    }
}
