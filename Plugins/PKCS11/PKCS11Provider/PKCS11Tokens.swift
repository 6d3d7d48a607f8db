import CPKCS11
import PKCS12
import Providers

/// Tokens of every PKCS#11 module that p11-kit knows, or of one that is named.
struct PKCS11Tokens: TokenProvider {
    private let connections = Connections()

    func modules(for uri: String) throws -> [String] {
        try reporting { try connections.modules(for: try TokenURI(parsing: uri)) }
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try reporting {
            let parsed = try TokenURI(parsing: uri)
            var notes: [String] = []
            let slots = try connections.slots(matching: parsed, module: module) { notes.append($0) }
            return TokenMatches(
                tokens: slots.map(\.token),
                pinSource: parsed.pinSource, namesObject: !parsed.attributes.isEmpty,
                modulePath: parsed.modulePath, notes: notes)
        }
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try withSession(uri, module, login) { _, _, _ in }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try withSession(uri, module, login) { connection, session, uri in
            let listing = Listing(session, isLoggedIn: login != nil)
            let keys = try listing.keys(matching: uri.attributes)
            let byURI = Dictionary(grouping: keys) { $0.key.uri }
            connection.remember(byURI.compactMapValues { $0.count == 1 ? $0.first?.handle : nil })
            return TokenContents(
                token: session.token.token, keys: keys.map(\.key), certificates: try listing.certificates())
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try withSession(uri, module, login) { connection, session, parsed in
            let key = try PrivateKeyObject(matching: parsed.attributes, uri, session, likely: connection.key(uri))
            return try session.signature(of: message, with: digest, key: key.handle, login: login)
        }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try withSession(uri, module, login) { connection, session, parsed in
            let key = try PrivateKeyObject(matching: parsed.attributes, uri, session, likely: connection.key(uri))
            return try Export(session, key, shroud).bestOf(ways)
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try withSession(uri, module, login) { _, session, _ in
            try session.withShroudKey(shroud, for: CKA_UNWRAP) { shroudKey, mechanism in
                let key = try session.unwrap(
                    ciphertext, under: shroudKey, mechanism,
                    [
                        Attribute(CKA_CLASS, CK_ULONG(CKO_PRIVATE_KEY)), Attribute(CKA_KEY_TYPE, CK_ULONG(CKK_RSA)),
                        Attribute(CKA_TOKEN, false), Attribute(CKA_PRIVATE, true), Attribute(CKA_SENSITIVE, true),
                        Attribute(CKA_EXTRACTABLE, false), Attribute(CKA_SIGN, true),
                    ])
                defer { session.destroy(key) }
                return try session.signature(of: message, with: digest, key: key, login: login)
            }
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try withSession(uri, module, login) { _, session, _ in
            // The login holds for all sessions with the token.
            let session = try Session(session.token, writes: true)
            return try Installation(identity, session).run()
        }
    }

    func closeSessions() { connections.closeAll() }

    private func withSession<Result>(
        _ uri: String, _ module: String?, _ login: TokenLogin?, _ body: (Connection, Session, TokenURI) throws -> Result
    ) throws -> Result {
        try reporting {
            let parsed = try TokenURI(parsing: uri)
            return try connections.withSession(parsed, uri, module: module, login: login) { try body($0, $1, parsed) }
        }
    }

    private func reporting<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as ModuleFailure {
            throw failure.tokenError
        } catch is Connection.Gone {
            throw TokenError(.tokenRemoved, "the token does not keep its sessions")
        }
    }
}
