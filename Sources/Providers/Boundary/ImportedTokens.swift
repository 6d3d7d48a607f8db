import CProviderABI
import PKCS12

/// The keys on tokens of a table that came through the boundary. Sessions that the provider keeps end with it.
final class ImportedTokens: TokenProvider, @unchecked Sendable {
    // Sendable: the table is a copy, its functions may be called from any thread (the boundary's rule).
    private let provider: String
    private let table: recapi_tokens_v1
    private let functions: Functions
    private let owner: AnyObject?

    /// The functions of a complete table.
    private struct Functions {
        typealias Context = UnsafeMutableRawPointer?
        typealias Address = UnsafePointer<recapi_token_address>?
        typealias Login = UnsafePointer<recapi_token_login>?
        typealias Shroud = UnsafePointer<recapi_token_shroud>?
        typealias Signature = UnsafeMutablePointer<recapi_buffer>?
        typealias Sink = UnsafePointer<recapi_token_sink>?
        typealias Reason = UnsafeMutablePointer<recapi_reason>?

        let modules: @convention(c) (Context, Address, Sink, Reason) -> recapi_status
        let tokens: @convention(c) (Context, Address, Sink, Reason) -> recapi_status
        let logIn: @convention(c) (Context, Address, Login, Reason) -> recapi_status
        let contents: @convention(c) (Context, Address, Login, Sink, Reason) -> recapi_status
        let sign: @convention(c) (Context, Address, Login, UInt32, recapi_bytes, Signature, Reason) -> recapi_status
        let export: @convention(c) (Context, Address, Login, UInt32, Shroud, Sink, Reason) -> recapi_status
        let signShrouded:
            @convention(c) (
                Context, Address, Login, Shroud, recapi_bytes, UInt32, recapi_bytes, Signature, Reason
            ) -> recapi_status
        let install:
            @convention(c) (Context, Address, Login, UnsafePointer<recapi_token_identity>?, Sink, Reason)
                -> recapi_status
        let closeSessions: @convention(c) (Context) -> Void
    }

    /// - Throws: ``ProviderError`` `inconsistent` where the table is not complete.
    init(provider: String, table pointer: UnsafePointer<recapi_tokens_v1>, owner: AnyObject?) throws {
        let incomplete = ProviderError(.inconsistent, "the tokens table of the provider \(provider) is not complete")
        let table = try ImportedProvider.copy(pointer, least: MemoryLayout<recapi_tokens_v1>.size) { incomplete }
        guard let modules = table.modules, let tokens = table.tokens, let logIn = table.log_in,
            let contents = table.contents,
            let sign = table.sign, let export = table.export_key, let signShrouded = table.sign_shrouded,
            let install = table.install, let closeSessions = table.close_sessions
        else { throw incomplete }
        self.provider = provider
        self.table = table
        self.owner = owner
        functions = Functions(
            modules: modules, tokens: tokens, logIn: logIn, contents: contents, sign: sign, export: export,
            signShrouded: signShrouded,
            install: install, closeSessions: closeSessions)
    }

    deinit { closeSessions() }

    func closeSessions() { functions.closeSessions(table.context) }

    func modules(for uri: String) throws -> [String] {
        try collected(uri, nil) { functions.modules(table.context, $0, $1, $2) }.modules
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        let found = try collected(uri, module) { functions.tokens(table.context, $0, $1, $2) }
        guard var matches = found.uri else { throw silent("what the URI says") }
        matches.tokens = found.tokens
        matches.notes = found.notes
        return matches
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try login.withCLogin { login in
            try call(uri, module) { functions.logIn(table.context, $0, login, $1) }
        }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        let found =
            if let login {
                try login.withCLogin { login in
                    try collected(uri, module) { functions.contents(table.context, $0, login, $1, $2) }
                }
            } else {
                try collected(uri, module) { functions.contents(table.context, $0, nil, $1, $2) }
            }
        guard let token = found.tokens.first else { throw silent("a token") }
        return TokenContents(token: token, keys: found.keys, certificates: found.certificates)
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try message.withUnsafeBytes { message in
            try login.withCLogin { login in
                try signature { signature in
                    try call(uri, module) {
                        functions.sign(
                            table.context, $0, login, digest.rawValue, recapi_bytes(message), signature, $1)
                    }
                }
            }
        }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        func exported(_ shroud: UnsafePointer<recapi_token_shroud>?) throws -> TokenExport? {
            try login.withCLogin { login in
                let found = try collected(uri, module) {
                    functions.export(
                        table.context, $0, login, TokenExportWay.boundaryBits(of: ways), shroud, $1, $2)
                }
                var exported = found.exported
                exported?.notes = found.notes
                return exported
            }
        }
        let result = if let shroud { try shroud.withCShroud(exported) } else { try exported(nil) }
        guard let result else { throw silent("a key") }
        guard ways.contains(result.way), shroud != nil || result.way != .shrouded else {
            throw ProviderError(
                .inconsistent, "the provider \(provider) exports a key in a way that it was not asked for")
        }
        return result
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try withSpans(of: [ciphertext, Array(message)]) { spans in
            try login.withCLogin { login in
                try shroud.withCShroud { shroud in
                    try signature { signature in
                        try call(uri, module) {
                            functions.signShrouded(
                                table.context, $0, login, shroud, spans[0], digest.rawValue, spans[1], signature, $1)
                        }
                    }
                }
            }
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        let found = try login.withCLogin { login in
            try identity.withCIdentity { identity in
                try collected(uri, module) { functions.install(table.context, $0, login, identity, $1, $2) }
            }
        }
        guard let installed = found.installed else { throw silent("what it wrote") }
        return installed
    }

    private typealias Address = UnsafePointer<recapi_token_address>
    private typealias Reason = UnsafeMutablePointer<recapi_reason>

    private func call(_ uri: String, _ module: String?, _ body: (Address, Reason) -> recapi_status) throws {
        try withSpans(of: [Array(uri.utf8), module.map { Array($0.utf8) }]) { spans in
            var address = recapi_token_address(uri: spans[0], module: spans[1])
            try callProvider(provider) { body(&address, $0) }
        }
    }

    private func collected(
        _ uri: String, _ module: String?, _ body: (Address, UnsafePointer<recapi_token_sink>, Reason) -> recapi_status
    ) throws -> TokenCollector {
        let collector = TokenCollector()
        try collector.collect(from: provider) { context in
            var sink = TokenCollector.sink(context)
            try call(uri, module) { body($0, &sink, $1) }
        }
        return collector
    }

    private func signature(_ sign: (UnsafeMutablePointer<recapi_buffer>) throws -> Void) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: largestSignature) { output, count in
            var signature = recapi_buffer(UnsafeMutableRawBufferPointer(output))
            try sign(&signature)
            guard (1...UInt64(largestSignature)).contains(signature.size) else {
                throw ProviderError(
                    .inconsistent, "the provider \(provider) reports a signature of \(signature.size) bytes")
            }
            count = Int(signature.size)
        }
    }

    private func silent(_ what: String) -> ProviderError {
        ProviderError(.inconsistent, "the provider \(provider) does not report \(what)")
    }
}

/// That of an RSA key of 16,384 bits.
let largestSignature = 2_048

/// What a call has reported so far.
private final class TokenCollector: Collector, Collecting {
    private(set) var uri: TokenMatches?
    private(set) var notes: [String] = []
    private(set) var modules: [String] = []
    private(set) var tokens: [Token] = []
    private(set) var keys: [TokenKey] = []
    private(set) var certificates: [TokenCertificate] = []
    private(set) var exported: TokenExport?
    private(set) var installed: (key: String, certificate: String)?

    init() { super.init(limit: 100_000) }

    static func sink(_ context: UnsafeMutableRawPointer) -> recapi_token_sink {
        recapi_token_sink(
            context: context,
            module: { context, module in TokenCollector.take(context) { $0.modules.append(try module.line()) } },
            uri: { TokenCollector.take($0, $1) { $0.uri = try TokenMatches($1) } },
            note: { context, note in TokenCollector.take(context) { $0.notes.append(try note.line()) } },
            token: { TokenCollector.take($0, $1) { $0.tokens.append(try Token($1)) } },
            key: { TokenCollector.take($0, $1) { $0.keys.append(try TokenKey($1)) } },
            certificate: { TokenCollector.take($0, $1) { $0.certificates.append(try TokenCertificate($1)) } },
            exported: { TokenCollector.take($0, $1) { $0.exported = try TokenExport($1) } },
            installed: { context, key, certificate in
                TokenCollector.take(context) { $0.installed = (try key.line(), try certificate.line()) }
            })
    }
}
