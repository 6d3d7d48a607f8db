import PKCS12

/// The keys on tokens of a provider in a process of its own; answers are checked as ``IsolatedCrypto``'s are.
///
/// The process ends, and logs out, with the last reference to the pool.
struct IsolatedTokens: TokenProvider {
    let pool: HostPool

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try call(.tokens, uri, module, answerLimit: 1 << 20) { _ in
        } read: {
            try $0.tokenMatches()
        }
    }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        try call(.logIn, uri, module, answerLimit: 0, cost: .login(login)) {
            $0.append(login)
        } read: { _ in
        }
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try call(.contents, uri, module, answerLimit: 1 << 26, cost: .login(login)) {
            $0.append(login) { $0.append($1) }
        } read: {
            try $0.tokenContents()
        }
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try call(.signOnToken, uri, module, answerLimit: 1 << 12, cost: .login(login)) {
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
        try call(.export, uri, module, answerLimit: 1 << 16, cost: .login(login)) {
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
        try call(.signShrouded, uri, module, answerLimit: 1 << 12, cost: .login(login)) {
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
        try call(.install, uri, module, answerLimit: 1 << 16, cost: .login(login)) {
            $0.append(login)
            $0.append(identity)
        } read: {
            (try $0.text(), try $0.text())
        }
    }

    private func call<Answer>(
        _ operation: Operation, _ uri: String, _ module: String?, answerLimit: Int, cost: CallCost = .none,
        write: (inout MessageWriter) -> Void, read: (inout MessageReader) throws -> Answer
    ) throws -> Answer {
        try pool.call(operation, answerLimit: answerLimit, cost: cost) {
            $0.append(uri)
            $0.append(module) { $0.append($1) }
            write(&$0)
        } read: {
            try read(&$0)
        }
    }
}
