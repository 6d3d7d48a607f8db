import Foundation
import PKCS12
import Providers

/// A PKCS#11 module with tokens of its own in a temporary folder, which goes with it.
public protocol TokenFixture: Sendable {
    var folder: TemporaryFolder { get }
    /// The path of the module: ``TokenShim`` around the real one.
    var module: String { get }
}

extension TokenFixture {
    public static var pin: String { fixturePIN }

    public static func login(_ pin: String? = fixturePIN, allowsFinalTry: Bool = false) -> TokenLogin {
        TokenLogin(pin: pin.map { secret($0) }, allowsFinalTry: allowsFinalTry)
    }

    /// Tells the module to misbehave, in words that ``TokenShim`` knows; it reads them at each call.
    public func behave(_ words: String...) throws {
        try folder.write(words.map { $0 + "\n" }.joined().utf8, to: "behaviour")
    }

    /// How often the module was called: `initialize`, `slots` and `info` (C_GetSlotList, C_GetTokenInfo), `login`,
    /// `context-login`, `logout`, `open`, `close`, `sign`, `wrap`, `finalize`.
    public func count(_ call: String) throws -> Int {
        try calls().filter { $0 == call }.count
    }

    public func calls() throws -> [String] {
        String(decoding: try folder.read("calls"), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    public func forgetCalls() throws { try folder.write([], to: "calls") }

    /// The PKCS#11 provider in a process of its own, which holds this module alone: the real modules can be configured once in a
    /// process only.
    public func provider(_ change: (inout Isolation) -> Void = { _ in }) throws -> any TokenProvider {
        var isolation = Isolation()
        change(&isolation)
        guard let tokens = try ProviderLoader(isolation: isolation).load("pkcs11").tokens else {
            throw ExternalTool.Failure(description: "the provider pkcs11 has no tokens")
        }
        return tokens
    }
}

// No hex, so that no digest can look as if it were there.
public let fixturePIN = "4711-right"

extension ExternalTool {
    public static let pkcs11Tool = ExternalTool(name: "pkcs11-tool", package: "opensc")
    public static let softHSMUtil = ExternalTool(name: "softhsm2-util", package: "softhsm2")
    static let env = ExternalTool(name: "env", package: "coreutils")
}
