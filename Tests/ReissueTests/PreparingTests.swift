import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// Jobs that are prepared together end as each would by itself.
@Suite struct PreparingTests {
    private static let names = [
        "openssl-csp-ksp-software", "openssl-default", "two-keys", "wrong password", "garbage", "no output password",
    ]

    private static func job(_ name: String) throws -> Reissuer.Job {
        let vector = Vectors.named(Vectors.all.contains { $0.name == name } ? name : "two-keys")
        var job = Reissuer.Job(
            source: try vector.source, passwords: vector.passwords, outputPassword: secret(outputPassword))
        switch name {
        case "wrong password": job.passwords = [secret("not this one")]
        case "garbage": job.source.bytes = Array("no PFX at all".utf8)
        case "no output password": job.outputPassword = secret("")
        default: break
        }
        return job
    }

    private static func text(_ outcome: () throws -> Reissuer.Outcome) -> String {
        do {
            switch try outcome() {
            case .converted(let pfx): return pfx.report.identities.map(\.thumbprint).joined(separator: " ")
            case .unchanged: return "unchanged"
            }
        } catch {
            return (error as? any CodedError)?.codeName ?? "\(error)"
        }
    }

    @Test(arguments: [false, true]) func togetherAsAlone(pickily: Bool) throws {
        var provider = try InstalledProviders.openSSL
        if pickily { provider.crypto = PickyCrypto(crypto: try #require(provider.crypto)) }
        let reissuer = try Reissuer(
            provider: provider, verifiers: [try InstalledProviders.openSSL], options: .init(profile: .schannel))
        let jobs = try Self.names.map(Self.job)
        let alone = jobs.map { job in Self.text { try reissuer.prepare([job])[0]() } }
        let together = reissuer.prepare(jobs).map(Self.text)
        #expect(together == alone)
        #expect(
            together.suffix(3) == ["wrongPassword", "notPKCS12", "emptyOutputPassword"], "each for its own reason")
        #expect(together[0] == Vectors.named("openssl-csp-ksp-software").keys.compactMap(\.thumbprint).joined(separator: " "))
        #expect((together[1] == "unsupportedAlgorithm") == pickily, "what one job asks for does not fail the others")
    }

    @Test func nothingToPrepare() throws {
        #expect(try reissuer().prepare([]).isEmpty)
    }
}

/// Refuses a whole call for one request that it cannot meet, as providers do.
private struct PickyCrypto: CryptoProvider {
    let crypto: any CryptoProvider
    var capabilities: CryptoCapabilities { crypto.capabilities }

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        guard requests.allSatisfy({ $0.method != .pbkdf2 }) else {
            throw PKCS12Error(.unsupportedAlgorithm, "there is no PBKDF2 here")
        }
        return try crypto.derive(requests)
    }

    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    { try crypto.encrypt(plaintext, with: cipher, key: key, iv: iv) }
    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    { try crypto.decrypt(ciphertext, with: cipher, key: key, iv: iv) }
    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try crypto.hmac(data, with: digest, key: key)
    }
    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try crypto.digest(data, with: digest)
    }
    func randomBytes(_ count: Int) throws -> [UInt8] { try crypto.randomBytes(count) }
    func check(_ key: RSAPrivateKey) throws -> RSADefects { try crypto.check(key) }
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey { try crypto.generateRSAKey(bitCount: bitCount) }
    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        try crypto.sign(message, with: digest, key: key)
    }
}
