import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// Jobs that are done together end as each would by itself.
@Suite struct BatchTests {
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
        let alone = jobs.map { job in Self.text { try reissuer.reissue([job])[0].get() } }
        let together = reissuer.reissue(jobs).map { outcome in Self.text { try outcome.get() } }
        #expect(together == alone)
        #expect(
            together.suffix(3) == ["wrongPassword", "notPKCS12", "emptyOutputPassword"], "each for its own reason")
        #expect(
            together[0]
                == Vectors.named("openssl-csp-ksp-software").keys.compactMap(\.thumbprint).joined(separator: " "))
        #expect((together[1] == "unsupportedAlgorithm") == pickily, "what one job asks for does not fail the others")
    }

    @Test func nothingToDo() throws {
        #expect(try reissuer().reissue([]).isEmpty)
    }
}

/// Refuses a whole call for one request that it cannot meet, as providers do.
private struct PickyCrypto: ForwardingCrypto {
    let crypto: any CryptoProvider

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        guard requests.allSatisfy({ $0.method != .pbkdf2 }) else {
            throw PKCS12Error(.unsupportedAlgorithm, "there is no PBKDF2 here")
        }
        return try crypto.derive(requests)
    }
}
