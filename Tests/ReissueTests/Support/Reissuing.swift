import PKCS12
import Providers
import TestSupport
import Testing

@testable import Reissue

/// The password of every output in these tests.
let outputPassword = "output"

extension Vector {
    var source: SourceFile {
        get throws { SourceFile(path: file, bytes: try bytes) }
    }

    /// Few enough iterations for a test that opens many files.
    var isQuick: Bool { (iterations ?? 0) < 600_000 }
}

/// Seals and verifies with the OpenSSL provider unless told otherwise.
func reissuer(
    _ profile: Profile = .schannel, verifiers: [Provider]? = nil, allowMissingMAC: Bool = false,
    rewriteUnchanged: Bool = false
) throws -> Reissuer {
    var options = Reissuer.Options(profile: profile)
    options.allowMissingMAC = allowMissingMAC
    options.rewriteUnchanged = rewriteUnchanged
    let provider = try InstalledProviders.openSSL
    return try Reissuer(provider: provider, verifiers: verifiers ?? [provider], options: options)
}

struct LeftUnchanged: Error {
    let path: String
}

/// The output for a source, which must be converted.
func convert(
    _ source: SourceFile, _ passwords: [SecretBytes], _ profile: Profile = .schannel, verifiers: [Provider]? = nil
) throws -> VerifiedPFX {
    let outcome = try reissuer(profile, verifiers: verifiers, rewriteUnchanged: true)
        .reissue(source, passwords: passwords, outputPassword: secret(outputPassword))
    guard case .converted(let output) = outcome else { throw LeftUnchanged(path: source.path) }
    return output
}

func convert(_ vector: Vector, _ profile: Profile = .schannel, verifiers: [Provider]? = nil) throws -> VerifiedPFX {
    try convert(vector.source, vector.passwords, profile, verifiers: verifiers)
}

extension Profile {
    func with(
        keySpec: KeySpec = .exchange, encryption: Encryption = .tripleDESSHA1, machineKeySet: MachineKeySet = .keep
    ) -> Profile {
        var profile = self
        profile.keySpec = keySpec
        profile.encryption = encryption
        profile.machineKeySet = machineKeySet
        return profile
    }

    /// Every profile with every protection, the signature keys where the provider has them.
    static let everyKind: [Profile] = all.flatMap { profile in
        Encryption.allCases.flatMap { encryption in
            KeySpec.allCases.filter { $0 == .exchange || profile.name != "schannel" }
                .map { profile.with(keySpec: $0, encryption: encryption) }
        }
    }
}

/// The file of a PFX value that a test made, under the output password.
func source(_ pfx: PFX, password: String = outputPassword) throws -> SourceFile {
    SourceFile(
        path: "made.pfx",
        bytes: try PFXEncoder(cryptography: InstalledProviders.crypto).encode(pfx, password: secret(password)))
}

/// A vector's content, to be changed and written again.
func opened(_ name: String) throws -> PFX {
    let vector = Vectors.named(name)
    return try PFXDecoder(cryptography: InstalledProviders.crypto).decode(vector.bytes, passwords: vector.passwords)
}

extension Profile: CustomTestStringConvertible {
    public var testDescription: String {
        "\(name), \(keySpec), \(encryption.rawValue), machine key set: \(machineKeySet)"
    }
}
