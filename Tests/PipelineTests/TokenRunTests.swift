import Foundation
import PKCS12
import Reissue
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Providers

/// Keys on tokens in a run, with a token that is none and a reissuer that is none.
@Suite struct TokenRunTests {
    private let workshop: Workshop
    private let pin = "1234"

    init() throws {
        workshop = try Workshop()
        try workshop.write("1234\n", to: "pin")
        chmod(workshop.folder.path("pin"), 0o600)
    }

    // MARK: - What is on the tokens

    /// A certificate and its key's modulus and exponent.
    private static let certificate: (der: [UInt8], key: RSAPublicKey) = {
        do {
            let vector = Vectors.named("openssl-3des")
            let pfx = try PFXDecoder(cryptography: InstalledProviders.crypto)
                .decode(vector.bytes, passwords: vector.passwords)
            var found: ([UInt8], RSAPublicKey)?
            for bag in pfx.allBags {
                guard case .privateKey(let info, _) = bag.value else { continue }
                let key = try RSAPrivateKey(info).publicKey
                for case .certificate(let der) in pfx.allBags.map(\.value)
                where der.indices.contains(where: { der[$0...].starts(with: key.modulus) }) {
                    found = (der, key)
                }
            }
            return try #require(found)
        } catch {
            preconditionFailure("the vector cannot be read: \(error)")
        }
    }()

    /// All keys have one certificate, by their public key.
    private func key(_ label: String, on token: String = "hsm", id: [UInt8] = [1]) -> TokenKey {
        TokenKey(
            uri: "pkcs11:token=\(token);object=\(label);id=\(hex(id))", label: label, id: id, kind: .rsa,
            modulus: Self.certificate.key.modulus, publicExponent: Self.certificate.key.exponent, ways: [.wrapped])
    }

    private func contents(
        _ keys: [TokenKey], on token: String = "hsm", flags: TokenFlags = .loginRequired, sessions: Int? = nil
    ) -> TokenContents {
        TokenContents(
            token: .fake(token, flags: flags, sessions: sessions), keys: keys,
            certificates: [TokenCertificate(label: "", id: [], der: Self.certificate.der)])
    }

    private func provider(_ token: FakeToken) -> Provider {
        Provider(name: "pkcs11", library: "fake", tokens: token)
    }

    private func input(_ site: String = "hsm", _ uri: String = "pkcs11:token=hsm", pin: String? = "pin")
        -> PipelineConfiguration.Input
    {
        .init(
            site: site, location: .token(.init(uri: uri, pin: pin.map { .file(workshop.path($0)) })), passwords: [])
    }

    private func configuration(_ inputs: PipelineConfiguration.Input...) -> PipelineConfiguration {
        var configuration = workshop.configuration
        configuration.inputs = inputs.isEmpty ? [input()] : inputs
        configuration.isolate = .none
        return configuration
    }

    private func run(_ configuration: PipelineConfiguration, _ token: any TokenProvider) throws -> RunResult {
        try workshop.run(
            configuration, [fakeProvider("fake"), Provider(name: "pkcs11", library: "fake", tokens: token)])
    }

    private func items(_ configuration: PipelineConfiguration, _ token: any TokenProvider) throws -> [Manifest.Item] {
        let result = try run(configuration, token)
        let text = Array(try Data(contentsOf: URL(filePath: result.manifest.text)))
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [text]) == "")
        return try Manifest.read(from: result.manifest).items
    }

    // MARK: - Tests

    @Test func filesAndKeysAreConvertedSideBySide() throws {
        try workshop.write("one", to: "in/one.pfx")
        let token = FakeToken([contents([key("www"), key("mail")])], pin: pin)
        let items = try items(configuration(workshop.input("files"), input()), token)
        #expect(
            items.map(\.source) == [
                workshop.folder.path("in/one.pfx"), "pkcs11:token=hsm;object=mail;id=01",
                "pkcs11:token=hsm;object=www;id=01",
            ])
        #expect(items.map(\.status) == [.converted, .converted, .converted])
        #expect(items.map(\.output) == ["files/one.pfx", "hsm/mail.pfx", "hsm/www.pfx"])
        #expect(items.map { $0.sourceSHA256 == nil } == [false, true, true])
        #expect(try workshop.text("out/hsm/www.pfx") == "www converted")
        #expect(token.counts.exports == ["www": 1, "mail": 1])
        let manifest = try Manifest.read(from: workshop.path("out/manifest.json"))
        #expect(manifest.providers.map(\.name) == ["fake", "pkcs11"])
        #expect(!(try workshop.text("out/manifest.json")).contains("1234"))
    }

    @Test func whatIsThereAndRightIsNotExportedAgain() throws {
        let token = FakeToken([contents([key("www")])], pin: pin)
        #expect(try items(configuration(), token).map(\.status) == [.converted])
        let items = try items(configuration(), token)
        #expect(items.map(\.status) == [.unchanged])
        #expect(items[0].output == "hsm/www.pfx" && items[0].outputSHA256 != nil)
        #expect(token.counts.exports == ["www": 1])
        try Data("precious".utf8).write(to: URL(filePath: workshop.folder.path("out/hsm/www.pfx")))
        #expect(try self.items(configuration(), token).map(\.error?.code) == ["outputExists"])
        #expect(try workshop.text("out/hsm/www.pfx") == "precious")
    }

    @Test func whatATokenListsTellsWhetherAKeyChanged() throws {
        let token = FakeToken([contents([key("www")])], pin: pin)
        let first = try items(configuration(), token)
        #expect(first[0].keySHA256 != nil)
        // Nothing is asked of the reissuer, which would refuse an output that is none of its own.
        let second = try items(configuration(), token)
        #expect(second.map(\.status) == [.unchanged] && second[0].keySHA256 == first[0].keySHA256)
        #expect(second[0].sealedBy == "fake" && second[0].tokenExport == first[0].tokenExport)

        // The key has another URI, and so it is another.
        let moved = FakeToken([contents([key("www", id: [2])])], pin: pin)
        let third = try items(configuration(), moved)
        #expect(third.map(\.status) == [.unchanged])
        #expect(third[0].keySHA256 != first[0].keySHA256 && third[0].sealedBy == nil)
    }

    @Test func onlySoManyKeysOfATokenAreInHandAtOnce() throws {
        let keys = (0..<40).map { key("k\($0)") }
        var behaviour = FakeToken.Behaviour()
        behaviour.export = { key, _, _ in
            usleep(2_000)
            return TokenExport(key: .shrouded(Array(key.label.utf8)), way: .shrouded, mechanism: nil)
        }
        for (jobs, sessions, most) in [(1, nil, 1), (4, nil, 4), (4, 2, 2), (4, 0, 1)] as [(Int, Int?, Int)] {
            let token = FakeToken([contents(keys, sessions: sessions)], pin: pin, behaviour: behaviour)
            var configuration = configuration()
            configuration.jobs = 8
            configuration.jobsPerToken = jobs
            configuration.output.directory = workshop.path("out-\(jobs)-\(sessions ?? -1)")
            let result = try run(configuration, token)
            #expect(result.verdict == .allDone)
            #expect(token.counts.exports.count == 40 && token.counts.exports.allSatisfy { $0.value == 1 })
            #expect(token.counts.mostAtOnce == most)
        }
    }

    @Test(.patientLimit(minutes: 1)) func twoTokensDoNotWaitForEachOther() throws {
        // Each token's first export waits for that of the other.
        let present = Atomic(0)
        var behaviour = FakeToken.Behaviour()
        behaviour.export = { key, _, _ in
            present.add(1, ordering: .sequentiallyConsistent)
            while present.load(ordering: .sequentiallyConsistent) < 2 { usleep(500) }
            return TokenExport(key: .shrouded(Array(key.label.utf8)), way: .shrouded, mechanism: nil)
        }
        let token = FakeToken(
            [contents([key("a", on: "one")], on: "one"), contents([key("b", on: "two")], on: "two")], pin: pin,
            behaviour: behaviour)
        let result = try run(
            configuration(input("x", "pkcs11:token=one"), input("y", "pkcs11:token=two")), token)
        #expect(result.verdict == .allDone)
    }

    @Test func aWrongPINIsTriedOnceAndFilesGoOn() throws {
        try workshop.write("one", to: "in/one.pfx")
        let token = FakeToken([contents([key("www"), key("mail")])], pin: "another")
        let items = try items(
            configuration(
                workshop.input("files"), input("a", "pkcs11:token=hsm;object=www"),
                input("b", "pkcs11:token=hsm;object=mail")), PINGuard(token))
        #expect(items.map(\.error?.code) == [nil, "tokenWrongPIN", "tokenWrongPIN"])
        #expect(token.counts.logins == 1)
    }

    @Test func aTokenThatHangsIsGivenUpAndOthersAreDone() throws {
        try workshop.write("one", to: "in/one.pfx")
        let attempts = Atomic(0)
        let good = contents([key("good", on: "two")], on: "two")
        let token = BrokenToken(FakeToken([contents((0..<20).map { key("k\($0)") }), good], pin: pin)) { call in
            guard call == "export k" else { return }
            attempts.add(1, ordering: .sequentiallyConsistent)
            throw ProviderError(.timedOut, "it did not answer")
        }
        let result = try run(
            configuration(workshop.input("files"), input(), input("two", "pkcs11:token=two")), token)
        #expect(result.verdict == .someFailed)
        #expect(result.summary.bySite["hsm"]?.failed == 20)
        #expect(result.summary.bySite["files"]?.converted == 1 && result.summary.bySite["two"]?.converted == 1)
        #expect(attempts.load(ordering: .sequentiallyConsistent) == PatientToken.patience)
        // It is no fault of the one that seals.
        #expect(!result.notes.contains { $0.contains("dropped") })
    }

    @Test func aCrashFailsTheKeyInHandOnly() throws {
        let token = BrokenToken(FakeToken([contents((0..<6).map { key("k\($0)") })], pin: pin)) { call in
            if call == "export k3" || call == "export k5" { throw ProviderError(.crashed, "the process ended") }
        }
        let items = try items(configuration(), token)
        #expect(
            items.filter { $0.status == .failed }.map(\.source).allSatisfy { $0.contains("k3") || $0.contains("k5") })
        #expect(items.count { $0.status == .converted } == 4)
    }

    @Test func aTokenThatVanishesFailsItsKeys() throws {
        let calls = Atomic(0)
        let token = BrokenToken(FakeToken([contents((0..<6).map { key("k\($0)") })], pin: pin)) { call in
            guard call == "export" else { return }
            if calls.add(1, ordering: .sequentiallyConsistent).newValue > 2 {
                throw TokenError(.tokenRemoved, "the token is gone")
            }
        }
        let codes = try items(configuration(), token).map(\.error?.code)
        #expect(codes.count { $0 == nil } == 2 && codes.count { $0 == "tokenRemoved" } == 4)
    }

    @Test func whatCannotBeAskedIsAFailedItem() throws {
        try workshop.write("one", to: "in/one.pfx")
        let token = FakeToken([contents([key("a")]), contents([], on: "empty")], pin: pin)
        let items = try items(
            configuration(
                workshop.input("files"), input("none", "pkcs11:token=gone?pin-source=/x"), input("two", "pkcs11:"),
                input("key", "pkcs11:token=empty;object=z")), token)
        #expect(
            items.map(\.error?.code) == [nil, "tokenAmbiguous", "tokenKeyNotFound", "tokenNotFound"])
        #expect(items.map(\.source).dropFirst() == ["pkcs11:", "pkcs11:token=empty;object=z", "pkcs11:token=gone"])
    }

    @Test func keysThatCannotBeConvertedSayWhyAndTakeNoName() throws {
        var (curve, kept, alone) = (key("x", id: [2]), key("x", id: [3]), key("x", id: [4]))
        (curve.kind, curve.modulus) = (.init(rawValue: "EC"), [])
        (kept.ways, kept.obstacle) = ([], "CKA_EXTRACTABLE is false")
        alone.modulus[3] ^= 1
        let token = FakeToken([contents([curve, kept, alone, key("x", id: [5])])], pin: pin)
        let items = try items(configuration(), token)
        #expect(
            items.map(\.error?.code) == ["keyNotRSA", "tokenKeyNotExportable", "keyWithoutCertificate", nil])
        #expect(items[1].error?.message == "CKA_EXTRACTABLE is false")
        #expect(items[3].output == "hsm/x.pfx")
        #expect(token.counts.exports == ["x": 1])
    }

    @Test func theConfigurationCanForbidWaysOut() throws {
        var input = input()
        input.location = .token(
            {
                var token = input.token!
                token.export = [.read]
                return token
            }())
        let token = FakeToken([contents([key("www")])], pin: pin)
        let items = try items(configuration(input), token)
        #expect(items.map(\.error?.code) == ["tokenKeyNotExportable"])
        #expect(items[0].error?.message.contains("wrapped") == true)
        #expect(token.counts.exports.isEmpty)
    }

    @Test func collisionsAreFoundBeforeAnythingIsWritten() throws {
        let token = FakeToken([contents([key("www", id: [1]), key("www", id: [2])])], pin: pin)
        #expect(code { try run(configuration(), token) } == "outputCollision")
        try workshop.write("one", to: "in/one.pfx")
        let other = FakeToken([contents([key("one")])], pin: pin)
        #expect(code { try run(configuration(workshop.input("hsm"), input("hsm")), other) } == "outputCollision")
        #expect(!workshop.exists("out"))
    }

    @Test func labelsThatDifferInCaseAloneCollide() throws {
        let token = FakeToken([contents([key("www", id: [1]), key("WWW", id: [2])])], pin: pin)
        var configuration = configuration()
        #expect(code { try run(configuration, token) } == "outputCollision")
        #expect(!workshop.exists("out"))
        configuration.output.name = try OutputName("{site}/{name}-{id}.pfx")
        #expect(try run(configuration, token).verdict == .allDone)
    }

    @Test func keysThatShareAURIFailByThemselves() throws {
        try workshop.write("one", to: "in/one.pfx")
        let token = FakeToken([contents([key("twin"), key("twin"), key("www")])], pin: pin)
        let items = try items(configuration(workshop.input("files"), input()), token)
        #expect(items.map(\.error?.code) == [nil, "tokenKeyAmbiguous", "tokenKeyAmbiguous", nil])
        #expect(token.counts.exports == ["www": 1])
    }

    @Test(arguments: [
        ("www.example.com", "www.example.com.pfx"), ("", "0A0B.pfx"), ("a/b", "0A0B.pfx"), ("..", "0A0B.pfx"),
        (".hidden", "0A0B.pfx"), ("a\nb", "0A0B.pfx"), ("CON:", "0A0B.pfx"), ("Grüße 1", "Grüße 1.pfx"),
        ("CON", "0A0B.pfx"), ("nul.txt", "0A0B.pfx"), ("Com1 .a", "0A0B.pfx"), ("LPT²", "0A0B.pfx"),
        ("CONIN$", "0A0B.pfx"), ("console", "console.pfx"), ("ends.", "0A0B.pfx"),
        (String(repeating: "x", count: 201), "0A0B.pfx"),
    ])
    func labelsThatAreNoFileNamesGiveWayToIDs(label: String, name: String) throws {
        var key = key("x", id: [10, 11])
        key.label = label
        let token = FakeToken([contents([key])], pin: pin)
        #expect(try items(configuration(), token).map(\.output) == ["hsm/" + name])
    }

    @Test func keysOfOneLabelAreToldApartByTheirIDs() throws {
        let token = FakeToken([contents([key("www", id: [1]), key("www", id: [0xA2])])], pin: pin)
        var configuration = configuration()
        #expect(code { try run(configuration, token) } == "outputCollision")
        configuration.output.name = try OutputName("{site}/{name}-{id}.pfx")
        #expect(Set(try items(configuration, token).map(\.output)) == ["hsm/www-01.pfx", "hsm/www-A2.pfx"])
    }

    @Test func pinsAreFetchedBeforeAnythingStarts() throws {
        let token = FakeToken([contents([key("www")])], pin: pin)
        #expect(code { try run(configuration(input(pin: "nowhere")), token) } == "passwordUnavailable")
        do {
            _ = try run(configuration(input(pin: nil)), token)
            Issue.record("it ran")
        } catch let error as PipelineError {
            #expect(error.code == .configurationInvalid)
            #expect(error.reason.hasPrefix("inputs[0].pin: missing"))
        }
        #expect(token.counts.logins == 0 && !workshop.exists("out"))
        let source = workshop.folder.path("pin")
        let uri = "pkcs11:token=hsm?pin-source=file:\(source)"
        #expect(try items(configuration(input("hsm", uri, pin: nil)), token).map(\.status) == [.converted])
    }

    @Test func oneTokenTakesOnePIN() throws {
        try workshop.write("4321\n", to: "other-pin")
        chmod(workshop.folder.path("other-pin"), 0o600)
        let token = FakeToken([contents([key("a"), key("b")])], pin: pin)
        let (one, two) = (
            input("x", "pkcs11:token=hsm;object=a"), input("y", "pkcs11:token=hsm;object=b", pin: "other-pin")
        )
        #expect(code { try run(configuration(one, two), token) } == "configurationInvalid")
        #expect(token.counts.logins == 0)
    }

    @Test func tokensThatAskForNoPINGetNone() throws {
        for flags in [[], [.loginRequired, .protectedAuthenticationPath]] as [TokenFlags] {
            let token = FakeToken([contents([key("www")], flags: flags)])
            var configuration = configuration(input(pin: nil))
            configuration.output.directory = workshop.path("out-\(flags.rawValue)")
            #expect(try run(configuration, token).verdict == .allDone)
        }
    }

    @Test func aRunNeedsAProviderForTokensOnlyWithTokens() throws {
        #expect(code { try workshop.run(configuration(), [fakeProvider("fake")]) } == "providerUnfit")
        try workshop.write("one", to: "in/one.pfx")
        #expect(code { try workshop.run(workshop.configuration, [fakeProvider("fake")]) } == nil)
        // One with tokens only neither seals nor verifies.
        let token = FakeToken([contents([key("www")])], pin: pin)
        #expect(code { try workshop.run(configuration(), [provider(token)]) } == "providerUnfit")
        var onlyFake = configuration()
        onlyFake.providers = ["fake"]
        let items = try items(onlyFake, token)
        #expect(items.map(\.sealedBy) == ["fake"] && items.map(\.verifiedBy) == [["fake"]])
    }

    @Test func inputsWithoutKeysAreNamed() throws {
        try workshop.write("one", to: "in/one.pfx")
        let token = FakeToken([contents([])], pin: pin)
        let result = try run(configuration(workshop.input("files"), input()), token)
        #expect(result.notes.contains("inputs[1] (site hsm) gave no key"))
        #expect(code { try run(configuration(), token) } == "nothingToDo")
    }

    @Test func aCancelledRunRecordsItsKeys() throws {
        let token = FakeToken([contents([key("www")])], pin: pin)
        let cancellation = Cancellation()
        cancellation.cancel()
        let result = try workshop.run(
            configuration(), [fakeProvider("fake"), provider(token)], cancellation: cancellation)
        #expect(result.verdict == .interrupted && result.summary.failed == 1)
        #expect(token.counts.exports.isEmpty)
    }

    @Test func foldersOfAuthoritiesAreRead() throws {
        let pem = try ExternalTool.openssl.check(
            ["x509", "-inform", "DER", "-outform", "PEM"], input: Self.certificate.der
        ).standardOutput
        try workshop.folder.write(pem + Array("text\n".utf8) + pem, to: "ca/two.pem")
        try workshop.folder.write(Self.certificate.der, to: "ca/one.der")
        try workshop.write("no certificate", to: "ca/README")
        let folder = try AuthorityFolder(workshop.path("ca"))
        #expect(folder.certificates == Array(repeating: Self.certificate.der, count: 3))
        #expect(folder.notes == ["\(workshop.path("ca/README")) holds no certificate"])
        #expect(code { try AuthorityFolder(workshop.path("nowhere")) } == "folderUnreadable")
    }
}

/// A token that fails where a test says so: `before` is called with the name of each call, and with that and the first
/// letter or all of the key's label.
private struct BrokenToken: TokenProvider {
    let token: FakeToken
    let before: @Sendable (String) throws -> Void

    init(_ token: FakeToken, before: @escaping @Sendable (String) throws -> Void) {
        self.token = token
        self.before = before
    }

    func tokens(matching uri: String, module: String?) throws -> TokenMatches {
        try token.tokens(matching: uri, module: module)
    }
    func contents(of uri: String, module: String?, login: TokenLogin?) throws -> TokenContents {
        try token.contents(of: uri, module: module, login: login)
    }
    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try token.sign(message, with: digest, key: uri, module: module, login: login)
    }
    func export(
        _ uri: String, module: String?, login: TokenLogin, ways: Set<TokenExportWay>, shroud: TokenShroud?
    ) throws -> TokenExport {
        let object = uri.split(separator: ";").first { $0.hasPrefix("object=") }.map { String($0.dropFirst(7)) } ?? ""
        for name in ["export", "export \(object)", "export \(object.prefix(1))"] { try before(name) }
        return try token.export(uri, module: module, login: login, ways: ways, shroud: shroud)
    }
    func sign(
        _ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, shrouded ciphertext: [UInt8], shroud: TokenShroud,
        on uri: String, module: String?, login: TokenLogin
    ) throws -> [UInt8] {
        try token.sign(
            message, with: digest, shrouded: ciphertext, shroud: shroud, on: uri, module: module, login: login)
    }
    func install(
        _ identity: TokenIdentity, on uri: String, module: String?, login: TokenLogin
    ) throws -> (key: String, certificate: String) {
        try token.install(identity, on: uri, module: module, login: login)
    }
}
