import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// A file that already is what the profile asks for stays as it is.
@Suite struct UnchangedTests {
    @Test(arguments: ["cng-export", "two-keys", "openssl-lmk"], Profile.everyKind)
    func leavesItsOwnOutputAlone(_ name: String, _ profile: Profile) throws {
        let output = SourceFile(path: name, bytes: try convert(Vectors.named(name), profile).bytes)
        let report = try #require(try Self.unchanged(output, profile))
        #expect(report.identities.map(\.thumbprint) == Vectors.named(name).keys.map(\.thumbprint))
        #expect(report.identities.allSatisfy { $0.after == nil })
        #expect(report.sealedBy == nil)
        // Every other profile wants something else.
        for other in Profile.everyKind where other != profile {
            #expect(try Self.unchanged(output, other) == nil, "\(other)")
        }
    }

    @Test func convertsWhereTheMachineKeySetIsToBeOther() throws {
        let output = SourceFile(path: "", bytes: try convert(Vectors.named("openssl-lmk")).bytes)
        #expect(try Self.unchanged(output, .schannel) != nil)
        #expect(try Self.unchanged(output, .schannel.with(machineKeySet: .set)) != nil)
        #expect(try Self.unchanged(output, .schannel.with(machineKeySet: .clear)) == nil)
    }

    /// Its users are given the output password: the file has to open with it.
    @Test func convertsWhereThePasswordIsAnother() throws {
        let output = SourceFile(path: "", bytes: try convert(Vectors.named("cng-export")).bytes)
        #expect(try Self.unchanged(output, .schannel, password: "another") == nil)
        let both = [secret("another"), secret(outputPassword)]
        guard case .converted(let converted) = try reissuer().reissue(output, passwords: both, outputPassword: both[0])
        else {
            Issue.record("left unchanged")
            return
        }
        #expect(try OpenSSLListing(converted.bytes, password: "another").keys.count == 1)
    }

    @Test func rewritesWhereAsked() throws {
        let output = try convert(Vectors.named("cng-export"))
        let again = try convert(SourceFile(path: "", bytes: output.bytes), [secret(outputPassword)])
        #expect(again.bytes != output.bytes)
        #expect(again.report.identities.first?.before == output.report.identities.first?.after)
    }

    /// One thing at a time that a right output does not have.
    @Test func convertsWhereOneThingIsWrong() throws {
        let output = try convert(Vectors.named("openssl-chain"))
        let right = try PFXDecoder(cryptography: InstalledProviders.crypto)
            .decode(output.bytes, passwords: [secret(outputPassword)])
        #expect(try Self.unchanged(source(right), .schannel) != nil)
        let changes: [(String, (inout PFX) -> Void)] = [
            ("a second provider name", { $0.changeKeyBags { $0.attributes.providerNames += ["Another"] } }),
            ("another name", { $0.changeKeyBags { $0.attributes.providerNames = ["Another"] } }),
            ("no name", { $0.changeKeyBags { $0.attributes.providerNames = [] } }),
            (
                "another case",
                { $0.changeKeyBags { $0.attributes.providerNames = [$0.attributes.providerNames[0].lowercased()] } }
            ),
            ("no localKeyID", { $0.changeKeyBags { $0.attributes.localKeyID = nil } }),
            ("a localKeyID on all", { $0.changeBags { $0.attributes.localKeyID = [1] } }),
            ("a plain key", { $0.changeKeyBags { $0.makePlain() } }),
            ("plain certificates", { $0.contents[1].encryption = nil }),
            ("a MAC of another kind", { $0.mac?.algorithm = .pkcs12(.sha256) }),
            ("a part around a shrouded key", { $0.contents[0].encryption = .tripleDESSHA1(salt: [1], iterations: 1) }),
            ("the leaf last", { $0.contents[1].bags.reverse() }),
            (
                "the same attribute twice",
                {
                    $0.changeKeyBags {
                        $0.attributes.all += $0.attributes.all.filter { $0.type.description.hasSuffix("311.17.1") }
                    }
                }
            ),
            ("a CRL", { $0.contents[0].bags.append(SafeBag(.crl([0x30, 0x00]))) }),
        ]
        for (what, change) in changes {
            var pfx = right
            change(&pfx)
            #expect(pfx != right, "\(what)")
            #expect(try Self.unchanged(source(pfx), .schannel) == nil, "\(what)")
        }
        var pfx = right
        pfx.changeKeys { key in
            var key = key
            key.attributes.keyUsage = 0x30
            return key
        }
        #expect(try Self.unchanged(source(pfx), .schannel) == nil)
    }

    /// The record of an output that was there says what that says, not what this version would have written.
    @Test func recordsAnExistingOutputAsItIs() throws {
        let vector = Vectors.named("openssl-chain")
        let input = SourceFile(path: "", bytes: try vector.bytes)
        var pfx = try PFXDecoder(cryptography: InstalledProviders.crypto)
            .decode(convert(vector).bytes, passwords: [secret(outputPassword)])
        pfx.mac?.iterations = 2048
        let output = try source(pfx)
        let report = try reissuer().verify(
            output, of: input, passwords: vector.passwords, outputPassword: secret(outputPassword))
        #expect(report.identities.map { $0.after?.iterations } == [2048])
        try Recheck(provider: InstalledProviders.openSSL, readers: [InstalledProviders.openSSL])
            .check(output, password: secret(outputPassword), against: report.identities)
        #expect(throws: ReissueError.self) {
            var other = report.identities
            other[0].after?.machineKeySet.toggle()
            try Recheck(provider: InstalledProviders.openSSL, readers: [InstalledProviders.openSSL])
                .check(output, password: secret(outputPassword), against: other)
        }
    }

    /// Windows takes a password in one encoding: a file that needs another is not done, though recapi opens it.
    @Test func convertsWhatOnlyAnOddEncodingOpens() throws {
        let password = "Grüße"
        let right = try PFXDecoder(cryptography: InstalledProviders.crypto)
            .decode(convert(Vectors.named("cng-export")).bytes, passwords: [secret(outputPassword)])
        // Each byte of UTF-8 taken for a character, as OpenSSL did before 1.1.
        let twice = String(String.UnicodeScalarView(password.utf8.map { Unicode.Scalar($0) }))
        let encoder = PFXEncoder(cryptography: try InstalledProviders.crypto)
        for (encoded, isDone) in [(password, true), (twice, false)] {
            let file = SourceFile(path: "", bytes: try encoder.encode(right, password: secret(encoded)))
            let outcome = try reissuer().reissue(
                file, passwords: [secret(password)], outputPassword: secret(password))
            if case .unchanged = outcome { #expect(isDone) } else { #expect(!isDone) }
        }
    }

    private static func unchanged(
        _ source: SourceFile, _ profile: Profile, password: String = outputPassword
    ) throws -> Reissuer.ReissueReport? {
        let outcome = try reissuer(profile).reissue(
            source, passwords: [secret(outputPassword)], outputPassword: secret(password))
        guard case .unchanged(let report) = outcome else { return nil }
        return report
    }
}

extension PFX {
    fileprivate mutating func changeKeyBags(_ change: (inout SafeBag) -> Void) {
        changeBags { bag in
            if case .privateKey = bag.value { change(&bag) }
        }
    }
}

extension SafeBag {
    fileprivate mutating func makePlain() {
        if case .privateKey(let info, _) = value { value = .privateKey(info, shroud: nil) }
    }
}
