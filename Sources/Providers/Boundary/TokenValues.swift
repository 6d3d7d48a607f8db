import CProviderABI
import PKCS12

// How the values of the calls for tokens cross the boundary: out of Swift with pointers that are valid only inside a
// closure, and into Swift by copies that are checked.

extension TokenMatches {
    func withCURI(_ body: (UnsafePointer<recapi_token_uri>) throws -> Void) rethrows {
        try withSpans(of: [pinSource, modulePath].map { $0.map { Array($0.utf8) } }) { spans in
            var uri = recapi_token_uri(
                pin_source: spans[0], module_path: spans[1], names_object: namesObject ? 1 : 0, reserved: 0)
            try body(&uri)
        }
    }

    /// Without tokens and notes, which are reported by themselves.
    init(_ uri: recapi_token_uri) throws {
        self.init(
            tokens: [], pinSource: try uri.pin_source.ifPresent { try $0.text() }, namesObject: uri.names_object != 0,
            modulePath: try uri.module_path.ifPresent { try $0.text() })
    }
}

extension Token {
    func withCToken(_ body: (UnsafePointer<recapi_token>) throws -> Void) rethrows {
        try withSpans(of: [uri, label, manufacturer, model, serialNumber, module].map { Array($0.utf8) }) { spans in
            var token = recapi_token(
                uri: spans[0], label: spans[1], manufacturer: spans[2], model: spans[3], serial_number: spans[4],
                module: spans[5], flags: flags.rawValue, largest_session_count: UInt64(largestSessionCount ?? 0))
            try body(&token)
        }
    }

    init(_ token: recapi_token) throws {
        self.init(
            uri: try token.uri.line(), label: try token.label.line(), manufacturer: try token.manufacturer.line(),
            model: try token.model.line(), serialNumber: try token.serial_number.line(),
            module: try token.module.line(), flags: TokenFlags(rawValue: token.flags),
            largestSessionCount: token.largest_session_count == 0 ? nil : Int(clamping: token.largest_session_count))
    }
}

extension TokenKey {
    func withCKey(_ body: (UnsafePointer<recapi_token_key>) throws -> Void) rethrows {
        let texts = [uri, label, kind.rawValue].map { Array($0.utf8) }
        let numbers = [id, modulus, publicExponent]
        try withSpans(of: texts + numbers + [obstacle.map { Array($0.utf8) }]) { spans in
            var key = recapi_token_key(
                uri: spans[0], label: spans[1], id: spans[3], kind: spans[2], modulus: spans[4],
                public_exponent: spans[5], ways: TokenExportWay.boundaryBits(of: ways), reserved: 0,
                obstacle: spans[6])
            try body(&key)
        }
    }

    init(_ key: recapi_token_key) throws {
        self.init(
            uri: try key.uri.line(), label: try key.label.line(), id: Array(try key.id.checked()),
            kind: Kind(rawValue: try key.kind.line()), modulus: Array(try key.modulus.checked()),
            publicExponent: Array(try key.public_exponent.checked()), ways: TokenExportWay.ways(boundaryBits: key.ways),
            obstacle: try key.obstacle.ifPresent { try $0.line() })
    }
}

extension TokenCertificate {
    func withCCertificate(_ body: (UnsafePointer<recapi_token_certificate>) throws -> Void) rethrows {
        try withSpans(of: [Array(label.utf8), id, der]) { spans in
            var certificate = recapi_token_certificate(label: spans[0], id: spans[1], der: spans[2])
            try body(&certificate)
        }
    }

    init(_ certificate: recapi_token_certificate) throws {
        self.init(
            label: try certificate.label.line(), id: Array(try certificate.id.checked()),
            der: Array(try certificate.der.checked()))
    }
}

extension TokenLogin {
    func withCLogin<Result>(_ body: (UnsafePointer<recapi_token_login>) throws -> Result) rethrows -> Result {
        func lend(_ pin: recapi_bytes) throws -> Result {
            var login = recapi_token_login(pin: pin, allows_final_try: allowsFinalTry ? 1 : 0, reserved: 0)
            return try body(&login)
        }
        guard let pin else { return try lend(recapi_bytes(data: nil, size: 0)) }
        return try pin.withUnsafeBytes { try lend(recapi_bytes($0)) }
    }

    init(_ login: recapi_token_login) throws {
        self.init(
            pin: try login.pin.ifPresent { try SecretBytes($0) }, allowsFinalTry: login.allows_final_try != 0)
    }
}

extension TokenShroud {
    func withCShroud<Result>(_ body: (UnsafePointer<recapi_token_shroud>) throws -> Result) rethrows -> Result {
        try key.withUnsafeBytes { key in
            try initializationVector.withUnsafeBytes { iv in
                var shroud = recapi_token_shroud(
                    cipher: cipher.rawValue, reserved: 0, key: recapi_bytes(key), iv: recapi_bytes(iv))
                return try body(&shroud)
            }
        }
    }

    init(_ shroud: recapi_token_shroud) throws {
        self.init(
            cipher: try algorithm(shroud.cipher), key: try SecretBytes(shroud.key),
            initializationVector: try SecretBytes(shroud.iv))
    }
}

extension TokenExport {
    func withCExport(_ body: (UnsafePointer<recapi_token_export>) throws -> Void) rethrows {
        let ciphertext: [UInt8] = if case .shrouded(let bytes) = key { bytes } else { [] }
        try withSpans(of: [mechanism.map { Array($0.utf8) }, ciphertext]) { spans in
            var export = recapi_token_export(
                way: way.boundaryNumber, reserved: 0, mechanism: spans[0], ciphertext: spans[1], key: nil)
            guard case .rsa(let key) = key else { return try body(&export) }
            try key.withCKey { key in
                try withUnsafePointer(to: key) { key in
                    export.key = key
                    try body(&export)
                }
            }
        }
    }

    init(_ export: recapi_token_export) throws {
        guard let way = TokenExportWay.allCases.first(where: { $0.boundaryNumber == export.way }),
            (way == .shrouded) == (export.key == nil)
        else { throw PKCS12Error(.invalidArgument, "a key that came out in no way that there is") }
        let key: Key =
            if let key = export.key {
                .rsa(try RSAPrivateKey(key.pointee))
            } else {
                .shrouded(Array(try export.ciphertext.checked()))
            }
        self.init(key: key, way: way, mechanism: try export.mechanism.ifPresent { try $0.line() })
    }
}

extension TokenIdentity {
    func withCIdentity<Result>(_ body: (UnsafePointer<recapi_token_identity>) throws -> Result) rethrows -> Result {
        try key.withCKey { key in
            try withSpans(of: certificates + [Array(label.utf8), id]) { spans in
                try withUnsafePointer(to: key) { key in
                    try spans.withUnsafeBufferPointer { spans in
                        var identity = recapi_token_identity(
                            is_extractable: isExtractable ? 1 : 0, reserved: 0, key: key,
                            certificates: spans.baseAddress, certificate_count: UInt64(certificates.count),
                            label: spans[certificates.count], id: spans[certificates.count + 1])
                        return try body(&identity)
                    }
                }
            }
        }
    }

    init(_ identity: recapi_token_identity) throws {
        guard let certificates = identity.certificates, (1...1_000).contains(identity.certificate_count) else {
            throw PKCS12Error(.invalidArgument, "\(identity.certificate_count) certificates for a token")
        }
        self.init(
            key: try RSAPrivateKey(try present(identity.key).pointee),
            certificates: try UnsafeBufferPointer(start: certificates, count: Int(identity.certificate_count)).map {
                Array(try $0.checked())
            },
            label: try identity.label.text(), isExtractable: identity.is_extractable != 0,
            id: try identity.id.ifPresent { Array(try $0.checked()) })
    }
}

extension TokenExportWay {
    var boundaryNumber: UInt32 {
        switch self {
        case .shrouded: UInt32(RECAPI_TOKEN_SHROUDED)
        case .wrapped: UInt32(RECAPI_TOKEN_WRAPPED)
        case .read: UInt32(RECAPI_TOKEN_READ)
        }
    }
}

extension TokenExportWay {
    static func boundaryBits(of ways: some Sequence<TokenExportWay>) -> UInt32 {
        ways.reduce(0) { $0 | 1 << $1.boundaryNumber }
    }

    /// Those whose bit is set, best first; other bits are ignored.
    static func ways(boundaryBits: UInt32) -> [TokenExportWay] {
        allCases.filter { boundaryBits & 1 << $0.boundaryNumber != 0 }
    }
}

extension recapi_bytes {
    /// A text to print.
    func line() throws -> String { BoundaryErrors.line(try text()) }
}
