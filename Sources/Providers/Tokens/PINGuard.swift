import PKCS12
import Synchronization

/// Stands before a ``TokenProvider`` and sees to it that no token gets a wrong PIN twice, whatever process or plugin
/// answers: a token locks after a few.
///
/// The first login to a token is a call of its own, made by one thread while others wait. Where it succeeds, that PIN
/// passes from then on, and any other is refused without asking the token, which has only one. Where the token refuses it, or
/// where nobody knows what became of it (the process crashed or hung), no PIN is sent to that token again for as long as this
/// object lives.
final class PINGuard: TokenProvider {
    private let tokens: any TokenProvider
    /// By the token's own URI. The mutex owns it.
    private let gates = Mutex<[String: Gate]>([:])
    /// Tokens that were found. The mutex owns it.
    private let known = Mutex(KnownTokens<Token>())

    init(_ tokens: any TokenProvider) {
        self.tokens = tokens
    }

    /// What is known of one token's PIN. Its mutex is held during the first login.
    private final class Gate: Sendable {
        enum Knowledge {
            case none
            /// The PIN is not kept, only what tells it from others.
            case right(PINFingerprint)
            /// Why no PIN is sent any more.
            case closed(any CodedError)
        }

        let knowledge = Mutex(Knowledge.none)
    }

    func modules(for uri: String) throws -> [String] { try tokens.modules(for: uri) }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        let matches = try tokens.tokens(matching: uri, module: module)
        known.withLock { known in
            for token in matches.tokens { known.set(token, for: token.uri) }
        }
        return matches
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try withLogin(uri, module, login) { try tokens.logIn(to: uri, module: module, login: login) }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        guard let login else { return try tokens.contents(of: uri, module: module, login: nil) }
        return try withLogin(uri, module, login) { try tokens.contents(of: uri, module: module, login: login) }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try withLogin(uri, module, login) {
            try tokens.sign(message, with: digest, key: uri, module: module, login: login)
        }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try withLogin(uri, module, login) {
            try tokens.export(uri, module: module, login: login, ways: ways, shroud: shroud)
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try withLogin(uri, module, login) {
            try tokens.sign(
                message, with: digest, shrouded: ciphertext, shroud: shroud, on: uri, module: module, login: login)
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try withLogin(uri, module, login) { try tokens.install(identity, on: uri, module: module, login: login) }
    }

    func closeSessions() { tokens.closeSessions() }

    private func withLogin<Result>(
        _ uri: String, _ module: String?, _ login: TokenLogin, _ body: () throws -> Result
    ) throws -> Result {
        // Who else looks for the token does so again; whose PIN it is follows from its own URI.
        let token =
            try known.withLock { $0.value(for: uri) } ?? tokens(matching: uri, module: module).only(for: uri)
        let gate = gates.withLock { gates in
            let gate = gates[token.uri] ?? Gate()
            gates[token.uri] = gate
            return gate
        }
        try gate.knowledge.withLock { knowledge in
            switch knowledge {
            case .closed(let error): throw error
            case .right(let fingerprint): try fingerprint.require(login, for: token)
            case .none:
                do {
                    try tokens.logIn(to: uri, module: module, login: login)
                    knowledge = .right(PINFingerprint(login))
                } catch {
                    if let reason = Self.reasonToClose(after: error, token) { knowledge = .closed(reason) }
                    throw error
                }
            }
        }
        do {
            return try body()
        } catch let error as TokenError where error.code == .wrongPIN || error.code == .pinLocked {
            // It was right before: somebody changed it, or locked the token, meanwhile.
            gate.knowledge.withLock { $0 = Self.reasonToClose(after: error, token).map(Gate.Knowledge.closed) ?? $0 }
            throw error
        }
    }

    /// nil where no PIN was sent.
    private static func reasonToClose(after error: any Error, _ token: Token) -> (any CodedError)? {
        switch (error as? TokenError)?.code {
        case .uriInvalid, .moduleFailed, .tokenNotFound, .tokenAmbiguous, .pinRequired, .pinFinalTry, .tokenExhausted:
            return nil
        case .wrongPIN:
            return TokenError(
                .wrongPIN, "the token \(token.label) refused the PIN, and it is not tried again",
                hint: "correct the PIN, and start recapi anew")
        case .pinLocked:
            return error as? TokenError
        default:
            let reason =
                "no PIN is sent to the token \(token.label) again, since the first login failed: "
                + ((error as? any CodedError)?.reason ?? "\(error)")
            let hint = "see to the token, and start recapi anew"
            if let error = error as? ProviderError { return ProviderError(error.code, reason, hint: hint) }
            return TokenError((error as? TokenError)?.code ?? .tokenFailed, reason, hint: hint)
        }
    }
}

/// Tells whether two PINs are the same, without keeping any: a keyed hash (SipHash), whose key changes with each process.
private struct PINFingerprint: Hashable {
    private let value: Int

    init(_ login: TokenLogin) {
        var hasher = Hasher()
        hasher.combine(login.pin == nil)
        login.pin?.withUnsafeBytes { hasher.combine(bytes: $0) }
        value = hasher.finalize()
    }

    /// - Throws: ``TokenError`` `wrongPIN`.
    func require(_ login: TokenLogin, for token: Token) throws(TokenError) {
        guard PINFingerprint(login) == self else {
            throw TokenError(
                .wrongPIN, "another PIN was right for the token \(token.label): this one is not tried",
                hint: "give all inputs on one token the same PIN")
        }
    }
}
