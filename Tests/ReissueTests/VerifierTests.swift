import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// A verifier's word counts: nothing that it finds otherwise gets out.
@Suite struct VerifierTests {
    /// A chain of three, and marked for the machine.
    private static let vector = Vectors.named("openssl-chain")

    @Test func takesWhatAnHonestReaderFinds() throws {
        let output = try convert(Self.vector, verifiers: [Self.liar { _ in }])
        #expect(output.report.verifiedBy == ["liar"])
        #expect(output.report.comparedBy?["liar"]?.contains("privateKey") == true)
    }

    typealias Change = @Sendable (inout ReaderReport) -> Void

    /// One field at a time is not what it should be.
    private static let changes: [(String, Change)] = [
        ("another certificate", { $0.certificates[0].der[100] ^= 1 }),
        ("a missing leaf", { $0.certificates.removeFirst() }),
        ("a missing chain", { $0.certificates.removeLast() }),
        ("a certificate twice", { $0.certificates.append($0.certificates[0]) }),
        ("a certificate in place of another", { $0.certificates[1] = $0.certificates[2] }),
        ("no key", { $0.keys = [] }), ("a key twice", { $0.keys.append($0.keys[0]) }),
        ("another modulus", { $0.keys[0].rsa.modulus[5] ^= 1 }),
        ("another public exponent", { $0.keys[0].rsa.publicExponent = [3] }),
        ("another d", { $0.keys[0].rsa.privateExponent = secret("x") }),
        ("another p", { $0.keys[0].rsa.prime1 = secret("x") }),
        ("another q", { $0.keys[0].rsa.prime2 = secret("x") }),
        ("another dP", { $0.keys[0].rsa.exponent1 = secret("x") }),
        ("another dQ", { $0.keys[0].rsa.exponent2 = secret("x") }),
        ("another qInv", { $0.keys[0].rsa.coefficient = secret("x") }),
        ("no provider name", { $0.keys[0].providerNames = [] }),
        ("a second provider name", { $0.keys[0].providerNames?.append("Microsoft Software Key Storage Provider") }),
        ("another provider name", { $0.keys[0].providerNames = ["Microsoft Software Key Storage Provider"] }),
        ("no machine key set", { $0.keys[0].machineKeySet = false }),
        ("no key usage", { $0.keys[0].keyUsage = 0 }), ("both key usages", { $0.keys[0].keyUsage = 0x90 }),
        ("another localKeyID on the key", { $0.keys[0].localKeyID = [1] }),
        ("no localKeyID on the leaf", { $0.certificates[0].localKeyID = nil }),
        ("the localKeyID on the chain", { $0.certificates[1].localKeyID = $0.keys[0].localKeyID }),
    ]

    @Test(arguments: changes.map(\.0))
    func refusesWhatIsFoundOtherwise(_ what: String) throws {
        let change = try #require(Self.changes.first { $0.0 == what }).1
        let error = thrown { try convert(Self.vector, verifiers: [Self.liar(change)]) } as? ReissueError
        #expect(error?.code == .verificationMismatch, "\(what)")
        #expect(error?.reason.hasPrefix("liar found in the output ") == true)
        #expect(error?.hint != nil)
    }

    @Test func asksEveryVerifier() throws {
        let lies = try Self.liar { $0.keys[0].keyUsage = 0 }
        let honest = try InstalledProviders.openSSL
        #expect(errorCode { try convert(Self.vector, verifiers: [honest, lies]) } == "verificationMismatch")
        #expect(errorCode { try convert(Self.vector, verifiers: [lies, honest]) } == "verificationMismatch")
    }

    @Test(arguments: [PKCS12Error.Code.malformed, .wrongPassword, .unsupportedAlgorithm, .cryptographyFailed])
    func refusesWhatAReaderCannotRead(_ code: PKCS12Error.Code) throws {
        let failing = try Self.provider { _, _ in throw PKCS12Error(code, "the library has a bad day") }
        let error = thrown { try convert(Self.vector, verifiers: [failing]) } as? ReissueError
        #expect(error?.code == (code == .unsupportedAlgorithm ? .verifierUnfit : .verificationFailed))
        #expect(error?.reason.contains("the library has a bad day") == true)
    }

    /// What a reader cannot see, our own reading compares, and the report says who saw what.
    @Test func readsAgainWhatAReaderDoesNotReport() throws {
        let blind = try Self.provider(reports: [.localKeyID]) { file, password in
            var report = try Self.honest(file, password)
            report.keys[0].providerNames = nil
            report.keys[0].machineKeySet = nil
            report.keys[0].keyUsage = nil
            return report
        }
        let output = try convert(Self.vector, verifiers: [blind])
        #expect(output.report.comparedBy?["liar"] == ["certificates", "privateKey", "localKeyID"])
        #expect(output.report.comparedBy?["recapi"] == ["providerName", "machineKeySet", "keySpec"])
    }

    // MARK: - Files that are there already

    @Test func provesAnOutputOfItsSource() throws {
        let source = try Self.vector.source
        let output = SourceFile(path: "output.pfx", bytes: try convert(Self.vector).bytes)
        let report = try reissuer().verify(
            output, of: source, passwords: Self.vector.passwords, outputPassword: secret(outputPassword))
        #expect(report.identities.map(\.thumbprint) == [Self.vector.key.thumbprint])
        #expect(report.verifiedBy == ["openssl"])
    }

    @Test func refusesAnOutputOfAnotherSource() throws {
        let other = Vectors.named("two-keys")
        let output = SourceFile(path: "output.pfx", bytes: try convert(other).bytes)
        let code = errorCode {
            try reissuer().verify(
                output, of: Self.vector.source, passwords: Self.vector.passwords, outputPassword: secret(outputPassword)
            )
        }
        #expect(code == "verificationMismatch")
    }

    @Test func refusesAnOutputOfAnotherProfile() throws {
        let output = SourceFile(path: "output.pfx", bytes: try convert(Self.vector, .rsaAES).bytes)
        for profile in [Profile.schannel, .rsaAES.with(keySpec: .signature), .rsaAES.with(encryption: .aes256SHA256)] {
            let code = errorCode {
                try reissuer(profile).verify(
                    output, of: Self.vector.source, passwords: Self.vector.passwords,
                    outputPassword: secret(outputPassword))
            }
            #expect(code == "verificationMismatch")
        }
    }

    @Test func refusesADamagedOutput() throws {
        var bytes = try convert(Self.vector).bytes
        bytes[bytes.count / 2] ^= 1
        let code = errorCode {
            try reissuer().verify(
                SourceFile(path: "output.pfx", bytes: bytes), of: Self.vector.source, passwords: Self.vector.passwords,
                outputPassword: secret(outputPassword))
        }
        #expect(code == "macMismatch")
    }

    // MARK: - Readers

    /// OpenSSL's reader, with what it found changed.
    private static func liar(_ change: @escaping Change) throws -> Provider {
        try provider { file, password in
            var report = try honest(file, password)
            change(&report)
            return report
        }
    }

    private static func honest(_ file: ArraySlice<UInt8>, _ password: SecretBytes) throws -> ReaderReport {
        let reader = try #require(try InstalledProviders.openSSL.reader)
        return try reader.read(file, password: password)
    }

    private static func provider(
        reports: ReaderFields = .all, _ read: @escaping ClosureReader.Read
    ) throws -> Provider {
        Provider(name: "liar", library: "a test", reader: ClosureReader(reports: reports, body: read))
    }
}

private struct ClosureReader: ReaderProvider {
    typealias Read = @Sendable (ArraySlice<UInt8>, SecretBytes) throws -> ReaderReport
    let reports: ReaderFields
    let body: Read

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        try body(file, password)
    }
}
