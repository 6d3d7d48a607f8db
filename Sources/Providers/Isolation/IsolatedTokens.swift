import PKCS12

/// The keys on tokens of a provider in processes of its own; answers are checked as ``IsolatedCrypto``'s are.
///
/// ``TokenHosts`` says which process is asked. The processes end, and log out, with the last reference.
struct IsolatedTokens: TokenProvider {
    private let hosts: TokenHosts

    init(finder: HostPool, processesPerToken: Int) {
        hosts = TokenHosts(finder: finder, processesPerToken: processesPerToken)
    }

    func modules(for uri: String) throws -> [String] { try hosts.modules(for: uri) }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try hosts.tokens(matching: uri, module: module)
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try hosts.withToken(uri, module) { pool, module in try pool.logIn(HostLogin(login, to: uri, module)) }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try call(.contents, uri, module, answerLimit: 1 << 26, login: login) {
            $0.append(login) { $0.append($1) }
        } read: {
            try $0.tokenContents()
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try call(.signOnToken, uri, module, answerLimit: 1 << 12, login: login) {
            $0.append(login)
            $0.append(UInt64(digest.rawValue))
            $0.append(message)
        } read: {
            try $0.bytes(count: 1...largestSignature)
        }
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        try call(.export, uri, module, answerLimit: 1 << 16, login: login) {
            $0.append(login)
            $0.append(UInt64(TokenExportWay.boundaryBits(of: ways)))
            $0.append(shroud) { $0.append($1) }
        } read: { answer in
            let export = try answer.tokenExport()
            guard ways.contains(export.way), shroud != nil || export.way != .shrouded else {
                throw MessageError("a key came out in a way that was not asked for")
            }
            return export
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try call(.signShrouded, uri, module, answerLimit: 1 << 12, login: login) {
            $0.append(login)
            $0.append(shroud)
            $0.append(ciphertext)
            $0.append(UInt64(digest.rawValue))
            $0.append(message)
        } read: {
            try $0.bytes(count: 1...largestSignature)
        }
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try call(.install, uri, module, answerLimit: 1 << 16, login: login) {
            $0.append(login)
            $0.append(identity)
        } read: {
            (try $0.line(), try $0.line())
        }
    }

    private func call<Answer>(
        _ operation: Operation, _ uri: String, _ module: String?, answerLimit: Int, login: TokenLogin?,
        write: (inout MessageWriter) -> Void, read: (inout MessageReader) throws -> Answer
    ) throws -> Answer {
        try hosts.withToken(uri, module) { pool, module in
            try pool.call(
                operation, answerLimit: answerLimit, cost: .login(login),
                login: login.map { HostLogin($0, to: uri, module) }
            ) {
                $0.append(uri)
                $0.append(module) { $0.append($1) }
                write(&$0)
            } read: {
                try read(&$0)
            }
        }
    }

    func closeSessions() { hosts.closeSessions() }
}

/// A login as a call of its own.
struct HostLogin {
    let cost: CallCost
    let write: (inout MessageWriter) -> Void

    init(_ login: TokenLogin, to uri: String, _ module: String?) {
        cost = .login(login)
        write = {
            $0.append(uri)
            $0.append(module) { $0.append($1) }
            $0.append(login)
        }
    }
}
