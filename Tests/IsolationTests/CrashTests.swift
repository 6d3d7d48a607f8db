import Foundation
import PKCS12
import TestSupport
import Testing

@testable import Providers

/// What becomes of calls to plugins that crash, hang or go wild in the real host.
@Suite struct CrashTests {
    private let plugin: WrappedPlugin

    init() throws {
        plugin = try WrappedPlugin()
    }

    @Test(arguments: [
        ("abort", "signal 6"), ("fault", "signal 11"), ("exit", "status 3"), ("terminated", "killed"),
        ("close", "killed"),
    ])
    func aCrashFailsItsCallAndTheNextOneGoesOn(how: String, reason: String) throws {
        let crypto = try #require(try plugin.load().crypto)
        let error = #expect(throws: ProviderError.self) { try digest(crypto, how) }
        #expect(error?.code == .crashed)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect(try digest(crypto, "abc").starts(with: [0xa9, 0x99, 0x3e]))
    }

    @Test func aHangIsStoppedAtTheTimeLimit() throws {
        let crypto = try #require(try plugin.load { $0.timeLimit = .seconds(2) }.crypto)
        let error = #expect(throws: ProviderError.self) { try digest(crypto, "hang") }
        #expect(error?.code == .timedOut)
        #expect(error?.reason.contains("within 2.0 s") == true, "\(error?.reason ?? "")")
        #expect(plugin.processes().isEmpty)
        #expect(try digest(crypto, "abc").count == 20)
    }

    @Test func whatIsSlowIsWaitedFor() throws {
        let crypto = try #require(try plugin.load().crypto)
        let slow = Array("slow".utf8)
        #expect(try digest(crypto, "slow") == InstalledProviders.crypto.digest(slow[...], with: .sha1))
    }

    @Test func aPluginThatWritesIntoTheChannelIsInconsistent() throws {
        let crypto = try #require(try plugin.load().crypto)
        #expect(errorCode { try digest(crypto, "wild") } == "providerInconsistent")
        #expect(try digest(crypto, "abc").count == 20)
    }

    @Test func aPluginThatLiesAboutItsLengthsIsInconsistentAndKeepsItsProcess() throws {
        let crypto = try #require(try plugin.load { $0.processes = 1 }.crypto)
        let process = try digest(crypto, "number")
        let (key, iv) = (SecretBytes(copying: 0..<16), SecretBytes(copying: 0..<16))
        let error = #expect(throws: ProviderError.self) {
            try crypto.encrypt(secret("long"), with: .aes128CBC, key: key, iv: iv)
        }
        #expect(error?.code == .inconsistent)
        #expect(error?.reason.contains("1099511627776 bytes") == true)
        #expect(try digest(crypto, "number") == process)
    }

    @Test func reasonsComeWithoutControlCharacters() throws {
        let crypto = try #require(try plugin.load().crypto)
        let error = #expect(throws: PKCS12Error.self) { try digest(crypto, "reason") }
        #expect(error == PKCS12Error(.cryptographyFailed, "the  [1mmoon ", hint: "wait"))
    }

    @Test func aProviderThatOnlyFailsIsGivenUp() throws {
        let crypto = try #require(
            try plugin.load {
                $0.restarts = 2
                $0.processes = 4
            }.crypto)
        // The first process and two more.
        for _ in 0..<3 { #expect(errorCode { try digest(crypto, "abort") } == "providerCrashed") }
        let error = #expect(throws: ProviderError.self) { try digest(crypto, "abc") }
        #expect(error?.code == .abandoned)
        #expect(error?.reason.contains("after 3 failures") == true && error?.reason.contains("signal 6") == true)
    }

    @Test func aSuccessInBetweenCountsAgain() throws {
        let crypto = try #require(try plugin.load { $0.restarts = 1 }.crypto)
        for _ in 0..<4 {
            #expect(errorCode { try digest(crypto, "abort") } == "providerCrashed")
            #expect(try digest(crypto, "abc").count == 20)
        }
    }

    @Test func othersGoOnWhileOneCrashes() throws {
        let crypto = try #require(try plugin.load { $0.processes = 4 }.crypto)
        let expected = try digest(crypto, "0")
        let wrong = concurrently(8) { worker in
            (0..<30).compactMap { round in
                let isFatal = worker == 0 && round.isMultiple(of: 3)
                let result = Result { try digest(crypto, isFatal ? "abort" : "0") }
                let isRight =
                    switch result {
                    case .success(let digest): !isFatal && digest == expected
                    case .failure(let error): isFatal && (error as? ProviderError)?.code == .crashed
                    }
                return isRight ? nil : "\(worker).\(round): \(result)"
            }
        }
        #expect(try wrong.flatMap { try $0.get() } == [])
    }

    @Test func callsAtOnceHaveTheirOwnProcessesUpToTheLimit() throws {
        let crypto = try #require(try plugin.load { $0.processes = 3 }.crypto)
        #expect(plugin.processes().count == 1)
        concurrently(6) { _ in try digest(crypto, "slow") }
        #expect((1...3).contains(plugin.processes().count))
        withExtendedLifetime(crypto) {}
    }

    @Test(arguments: ["abort()", "_exit(0)", "close(3)"])
    func aCrashAtTheStartIsTheLoadersError(how: String) throws {
        #expect(errorCode { try WrappedPlugin(atStart: how).load() } == "providerCrashed")
    }

    @Test func aHangAtTheStartIsTheLoadersError() throws {
        let plugin = try WrappedPlugin(atStart: "for(;;)pause()")
        #expect(errorCode { try plugin.load { $0.timeLimit = .milliseconds(500) } } == "providerTimedOut")
    }

    private func digest(_ crypto: any CryptoProvider, _ data: String) throws -> [UInt8] {
        try crypto.digest(Array(data.utf8)[...], with: .sha1)
    }
}
