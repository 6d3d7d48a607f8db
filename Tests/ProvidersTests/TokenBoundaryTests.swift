import PKCS12
import TestSupport
import Testing

@testable import Providers

/// What crosses the C boundary, and the channel's messages, of calls for tokens.
@Suite struct TokenBoundaryTests {
    private let fake = FakeTokens()

    @Test func valuesCrossWhole() throws {
        let tokens = try #require(try provider().tokens)
        let matches = try tokens.tokens(matching: "pkcs11:token=ä", module: "/m.so")
        #expect(matches == FakeTokens.matches)
        #expect(try tokens.modules(for: "ü") == ["a", "/b/ü.so"])
        #expect(try tokens.contents(of: "u", module: nil, login: nil) == FakeTokens.contents)
        let signature = try tokens.sign([1, 2], with: .sha384, key: "k", module: nil, login: FakeTokens.login)
        #expect(signature == Array("sign k nil sha384 [1, 2] SecretBytes(4) true".utf8))
        #expect(
            try tokens.sign(
                [1], with: .sha1, shrouded: [9, 9], shroud: FakeTokens.shroud, on: "t", module: "m",
                login: TokenLogin(pin: nil)) == Array("shrouded t m sha1 [1] [9, 9] tripleDESCBC nil".utf8))
        let read = try tokens.export(
            "u", module: nil, login: FakeTokens.login, ways: [.read, .wrapped], shroud: FakeTokens.shroud)
        #expect(read.way == .read && read.mechanism == nil && key(of: read) == KnownRSAKey.key)
        #expect(read.notes == ["one", "two"])
        let shrouded = try tokens.export(
            "u", module: nil, login: FakeTokens.login, ways: [.shrouded], shroud: FakeTokens.shroud)
        guard case .shrouded(let ciphertext) = shrouded.key else { throw PKCS12Error(.malformed, "not shrouded") }
        #expect(ciphertext == [5, 6] && shrouded.mechanism == "CKM_X" && shrouded.notes == [])
        let uris = try tokens.install(FakeTokens.identity, on: "t", module: nil, login: FakeTokens.login)
        #expect(uris.key == "key web true [[48, 0], [48, 1]] nil" && uris.certificate == "certificate")
    }

    @Test func anEmptyPINIsNoMissingOne() throws {
        let tokens = try #require(try provider().tokens)
        let login = TokenLogin(pin: SecretBytes(copying: []))
        let signature = try tokens.sign([1], with: .sha1, key: "k", module: nil, login: login)
        #expect(signature == Array("sign k nil sha1 [1] SecretBytes(0) false".utf8))
    }

    @Test(arguments: FakeTokens.codes)
    func errorsCross(code: TokenError.Code) throws {
        let tokens = try #require(try provider().tokens)
        let error = thrown { try tokens.logIn(to: code.rawValue, module: nil, login: FakeTokens.login) } as? TokenError
        #expect(error == TokenError(code, "it is so", hint: "do this"))
        // And the channel of an isolated one.
        let message = makeMessage(kind: 1, call: 1) { $0.append(TokenError(code, "it is so", hint: "do this")) }
        var reader = MessageReader(
            message.withUnsafeBytes { SecretBytes(copying: $0.dropFirst(MessageHeader.byteCount)) })
        #expect(try reader.error(provider: "fake") as? TokenError == error)
    }

    @Test func anUnknownCodeIsAFailureOfTheToken() throws {
        let tokens = try #require(try provider().tokens)
        #expect(errorCode { try tokens.logIn(to: "tokenOther", module: nil, login: FakeTokens.login) } == "tokenFailed")
    }

    @Test func textsDoNotMoveTheCursor() throws {
        let tokens = try #require(try provider().tokens)
        let contents = try tokens.contents(of: "odd", module: nil, login: nil)
        #expect(contents.token.label == " [31malpha beta")
    }

    /// A host whose plugin went wild can answer anything, and not only what comes through its own boundary.
    @Test func textsOfAHostDoNotMoveTheCursorEither() throws {
        let odd = "\u{1b}[31malpha\nbeta"
        var sent = FakeTokens.contents
        (sent.token.label, sent.token.uri) = (odd, odd)
        for index in sent.keys.indices {
            (sent.keys[index].label, sent.keys[index].uri, sent.keys[index].obstacle) = (odd, odd, odd)
        }
        sent.certificates[0].label = odd
        let matches = TokenMatches(tokens: [sent.token], notes: [odd])
        let line = " [31malpha beta"

        var reader = reader(of: sent) { $0.append($1) }
        let contents = try reader.tokenContents()
        #expect(contents.token.label == line && contents.token.uri == line)
        #expect(contents.keys.allSatisfy { $0.label == line && $0.uri == line && $0.obstacle == line })
        #expect(contents.certificates.map(\.label) == [line])
        reader = self.reader(of: matches) { $0.append($1) }
        #expect(try reader.tokenMatches().notes == [line])
        let export = TokenExport(key: .shrouded([1]), way: .shrouded, mechanism: odd, notes: [odd])
        reader = self.reader(of: export) { $0.append($1) }
        let exported = try reader.tokenExport()
        #expect(exported.mechanism == line && exported.notes == [line])
    }

    private func reader<Value>(of value: Value, _ write: (inout MessageWriter, Value) -> Void) -> MessageReader {
        let message = makeMessage(kind: AnswerKind.result.rawValue, call: 1) { write(&$0, value) }
        return MessageReader(SecretBytes(copying: message.withUnsafeBytes { $0.dropFirst(MessageHeader.byteCount) }))
    }

    @Test func keysInOtherWaysThanAskedForAreRefused() throws {
        let tokens = try #require(try provider().tokens)
        #expect(
            errorCode {
                try tokens.export(
                    "lies", module: nil, login: FakeTokens.login, ways: [.read], shroud: FakeTokens.shroud)
            } == "providerInconsistent")
    }

    @Test func sessionsAreClosedWithTheProvider() throws {
        do {
            let provider = try provider()
            #expect(fake.closings.value == 0)
            withExtendedLifetime(provider) {}
        }
        #expect(fake.closings.value == 1)
    }

    private func provider() throws -> Provider {
        try ExportedProvider(Provider(name: "fake", library: "none", tokens: fake)).reimported()
    }

    private func key(of export: TokenExport) -> RSAPrivateKey? {
        if case .rsa(let key) = export.key { key } else { nil }
    }
}
