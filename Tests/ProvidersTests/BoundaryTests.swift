import CProviderABI
import PKCS12
import TestSupport
import Testing

@testable import Providers

/// What crosses the C boundary unchanged, seen on a provider that is exported and imported again.
@Suite struct BoundaryTests {
    @Test func namesAndCapabilitiesCross() throws {
        let capabilities = CryptoCapabilities(
            digests: [.sha1, .sha512], ciphers: [.tripleDESCBC], note: "RC2 is missing: install ünïcode")
        let provider = try FakeProvider.provider(capabilities: capabilities, reports: [.keyUsage])
        #expect(provider.name == "fake")
        #expect(provider.library == "no library 1.0")
        #expect(provider.crypto?.capabilities == capabilities)
        #expect(provider.reader?.reports == [.keyUsage])
    }

    @Test func whatIsNotClaimedIsNotAsked() throws {
        let crypto = try #require(
            try FakeProvider.provider(capabilities: CryptoCapabilities(digests: [.sha1], ciphers: [], note: "why"))
                .crypto)
        #expect(code { try crypto.digest([], with: .sha256) } == .unsupportedAlgorithm)
        #expect(code { try crypto.hmac([], with: .sha256, key: secret([])) } == .unsupportedAlgorithm)
        let error = #expect(throws: PKCS12Error.self) {
            try crypto.encrypt(
                secret([]), with: .rc2CBC, key: secret([1, 2, 3, 4, 5]), iv: secret([1, 2, 3, 4, 5, 6, 7, 8]))
        }
        #expect(error?.code == .unsupportedAlgorithm)
        #expect(error?.hint == "why")
    }

    @Test func reasonsAndHintsCross() throws {
        let crypto = try #require(try FakeProvider.provider().crypto)
        let error = #expect(throws: PKCS12Error.self) { try crypto.generateRSAKey(bitCount: 1024) }
        #expect(error == PKCS12Error(.unsupportedAlgorithm, "no key of 1024 bits", hint: "ask for 64"))
    }

    /// A provider that says more than its two lines, or less.
    @Test(arguments: [
        ("why\nwhat\nto\r\ndo\n", "why", "what to  do "), ("\n\nwhy", "why", nil), ("\u{1b}[2J", " [2J", nil),
        ("", "the provider liar gives no reason", nil),
    ])
    func reasonsAndHintsAreOfOneLine(_ text: String, _ reason: String, _ hint: String?) throws {
        let error = BoundaryErrors.incoming(
            RECAPI_FAILED, text: BoundaryErrors.sanitized(text.utf8), provider: "liar")
        #expect(error as? PKCS12Error == PKCS12Error(.cryptographyFailed, reason, hint: hint))
    }

    @Test func aReadersReportCrossesWhole() throws {
        let report = try read(try FakeProvider.provider())
        let expected = FakeProvider.report
        #expect(report.keys.count == expected.keys.count)
        for (key, expected) in zip(report.keys, expected.keys) {
            #expect(key.rsa == expected.rsa)
            #expect(key.providerNames == expected.providerNames)
            #expect(key.machineKeySet == expected.machineKeySet)
            #expect(key.keyUsage == expected.keyUsage)
            #expect(key.localKeyID == expected.localKeyID)
            #expect(key.friendlyName == expected.friendlyName)
        }
        #expect(report.certificates.map(\.der) == expected.certificates.map(\.der))
        #expect(report.certificates.map(\.localKeyID) == expected.certificates.map(\.localKeyID))
        #expect(report.certificates.map(\.friendlyName) == expected.certificates.map(\.friendlyName))
    }

    @Test func fieldsThatAReaderDoesNotReportAreNil() throws {
        let report = try read(try FakeProvider.provider(reports: [.keyUsage]))
        let key = try #require(report.keys.first)
        #expect(key.keyUsage == 0x90)
        #expect(
            key.providerNames == nil && key.machineKeySet == nil && key.localKeyID == nil && key.friendlyName == nil)
    }

    @Test func aReadersErrorsCross() throws {
        let reader = try #require(try FakeProvider.provider().reader)
        #expect(code { try reader.read(FakeProvider.file[...], password: secret("x")) } == .wrongPassword)
        #expect(code { try reader.read([1], password: secret("x")) } == .malformed)
    }

    @Test func severalFilesCrossTogetherEachWithItsAnswer() throws {
        let reader = try #require(try FakeProvider.provider().reader)
        let right = FileToRead(FakeProvider.file[...], password: secret(FakeProvider.readerPassword))
        let list = [right, FileToRead([1], password: secret("x")), FileToRead(right.bytes, password: secret("x")), right]
        let answers = reader.read(list)
        #expect(answers.count == 4)
        #expect(try answers[0].get().keys.map(\.rsa) == FakeProvider.report.keys.map(\.rsa))
        #expect(code { try answers[1].get() } == .malformed)
        #expect(code { try answers[2].get() } == .wrongPassword)
        #expect(try answers[3].get().certificates.map(\.der) == FakeProvider.report.certificates.map(\.der))
    }

    /// Reads the first of several files only.
    private struct ForgetfulReader: ReaderProvider {
        let reports = ReaderFields()
        func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport { ReaderReport() }
        func read(_ files: [FileToRead]) -> [Result<ReaderReport, any Error>] { [.success(ReaderReport())] }
    }

    @Test func aFileThatAProviderForgetsFails() throws {
        let provider = try ExportedProvider(Provider(name: "forgetful", library: "x", reader: ForgetfulReader()))
            .reimported()
        let file = FileToRead([1], password: secret("x"))
        let answers = try #require(provider.reader).read([file, file])
        #expect(throws: Never.self) { try answers[0].get() }
        let error = #expect(throws: ProviderError.self) { try answers[1].get() }
        #expect(error?.code == .inconsistent)
    }

    @Test(arguments: 0...8) func aFunctionThatATableEndsInTheMidstOfIsAbsent(missing: Int) throws {
        var table = recapi_reader_v1(
            struct_size: UInt32(MemoryLayout<recapi_reader_v1>.size - missing), reports: 0, context: nil,
            read: { _, _, _, _, _ in RECAPI_FAILED }, read_many: { _, _, _, _ in RECAPI_FAILED })
        let copy = try ImportedProvider.copy(&table, least: MemoryLayout<recapi_reader_v1>.offset(of: \.read_many)) {
            ProviderError(.inconsistent, "it is too short")
        }
        #expect(copy.read != nil && (copy.read_many != nil) == (missing == 0))
    }

    @Test func aProviderThatCanDoNothingIsRefused() {
        let error = #expect(throws: ProviderError.self) {
            try ExportedProvider(Provider(name: "none", library: "none")).reimported()
        }
        #expect(error?.code == .inconsistent)
    }

    @Test(arguments: ["", "Upper", "dots.so", "../x", "a b", String(repeating: "a", count: 33)])
    func namesThatAreNoNamesAreRefused(name: String) throws {
        let crypto = try FakeProvider.provider().crypto
        let error = #expect(throws: ProviderError.self) {
            try ExportedProvider(Provider(name: name, library: "x", crypto: crypto)).reimported()
        }
        #expect(error?.code == .inconsistent)
    }

    private func read(_ provider: Provider) throws -> ReaderReport {
        try #require(provider.reader).read(FakeProvider.file[...], password: secret(FakeProvider.readerPassword))
    }
}
