import PKCS12
import Synchronization

@testable import Providers

/// A provider of tokens that answers with its arguments.
final class FakeTokens: TokenProvider {
    let closings = Counter()

    /// The mutex owns it.
    final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func increment() { count.withLock { $0 += 1 } }
    }

    static let codes: [TokenError.Code] = [
        .uriInvalid, .moduleFailed, .tokenNotFound, .tokenAmbiguous, .tokenRemoved, .keyNotFound, .keyAmbiguous,
        .keyNotExportable, .pinRequired, .wrongPIN, .pinFinalTry, .pinLocked, .tokenExhausted, .objectExists,
        .tokenFailed,
    ]

    static let token = Token(
        uri: "pkcs11:token=%C3%A4", label: "ä", manufacturer: "M", model: "", serialNumber: "1", module: "/m.so",
        flags: [.loginRequired, .pinFinalTry], largestSessionCount: 3)

    static let matches = TokenMatches(
        tokens: [token], pinSource: "file:/p", namesObject: true, modulePath: "/ö.so", notes: ["a", "b ö"])

    static let contents = TokenContents(
        token: token,
        keys: [
            TokenKey(
                uri: "k", label: "Schlüssel", id: [0, 1], kind: .rsa, modulus: [3], publicExponent: [1, 0, 1],
                ways: [.shrouded, .read]),
            TokenKey(uri: "l", label: "", id: [], kind: TokenKey.Kind(rawValue: "EC"), obstacle: "it is EC"),
        ], certificates: [TokenCertificate(label: "c", id: [0, 1], der: [0x30, 0])])

    static let login = TokenLogin(pin: SecretBytes(copying: [1, 2, 3, 4]), allowsFinalTry: true)

    static let shroud = TokenShroud(
        cipher: .tripleDESCBC, key: SecretBytes(copying: 0..<24), initializationVector: SecretBytes(copying: 0..<8))

    static let identity = TokenIdentity(
        key: KnownRSAKey.key, certificates: [[0x30, 0], [0x30, 1]], label: "web", isExtractable: true)

    func modules(for uri: String) throws -> [String] { ["a", "/b/\(uri).so"] }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches { Self.matches }

    func logIn(to uri: String, module: String?, login: TokenLogin) throws {
        throw TokenError(TokenError.Code(rawValue: uri), "it is so", hint: "do this")
    }

    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        var contents = Self.contents
        if uri == "odd" { contents.token.label = "\u{1b}[31malpha\nbeta" }
        return contents
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        let pin = login.pin.map { "\($0)" } ?? "nil"
        return Array("sign \(uri) \(module ?? "nil") \(digest) \(message) \(pin) \(login.allowsFinalTry)".utf8)
    }

    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        ways == [.shrouded] || uri == "lies"
            ? TokenExport(key: .shrouded([5, 6]), way: .shrouded, mechanism: "CKM_X")
            : TokenExport(key: .rsa(KnownRSAKey.key), way: .read, mechanism: nil, notes: ["one", "two"])
    }

    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        let pin = login.pin.map { "\($0)" } ?? "nil"
        return Array(
            "shrouded \(uri) \(module ?? "nil") \(digest) \(message) \(ciphertext) \(shroud.cipher) \(pin)".utf8)
    }

    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        let id = identity.id.map { "\($0)" } ?? "nil"
        return ("key \(identity.label) \(identity.isExtractable) \(identity.certificates) \(id)", "certificate")
    }

    func closeSessions() { closings.increment() }
}
