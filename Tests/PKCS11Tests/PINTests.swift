import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// What becomes of PINs: a token must never get a wrong one twice.
@Suite struct PINTests {
    private let token: SoftHSM

    init() throws {
        token = try SoftHSM(tokens: ["alpha", "beta"])
        try token.generateKey("made")
        try token.generateKey("made", on: "beta")
    }

    @Test func oneLoginServesManyCalls() throws {
        let tokens = try token.provider()
        for _ in 0..<20 { #expect(try sign(tokens).count == 256) }
        _ = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login())
        #expect(try token.count("login") == 1)
        #expect(try token.count("open") == 1)
    }

    @Test func aWrongPINIsTriedOnce() throws {
        let tokens = try token.provider()
        for _ in 0..<5 { #expect(errorCode { try sign(tokens, SoftHSM.login("0000")) } == "tokenWrongPIN") }
        // Not even the right one is sent now: nobody knows how many tries are left.
        #expect(errorCode { try sign(tokens) } == "tokenWrongPIN")
        // However the token is named.
        let uri = try #require(try tokens.tokens(matching: "pkcs11:token=alpha", module: token.module).tokens.first).uri
        #expect(errorCode { try sign(tokens, SoftHSM.login("0000"), uri: uri) } == "tokenWrongPIN")
        #expect(try token.count("login") == 1)
        // Another token has another PIN.
        #expect(try sign(tokens, uri: "pkcs11:token=beta").count == 256)
        #expect(try token.count("login") == 2)
    }

    @Test func manyAtOnceTryAWrongPINOnce() throws {
        let tokens = try token.provider { $0.processesPerToken = 4 }
        let results = concurrently(8) { _ in try sign(tokens, SoftHSM.login("0000")) }
        #expect(results.map { result in errorCode { try result.get() } } == Array(repeating: "tokenWrongPIN", count: 8))
        #expect(try token.count("login") == 1)
    }

    @Test func manyAtOnceShareOneLogin() throws {
        let tokens = try token.provider()
        for result in concurrently(16, { _ in try sign(tokens) }) { #expect(try result.get().count == 256) }
        #expect(try token.count("login") == 1)
    }

    @Test func aPINThatWasChangedMeanwhileIsSentByOneProcessOnly() throws {
        let tokens = try token.provider { $0.processesPerToken = 4 }
        #expect(try sign(tokens).count == 256)
        try token.behave("login-gives-CKR_PIN_INCORRECT", "sign-dawdles")
        let results = concurrently(8) { _ in try sign(tokens) }
        let codes = Set(results.map { result in errorCode { try result.get() } })
        // The process that is logged in goes on with what it has.
        #expect(codes.isSubset(of: [nil, "tokenWrongPIN"]) && codes.contains("tokenWrongPIN"))
        #expect(try token.count("login") == 2)
    }

    @Test func anotherPINThanTheRightOneIsNotTried() throws {
        let tokens = try token.provider()
        #expect(try sign(tokens).count == 256)
        #expect(errorCode { try sign(tokens, SoftHSM.login("0000")) } == "tokenWrongPIN")
        #expect(errorCode { try sign(tokens, SoftHSM.login(nil)) } == "tokenWrongPIN")
        // And does no harm to the right one.
        #expect(try sign(tokens).count == 256)
        #expect(try token.count("login") == 1)
    }

    @Test func flagsAreReadFirst() throws {
        let tokens = try token.provider()
        try token.behave("locked")
        #expect(errorCode { try sign(tokens) } == "tokenPINLocked")
        #expect(try token.count("login") == 0)

        let others = try token.provider()
        try token.behave("final")
        #expect(errorCode { try sign(others) } == "tokenPINFinalTry")
        #expect(errorCode { try sign(others) } == "tokenPINFinalTry")
        #expect(try token.count("login") == 0)
        let flags = try #require(
            try others.tokens(matching: "pkcs11:token=alpha", module: token.module).tokens.first?.flags)
        #expect(flags.contains([.pinFinalTry, .pinCountLow, .loginRequired]))
        #expect(try sign(others, SoftHSM.login(allowsFinalTry: true)).count == 256)
        #expect(try token.count("login") == 1)
    }

    @Test func aLowCountIsNoHindrance() throws {
        try token.behave("low")
        #expect(try sign(try token.provider()).count == 256)
    }

    @Test func aTokenThatLocksIsNotAskedAgain() throws {
        let tokens = try token.provider()
        try token.behave("locks")
        #expect(errorCode { try sign(tokens) } == "tokenPINLocked")
        #expect(errorCode { try sign(tokens) } == "tokenPINLocked")
        #expect(try token.count("login") == 1)
    }

    @Test func theTokenAsksForItsPINItself() throws {
        let tokens = try token.provider()
        #expect(errorCode { try sign(tokens, SoftHSM.login(nil)) } == "tokenPINRequired")
        #expect(try token.count("login") == 0)
        try token.behave("protected")
        #expect(try sign(tokens, SoftHSM.login(nil)).count == 256)
        #expect(try sign(tokens, SoftHSM.login(nil)).count == 256)
        #expect(try token.count("login") == 1)
    }

    @Test func aLoginThatIsThereAlreadyServes() throws {
        try token.behave("already")
        #expect(try sign(try token.provider()).count == 256)
    }

    @Test(arguments: [
        ("login-crashes", "providerCrashed"), ("login-hangs", "providerTimedOut"), ("login-fails", "tokenFailed"),
    ])
    func aPINWhoseOutcomeIsUnknownIsNotTriedAgain(behaviour: String, code: String) throws {
        let tokens = try token.provider { $0.timeLimit = .seconds(2) }
        try token.behave(behaviour)
        #expect(errorCode { try sign(tokens) } == code)
        try token.behave()
        for _ in 0..<3 {
            let error = thrown { try sign(tokens) } as? any CodedError
            #expect(error?.codeName == code && error?.reason.contains("first login failed") == true)
        }
        #expect(try token.count("login") == 1)
        #expect(try sign(tokens, uri: "pkcs11:token=beta").count == 256)
    }

    @Test func withoutALoginPrivateKeysAreNotSeen() throws {
        let tokens = try token.provider()
        func labels(_ login: TokenLogin?) throws -> [String] {
            try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: login).keys.map(\.label)
        }
        #expect(try labels(nil) == [])
        #expect(try labels(SoftHSM.login()) == ["made"])
        // Not by a login that was kept, either.
        #expect(try labels(nil) == [])
        #expect(try token.count("login") == 1)
    }

    @Test func thePINIsInNoError() throws {
        let tokens = try token.provider()
        let error = try #require(thrown { try sign(tokens, SoftHSM.login("secret-pin")) })
        #expect(!String(reflecting: error).contains("secret-pin") && !"\(error)".contains("secret-pin"))
    }

    private func sign(
        _ tokens: any TokenProvider, _ login: TokenLogin = SoftHSM.login(), uri: String = "pkcs11:token=alpha"
    ) throws -> [UInt8] {
        try tokens.sign([1, 2, 3], with: .sha256, key: uri, module: token.module, login: login)
    }
}
