import PKCS12
import Providers
import TestSupport
import Testing

/// GnuTLS' own reader, behind the boundary.
@Suite struct GnuTLSReaderTests {
    /// What OpenSSL reads or says otherwise, and GnuTLS does not: the code it refuses the file with.
    private static let refusals: [String: PKCS12Error.Code] = [
        "openssl-rc2-128": .unsupportedAlgorithm, "openssl-2des": .unsupportedAlgorithm,
        "openssl-camellia": .unsupportedAlgorithm, "openssl-mac-md5": .unsupportedAlgorithm,
        "trailing-bytes": .malformed, "trailing-zeros": .malformed,
        // GnuTLS takes an EC key of keytool's for the fruit of a wrong password.
        "keytool-rsa-and-ec": .decryptionFailed,
        // A count of iterations below 1 is not a structural error to GnuTLS.
        "iterations-zero": .wrongPassword, "iterations-negative": .wrongPassword,
    ]

    @Test(arguments: Vectors.all.filter { ($0.iterations ?? 0) <= 100_000 })
    func agreesWithOpenSSL(vector: Vector) throws {
        let file = try vector.bytes
        guard let password = vector.passwords.first else { return }
        let gnuTLS = Result { try reader.read(file[...], password: password) }
        if let refusal = Self.refusals[vector.name] {
            #expect(code { try gnuTLS.get() } == refusal)
            return
        }
        let openSSL = Result { try openSSLReader.read(file[...], password: password) }
        #expect(code { try gnuTLS.get() } == code { try openSSL.get() })
        guard let found = try? gnuTLS.get(), let expected = try? openSSL.get() else { return }
        #expect(found.keys.map(\.rsa) == expected.keys.map(\.rsa))
        #expect(found.keys.map(\.localKeyID) == expected.keys.map(\.localKeyID))
        #expect(found.keys.map(\.friendlyName) == expected.keys.map(\.friendlyName))
        #expect(found.certificates.map(\.der) == expected.certificates.map(\.der))
        #expect(found.certificates.map(\.localKeyID) == expected.certificates.map(\.localKeyID))
        #expect(found.certificates.map(\.friendlyName) == expected.certificates.map(\.friendlyName))
    }

    /// The numbers are those of the file: `gnutls_x509_privkey_export_rsa_raw2` would give computed ones.
    @Test(arguments: [("key-wrong-dP", RSADefects.exponent1), ("key-wrong-qInv", .coefficient)])
    func wrongNumbersAreReportedAsTheyAre(name: String, defect: RSADefects) throws {
        let vector = Vectors.named(name)
        let report = try reader.read(vector.bytes[...], password: secret(vector.password))
        #expect(try InstalledProviders.crypto.check(try #require(report.keys.first).rsa) == defect)
    }

    @Test func whatGnuTLSDoesNotKnowIsNotReported() throws {
        let vector = Vectors.named("openssl-lmk")
        let found = try reader
        #expect(found.reports == [.localKeyID, .friendlyName])
        let key = try #require(try found.read(vector.bytes[...], password: secret(vector.password)).keys.first)
        #expect(key.providerNames == nil && key.machineKeySet == nil && key.keyUsage == nil)
    }

    @Test func aPasswordWithANULIsUnsupported() throws {
        let file = try Vectors.named("openssl-3des").bytes
        #expect(code { try reader.read(file[...], password: secret([0x61, 0, 0x62])) } == .unsupportedAlgorithm)
    }

    /// GnuTLS keeps 32 bags of a safe and forgets the others without a word.
    @Test(arguments: [31, 32, 40])
    func noBagIsLeftOutInSilence(count: Int) throws {
        let sample = try DifferentialSample()
        let bags = (0..<count).map { _ in sample.certificate }
        let file = try sample.encode(PFX(contents: [SafeContents(encryption: nil, bags: bags)], mac: sample.mac))
        if count < 32 {
            #expect(try reader.read(file[...], password: sample.password).certificates.count == count)
        } else {
            #expect(code { try reader.read(file[...], password: sample.password) } == .unsupportedAlgorithm)
        }
    }

    @Test func nestedSafesAreRefusedRatherThanSkipped() throws {
        let sample = try DifferentialSample()
        let nested = SafeBag(.safeContents([sample.certificate]))
        let file = try sample.encode(
            PFX(contents: [SafeContents(encryption: nil, bags: [sample.certificate, nested])], mac: sample.mac))
        #expect(code { try reader.read(file[...], password: sample.password) } == .unsupportedAlgorithm)
    }

    @Test func readsOnManyThreadsAgree() throws {
        let vector = Vectors.named("openssl-3des")
        let (file, password, reader) = (try vector.bytes, secret(vector.password), try reader)
        let expected = try reader.read(file[...], password: password).keys.map(\.rsa)
        let results = concurrently(8) { _ in
            try (0..<20).map { _ in try reader.read(file[...], password: password).keys.map(\.rsa) }
        }
        for result in results {
            #expect(try result.get().allSatisfy { $0 == expected })
        }
    }

    private var reader: any ReaderProvider {
        get throws { try #require(try InstalledProviders.gnuTLS.reader) }
    }

    private var openSSLReader: any ReaderProvider {
        get throws { try #require(try InstalledProviders.openSSL.reader) }
    }
}
