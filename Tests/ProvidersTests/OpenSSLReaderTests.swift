import Foundation
import PKCS12
import Providers
import TestSupport
import Testing

/// OpenSSL's own reader, behind the boundary, on files of the `openssl` command.
@Suite struct OpenSSLReaderTests {
    @Test(arguments: [
        ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        ["-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "PBE-SHA1-RC2-40", "-provider", "legacy", "-provider", "default"],
        ["-keypbe", "PBE-SHA1-RC4-40", "-certpbe", "PBE-SHA1-RC4-128", "-provider", "legacy", "-provider", "default"],
        ["-keypbe", "AES-256-CBC", "-certpbe", "AES-128-CBC", "-macalg", "sha512"],
        ["-keypbe", "NONE", "-certpbe", "NONE"],
        ["-nomac"],
    ])
    func everyProtectionIsRead(options: [String]) throws {
        let files = try Files()
        let report = try read(try files.export(options), "recapi")
        #expect(report.keys.count == 1)
        #expect(try #require(InstalledProviders.openSSL.crypto).check(try #require(report.keys.first).rsa) == [])
        #expect(Set(report.certificates.map(\.der)) == [try files.der("leaf"), try files.der("ca")])
    }

    @Test func attributesAreReported() throws {
        let files = try Files()
        let report = try read(
            try files.export([
                "-CSP", "Microsoft Software Key Storage Provider", "-LMK", "-keysig", "-name", "Schlüssel",
            ]), "recapi")
        let key = try #require(report.keys.first)
        #expect(key.providerNames == ["Microsoft Software Key Storage Provider"])
        #expect(key.machineKeySet == true)
        #expect(key.keyUsage == 0x80)
        #expect(key.friendlyName == "Schlüssel")
        let leaf = try #require(try report.certificates.first { $0.der == (try files.der("leaf")) })
        #expect(leaf.friendlyName == "Schlüssel")
        #expect(leaf.localKeyID == key.localKeyID && leaf.localKeyID?.count == 20)
        let issuer = try #require(try report.certificates.first { $0.der == (try files.der("ca")) })
        #expect(issuer.localKeyID == nil && issuer.friendlyName == nil)
    }

    @Test func attributesThatAreNotThereAreEmpty() throws {
        let key = try #require(try read(try Files().export([]), "recapi").keys.first)
        #expect(key.providerNames == [] && key.machineKeySet == false && key.keyUsage == 0 && key.friendlyName == nil)
    }

    @Test func anEmptyPasswordOpensAFileWithOne() throws {
        let file = try Files().export([], password: "")
        #expect(try read(file, "").keys.count == 1)
        #expect(code { try read(file, "x") } == .wrongPassword)
    }

    @Test func aWrongPasswordIsSaidToBeOne() throws {
        let file = try Files().export([])
        #expect(code { try read(file, "Recapi") } == .wrongPassword)
        #expect(code { try read(file, "") } == .wrongPassword)
    }

    @Test func aWrongPasswordWithoutAMACIsADecryptionFailure() throws {
        #expect(code { try read(try Files().export(["-nomac"]), "Recapi") } == .decryptionFailed)
    }

    @Test func aKeyThatIsNotRSAIsUnsupported() throws {
        let files = try Files(newKey: ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        let error = #expect(throws: PKCS12Error.self) { try read(try files.export([]), "recapi") }
        #expect(error?.code == .unsupportedAlgorithm)
        #expect(error?.reason.contains("id-ecPublicKey") == true)
    }

    @Test func brokenFilesAreMalformed() throws {
        let file = try Files().export([])
        #expect(code { try read([], "recapi") } == .malformed)
        #expect(code { try read(Array("no PFX".utf8), "recapi") } == .malformed)
        #expect(code { try read(Array(file.prefix(file.count / 2)), "recapi") } == .malformed)
        // What a reader says to damage depends on where it is; it must always say something, or find what was there.
        let whole = try read(file, "recapi").keys.map(\.rsa)
        for position in stride(from: 0, to: file.count, by: 97) {
            var damaged = file
            damaged[position] ^= 0x5a
            if let report = try? read(damaged, "recapi") { #expect(report.keys.map(\.rsa) == whole) }
        }
    }

    @Test func severalFilesAreReadAsEachWouldBe() throws {
        let files = try Files()
        let sha1 = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
        let exported = try [
            files.export(sha1), files.export(sha1), files.export([]), files.export(sha1 + ["-nomac"]),
            files.export(sha1, password: ""), files.export(sha1),
        ]
        var damaged = exported[5]
        damaged[damaged.count - 30] ^= 1  // in the MAC
        let list = [
            (exported[0], "recapi"), (exported[1], "recapi"), (exported[0], "wrong"), (exported[2], "recapi"),
            (exported[3], "recapi"), (exported[4], ""), (Array("no PFX".utf8), "recapi"), (damaged, "recapi"),
            (exported[5], "recapi"),
        ].map { FileToRead($0[...], password: secret($1)) }
        let reader = try #require(InstalledProviders.openSSL.reader)
        // The first file of a call is read in another way than the others, so that each comes first once.
        for start in list.indices {
            let list = Array(list[start...] + list[..<start])
            let together = reader.read(list).map(text)
            #expect(together == list.map { file in text(Result { try reader.read(file.bytes, password: file.password) }) })
            #expect(Set(together).count == 3, "the key, a wrong password, no PFX: \(together)")
        }
    }

    private func text(_ reading: Result<ReaderReport, any Error>) -> String {
        switch reading {
        case .success(let report): "\(report.keys.map(\.rsa.modulus)) \(report.certificates.map(\.der))"
        case .failure(let error): "\((error as? PKCS12Error)?.code.rawValue ?? "")"
        }
    }

    @Test func readsOnManyThreadsAgree() throws {
        let file = try Files().export([])
        let expected = try read(file, "recapi").keys.map(\.rsa)
        for result in concurrently(8, { _ in try (0..<5).map { _ in try read(file, "recapi").keys.map(\.rsa) } }) {
            #expect(try result.get().allSatisfy { $0 == expected })
        }
    }
}

private func read(_ file: [UInt8], _ password: String) throws -> ReaderReport {
    let openSSL = try InstalledProviders.openSSL
    return try #require(openSSL.reader).read(file[...], password: secret(password))
}

/// A key, its certificate and an issuer, made by the `openssl` command.
private struct Files {
    private let folder: TemporaryFolder

    init(newKey: [String] = ["rsa:2048"]) throws {
        folder = try TemporaryFolder()
        for (name, key) in [("leaf", newKey), ("ca", ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])] {
            try ExternalTool.openssl.check(
                ["req", "-x509", "-nodes", "-subj", "/CN=\(name)", "-days", "30"] + ["-newkey"] + key
                    + ["-keyout", "\(name).key", "-out", "\(name).pem"], in: folder.path)
        }
    }

    func export(_ options: [String], password: String = "recapi") throws -> [UInt8] {
        try ExternalTool.openssl.check(
            [
                "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "ca.pem", "-out", "out.pfx",
                "-passout", "pass:\(password)",
            ] + options, in: folder.path)
        return Array(try Data(contentsOf: folder.url.appending(path: "out.pfx")))
    }

    func der(_ name: String) throws -> [UInt8] {
        try ExternalTool.openssl.check(
            ["x509", "-in", "\(name).pem", "-outform", "der", "-out", "\(name).der"], in: folder.path)
        return Array(try Data(contentsOf: folder.url.appending(path: "\(name).der")))
    }
}
