import PKCS12
import Providers
import Synchronization

/// A token without any module: what is on it, what it does with a key, and what was asked of it, are the test's.
public final class FakeToken: TokenProvider {
    /// What the token does once somebody is logged in.
    public struct Behaviour: Sendable {
        public var sign: @Sendable (_ message: ArraySlice<UInt8>, DigestAlgorithm, TokenKey) throws -> [UInt8] = {
            _, _, _ in []
        }
        public var export: @Sendable (TokenKey, Set<TokenExportWay>, TokenShroud?) throws -> TokenExport = {
            key, _, _ in TokenExport(key: .shrouded(Array(key.label.utf8)), way: .shrouded, mechanism: nil)
        }
        public var signShrouded:
            @Sendable (_ message: ArraySlice<UInt8>, DigestAlgorithm, _ ciphertext: [UInt8], TokenShroud) throws
                -> [UInt8] = { _, _, _, _ in [] }

        public init() {}
    }

    /// How often the token was asked.
    public struct Counts: Sendable, Equatable {
        public var listings = 0
        public var logins = 0
        public var signatures = 0
        /// By the label of the key.
        public var exports: [String: Int] = [:]
        /// The most calls that were in hand at once.
        public var mostAtOnce = 0
        fileprivate var atOnce = 0
    }

    private let contents: [TokenContents]
    private let pin: String?
    private let behaviour: Behaviour
    /// The mutex owns it.
    private let state = Mutex(Counts())

    /// - Parameters:
    ///   - contents: of each token; an URI matches those whose own starts it.
    ///   - pin: nil for tokens without one.
    public init(_ contents: [TokenContents], pin: String? = nil, behaviour: Behaviour = Behaviour()) {
        self.contents = contents
        self.pin = pin
        self.behaviour = behaviour
    }

    public var counts: Counts { state.withLock(\.self) }

    public func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        state.withLock { $0.listings += 1 }
        let parts = uri.split(separator: "?", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        guard name.hasPrefix("pkcs11:") else { throw TokenError(.uriInvalid, "not such a URI") }
        let pinSource = parts.dropFirst().first.flatMap { query in
            query.hasPrefix("pin-source=") ? String(query.dropFirst("pin-source=".count)) : nil
        }
        return TokenMatches(
            tokens: contents.map(\.token).filter { name.hasPrefix($0.uri) || $0.uri.hasPrefix(name) },
            pinSource: pinSource, namesObject: name.contains(";object="))
    }

    public func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try counted {
            let token = try tokens(matching: uri, module: module).tokens
            guard var found = contents.first(where: { $0.token == token.first }) else {
                throw TokenError(.tokenNotFound, "no such token")
            }
            guard let login else { return TokenContents(token: found.token, certificates: found.certificates) }
            try check(login)
            if let object = uri.split(separator: ";").first(where: { $0.hasPrefix("object=") }) {
                found.keys = found.keys.filter { $0.uri.split(separator: ";").contains(object) }
            }
            return found
        }
    }

    public func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try counted {
            try check(login)
            state.withLock { $0.signatures += 1 }
            return try behaviour.sign(message, digest, try key(uri))
        }
    }

    public func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try counted {
            try check(login)
            let key = try key(uri)
            state.withLock { $0.exports[key.label, default: 0] += 1 }
            return try behaviour.export(key, ways, shroud)
        }
    }

    public func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try counted {
            try check(login)
            return try behaviour.signShrouded(message, digest, ciphertext, shroud)
        }
    }

    public func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        throw TokenError(.tokenExhausted, "nothing can be written here")
    }

    private func key(_ uri: String) throws -> TokenKey {
        guard let key = contents.flatMap(\.keys).first(where: { $0.uri == uri }) else {
            throw TokenError(.keyNotFound, "no such key")
        }
        return key
    }

    private func check(_ login: TokenLogin) throws {
        state.withLock { $0.logins += 1 }
        guard let pin else { return }
        guard let given = login.pin else { throw TokenError(.pinRequired, "there is no PIN") }
        guard given == secret(pin) else { throw TokenError(.wrongPIN, "the PIN is wrong") }
    }

    private func counted<Result>(_ body: () throws -> Result) rethrows -> Result {
        state.withLock { counts in
            counts.atOnce += 1
            counts.mostAtOnce = max(counts.mostAtOnce, counts.atOnce)
        }
        defer { state.withLock { $0.atOnce -= 1 } }
        return try body()
    }
}

extension Token {
    /// - Parameter sessions: ulMaxSessionCount.
    public static func fake(_ label: String, flags: TokenFlags = .loginRequired, sessions: Int? = nil) -> Token {
        Token(
            uri: "pkcs11:token=\(label)", label: label, manufacturer: "recapi", model: "fake", serialNumber: "1",
            module: "fake", flags: flags, largestSessionCount: sessions)
    }
}
