import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Modules that crash, hang, or lose their token; sessions on every way out.
@Suite struct MisbehaviourTests {
    private let token: SoftHSM

    init() throws {
        token = try SoftHSM()
        try token.generateKey("made", isExtractable: true)
    }

    @Test(arguments: [
        ("sign-crashes", "providerCrashed"), ("sign-hangs", "providerTimedOut"), ("sign-fails", "tokenFailed"),
    ])
    func theNextCallGoesOnWithTheSamePIN(behaviour: String, code: String) throws {
        let tokens = try token.provider { $0.timeLimit = .seconds(2) }
        #expect(try sign(tokens).count == 256)
        try token.behave(behaviour)
        #expect(errorCode { try sign(tokens) } == code)
        try token.behave()
        #expect(try sign(tokens).count == 256)
        // The process that was started again logs in anew.
        #expect(try token.count("login") == (code == "tokenFailed" ? 1 : 2))
    }

    @Test func aTokenThatIsTakenOutFailsItsCallAndComesBack() throws {
        let tokens = try token.provider()
        #expect(try sign(tokens).count == 256)
        try token.behave("sign-removes")
        #expect(errorCode { try sign(tokens) } == "tokenRemoved")
        try token.behave("removed")
        #expect(errorCode { try sign(tokens) } == "tokenNotFound")
        #expect(try tokens.tokens(matching: "pkcs11:", module: token.module).tokens.isEmpty)
        try token.behave()
        #expect(try sign(tokens).count == 256)
        #expect(try token.count("login") == 2)
    }

    @Test func sessionsThatTheTokenClosedAreOpenedAnew() throws {
        let tokens = try token.provider()
        let key = try #require(
            try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login()).keys.first)
        // The list of slots closes all sessions; the token is back for the call after it.
        try token.behave("removed")
        #expect(errorCode { try sign(tokens, key.uri) } == "tokenNotFound")
        try token.behave()
        #expect(try sign(tokens, key.uri).count == 256)
        #expect(try token.count("login") == 2)
    }

    @Test func sessionsAreClosedWhenTheyAreNoLongerNeeded() throws {
        let tokens = try token.provider()
        #expect(try sign(tokens).count == 256)
        tokens.closeSessions()
        #expect(try token.count("login") == 1 && token.count("logout") == 1)
        #expect(try token.count("open") == 1 && token.count("close") == 1)
        #expect(try sign(tokens).count == 256)
        #expect(try token.count("login") == 2)
    }

    @Test func aTokenWithoutSessionsLeftIsExhausted() throws {
        let tokens = try token.provider()
        try token.behave("full")
        #expect(errorCode { try sign(tokens) } == "tokenExhausted")
        // No PIN was sent: so the token can be asked again.
        try token.behave("one-session")
        #expect(try sign(tokens).count == 256)
    }

    @Test func theProcessLogsOutAndClosesItsSessionsBeforeItEnds() throws {
        try signInAProcessThatEnds()
        #expect(try token.count("login") == 1 && token.count("logout") == 1)
        #expect(try token.count("open") == token.count("close"))
        // One process looked for the token, and one logged in.
        #expect(try token.count("initialize") == 2 && token.count("finalize") == 2)
    }

    @Test func fiveHundredKeysOnOneTokenNeedOneLogin() throws {
        try token.generateKeys(500)
        let tokens = try token.provider()
        let keys = try tokens.contents(of: "pkcs11:token=alpha", module: token.module, login: SoftHSM.login()).keys
            .filter { $0.label.hasPrefix("many ") }
        #expect(Set(keys.map(\.uri)).count == 500 && Set(keys.map(\.modulus)).count == 500)
        let clock = ContinuousClock()
        let start = clock.now
        let results = concurrently(4) { worker in
            for key in keys[(worker * 125)..<((worker + 1) * 125)] {
                let export = try tokens.export(
                    key.uri, module: token.module, login: SoftHSM.login(), ways: [.wrapped], shroud: nil)
                #expect(try rsa(export).modulus == key.modulus, "\(key.uri)")
            }
        }
        print("500 exports took \(clock.now - start)")
        for result in results { try result.get() }
        #expect(try token.count("wrap") == 500)
        #expect(try token.count("login") == 1)
    }

    private func signInAProcessThatEnds() throws {
        let tokens = try token.provider()
        #expect(try sign(tokens).count == 256)
    }

    private func sign(
        _ tokens: any TokenProvider, _ key: String = "pkcs11:token=alpha;object=made"
    ) throws -> [UInt8] {
        try tokens.sign([1, 2, 3], with: .sha256, key: key, module: token.module, login: SoftHSM.login())
    }
}
