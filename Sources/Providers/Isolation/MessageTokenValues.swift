import PKCS12

// How the values of calls for tokens stand in messages, writing and reading side by side.

extension MessageWriter {
    mutating func append(_ matches: TokenMatches) {
        append(matches.tokens) { $0.append($1) }
        append(matches.pinSource) { $0.append($1) }
        append(matches.namesObject)
        append(matches.modulePath) { $0.append($1) }
        append(matches.notes) { $0.append($1) }
    }

    mutating func append(_ token: Token) {
        for text in [token.uri, token.label, token.manufacturer, token.model, token.serialNumber, token.module] {
            append(text)
        }
        append(token.flags.rawValue)
        append(token.largestSessionCount) { $0.append($1) }
    }

    mutating func append(_ contents: TokenContents) {
        append(contents.token)
        append(contents.keys) { $0.append($1) }
        append(contents.certificates) { writer, certificate in
            writer.append(certificate.label)
            writer.append(certificate.id)
            writer.append(certificate.der)
        }
    }

    mutating func append(_ key: TokenKey) {
        append(key.uri)
        append(key.label)
        append(key.id)
        append(key.kind.rawValue)
        append(key.modulus)
        append(key.publicExponent)
        append(UInt64(TokenExportWay.boundaryBits(of: key.ways)))
        append(key.obstacle) { $0.append($1) }
    }

    mutating func append(_ login: TokenLogin) {
        append(login.pin) { $0.append($1) }
        append(login.allowsFinalTry)
    }

    mutating func append(_ shroud: TokenShroud) {
        append(UInt64(shroud.cipher.rawValue))
        append(shroud.key)
        append(shroud.initializationVector)
    }

    mutating func append(_ export: TokenExport) {
        append(UInt64(export.way.boundaryNumber))
        append(export.mechanism) { $0.append($1) }
        switch export.key {
        case .shrouded(let ciphertext): append(ciphertext)
        case .rsa(let key): append(key)
        }
        append(export.notes) { $0.append($1) }
    }

    mutating func append(_ identity: TokenIdentity) {
        append(identity.key)
        append(identity.certificates) { $0.append($1) }
        append(identity.label)
        append(identity.isExtractable)
        append(identity.id) { $0.append($1) }
    }
}

extension MessageReader {
    mutating func tokenMatches() throws -> TokenMatches {
        TokenMatches(
            tokens: try array { try $0.token() }, pinSource: try optional { try $0.text() }, namesObject: try flag(),
            modulePath: try optional { try $0.text() }, notes: try array { try $0.line() })
    }

    mutating func token() throws -> Token {
        Token(
            uri: try line(), label: try line(), manufacturer: try line(), model: try line(), serialNumber: try line(),
            module: try line(), flags: TokenFlags(rawValue: try number()),
            largestSessionCount: try optional { try $0.number(in: 0...Int.max) })
    }

    mutating func tokenContents() throws -> TokenContents {
        TokenContents(
            token: try token(), keys: try array { try $0.tokenKey() },
            certificates: try array {
                TokenCertificate(label: try $0.line(), id: try $0.bytes(), der: try $0.bytes())
            })
    }

    mutating func tokenKey() throws -> TokenKey {
        TokenKey(
            uri: try line(), label: try line(), id: try bytes(), kind: TokenKey.Kind(rawValue: try line()),
            modulus: try bytes(), publicExponent: try bytes(),
            ways: TokenExportWay.ways(boundaryBits: UInt32(truncatingIfNeeded: try number())),
            obstacle: try optional { try $0.line() })
    }

    mutating func login() throws -> TokenLogin {
        TokenLogin(pin: try optional { try $0.secret() }, allowsFinalTry: try flag())
    }

    mutating func shroud() throws -> TokenShroud {
        TokenShroud(cipher: try algorithm(), key: try secret(), initializationVector: try secret())
    }

    mutating func tokenExport() throws -> TokenExport {
        let number = try number()
        guard let way = TokenExportWay.allCases.first(where: { UInt64($0.boundaryNumber) == number }) else {
            throw MessageError("there is no way \(number) out of a token")
        }
        let mechanism = try optional { try $0.line() }
        return TokenExport(
            key: way == .shrouded ? .shrouded(try bytes()) : .rsa(try rsaKey()), way: way, mechanism: mechanism,
            notes: try array { try $0.line() })
    }

    mutating func identity() throws -> TokenIdentity {
        TokenIdentity(
            key: try rsaKey(), certificates: try array { try $0.bytes() }, label: try text(),
            isExtractable: try flag(), id: try optional { try $0.bytes() })
    }
}
