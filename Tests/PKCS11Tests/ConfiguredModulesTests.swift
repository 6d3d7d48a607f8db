import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// Modules that p11-kit is configured with, instead of one that is named: Debian configures SoftHSM2.
@Suite struct ConfiguredModulesTests {
    @Test func tokensOfConfiguredModulesAreFound() throws {
        let token = try SoftHSM(tokens: ["configured"])
        try token.generateKey("made", on: "configured", isExtractable: true)
        // Processes get the environment of this one.
        for (name, value) in token.environment { setenv(name, value, 1) }
        defer { token.environment.keys.forEach { unsetenv($0) } }
        let tokens = try token.provider()
        let found = try tokens.tokens(matching: "pkcs11:", module: nil).tokens
        let configured = try #require(found.first { $0.label == "configured" })
        #expect(configured.module == "softhsm2")
        #expect(
            configured.manufacturer == "SoftHSM project" && configured.flags.contains([.initialized, .loginRequired]))
        // Stores of trusted certificates have no keys.
        #expect(!found.contains { $0.label.contains("Trust") })
        let contents = try tokens.contents(of: configured.uri, module: nil, login: SoftHSM.login())
        #expect(contents.keys.map(\.label) == ["made"])
        #expect(try tokens.tokens(matching: "pkcs11:library-manufacturer=nobody", module: nil).tokens.isEmpty)
        #expect(
            try tokens.tokens(matching: "pkcs11:token=configured?module-name=softhsm2", module: nil).tokens.count == 1)
        let named = try tokens.tokens(matching: "pkcs11:token=configured?module-path=\(token.module)", module: nil)
        #expect(named.tokens.map(\.module) == [token.module] && named.modulePath == token.module)
        let again = try tokens.contents(
            of: named.tokens[0].uri, module: named.modulePath, login: SoftHSM.login())
        #expect(again.token.module == token.module && again.keys.map(\.label) == ["made"])
        #expect(try tokens.modules(for: "pkcs11:?module-name=softhsm2") == ["softhsm2"])
        #expect(try tokens.modules(for: "pkcs11:?module-path=/a/b.so") == ["/a/b.so"])
    }
}
