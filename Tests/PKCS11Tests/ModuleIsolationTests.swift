import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Two modules that p11-kit is configured with, one of which misbehaves.
@Suite struct ModuleIsolationTests {
    private let good: SoftHSM
    private let bad: SoftHSM
    private let configuration: ModuleConfiguration

    init() throws {
        good = try SoftHSM(tokens: ["healthy"])
        try good.generateKey("made", on: "healthy", isExtractable: true)
        bad = try SoftHSM(tokens: ["sick"])
        configuration = try ModuleConfiguration(["vendora": good.module, "vendorb": bad.module])
    }

    @Test(arguments: [
        ("initialize-crashes", "crashed"), ("info-crashes", "crashed"), ("initialize-hangs", "did not answer"),
        ("info-hangs", "did not answer"), ("initialize-fails", "CKR_GENERAL_ERROR"),
    ])
    func oneThatFailsLeavesTheOthersTokens(behaviour: String, reason: String) throws {
        try bad.behave(behaviour)
        let tokens = try provider()
        let matches = try tokens.tokens(matching: "pkcs11:token=healthy", module: nil)
        #expect(matches.tokens.map(\.label) == ["healthy"] && matches.tokens.first?.module == "vendora")
        #expect(matches.notes.count == 1 && matches.notes[0].contains("vendorb") && matches.notes[0].contains(reason))
        for _ in 0..<3 {
            let key = "pkcs11:token=healthy;object=made"
            #expect(try tokens.sign([1], with: .sha256, key: key, module: nil, login: SoftHSM.login()).count == 256)
        }
        #expect(try good.count("login") == 1)
        let error = thrown { try tokens.logIn(to: "pkcs11:token=sick", module: nil, login: SoftHSM.login()) }
        let missing = try #require(error as? TokenError)
        #expect(missing.code == .tokenNotFound && missing.reason.contains("vendorb") && missing.reason.contains(reason))
        // Where its process failed, it is not asked again among others. By its path it is.
        #expect(try bad.count("initialize") == 1 || behaviour == "initialize-fails")
        try bad.behave()
        #expect(try tokens.tokens(matching: "pkcs11:", module: bad.module).tokens.map(\.label) == ["sick"])
    }

    @Test func aTokenThatIsKnownIsNotLookedForAgain() throws {
        let tokens = try provider()
        let uri = try tokens.tokens(matching: "pkcs11:token=healthy", module: nil).only(for: "").uri
        let key = try #require(tokens.contents(of: uri, module: nil, login: SoftHSM.login()).keys.first)
        try good.forgetCalls()
        try bad.forgetCalls()
        for _ in 0..<10 {
            _ = try tokens.export(key.uri, module: nil, login: SoftHSM.login(), ways: [.wrapped], shroud: nil)
        }
        #expect(try bad.calls() == [])
        #expect(try good.count("slots") == 0 && good.count("wrap") == 10 && good.count("login") == 0)
    }

    @Test func aTokenThatCrashesTheModuleLeavesTheModulesOtherToken() throws {
        let two = try SoftHSM(tokens: ["one", "two"])
        try two.generateKey("made", on: "one")
        try two.generateKey("made", on: "two")
        let tokens = try two.provider { $0.restarts = 0 }
        func sign(_ token: String) throws -> Int {
            let key = "pkcs11:token=\(token);object=made"
            return try tokens.sign([1], with: .sha256, key: key, module: two.module, login: SoftHSM.login()).count
        }
        #expect(try sign("one") == 256 && sign("two") == 256)
        try two.behave("sign-crashes")
        #expect(errorCode { try sign("one") } == "providerCrashed")
        try two.behave()
        let error = thrown { try sign("one") } as? ProviderError
        #expect(error?.code == .abandoned && error?.reason.contains(two.module) == true)
        #expect(try sign("two") == 256)
    }

    @Test func aPINIsEnteredOnceForEachToken() throws {
        let two = try SoftHSM(tokens: ["one", "two"])
        try two.generateKey("made", on: "one")
        try two.generateKey("made", on: "two")
        try two.behave("protected", "sign-dawdles")
        let tokens = try two.provider { $0.processesPerToken = 2 }
        let results = concurrently(8) { number in
            let key = "pkcs11:token=\(["one", "two"][number % 2]);object=made"
            return try tokens.sign([1], with: .sha256, key: key, module: two.module, login: SoftHSM.login(nil))
        }
        for result in results { #expect(throws: Never.self) { try result.get() } }
        #expect(try two.count("login") == 2)
    }

    private func provider() throws -> any TokenProvider {
        try good.provider {
            $0.timeLimit = .seconds(5)
            $0.hostPath = configuration.host
        }
    }
}
