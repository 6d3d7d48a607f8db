import PKCS12

extension HostedCalls {
    func perform(
        _ operation: Operation, _ tokens: any TokenProvider, _ request: inout MessageReader
    ) throws -> (inout MessageWriter) -> Void {
        let (uri, module) = (try request.text(), try request.optional { try $0.text() })
        switch operation {
        case .modules:
            let modules = try tokens.modules(for: uri)
            return { $0.append(modules) { $0.append($1) } }
        case .tokens:
            let matches = try tokens.tokens(matching: uri, module: module)
            return { $0.append(matches) }
        case .logIn:
            try tokens.logIn(to: uri, module: module, login: try request.login())
            return { _ in }
        case .contents:
            let contents = try tokens.contents(of: uri, module: module, login: try request.optional { try $0.login() })
            return { $0.append(contents) }
        case .signOnToken:
            let login = try request.login()
            let digest: DigestAlgorithm = try request.algorithm()
            let signature = try tokens.sign(
                try request.bytes()[...], with: digest, key: uri, module: module, login: login)
            return { $0.append(signature) }
        case .export:
            let login = try request.login()
            let ways = TokenExportWay.ways(boundaryBits: UInt32(truncatingIfNeeded: try request.number()))
            let export = try tokens.export(
                uri, module: module, login: login, ways: Set(ways), shroud: try request.optional { try $0.shroud() })
            return { $0.append(export) }
        case .signShrouded:
            let (login, shroud, ciphertext) = (try request.login(), try request.shroud(), try request.bytes())
            let digest: DigestAlgorithm = try request.algorithm()
            let signature = try tokens.sign(
                try request.bytes()[...], with: digest, shrouded: ciphertext, shroud: shroud, on: uri, module: module,
                login: login)
            return { $0.append(signature) }
        case .install:
            let login = try request.login()
            let uris = try tokens.install(try request.identity(), on: uri, module: module, login: login)
            return {
                $0.append(uris.key)
                $0.append(uris.certificate)
            }
        default:
            throw MessageError("the request is no call of the tokens table")
        }
    }
}
