import PKCS12
import Providers

/// Checks an output long after it was written, against what was recorded of it.
public struct Recheck: Sendable {
    private let sealer: Provider
    private let crypto: any CryptoProvider
    private let readers: [Provider]
    private let limits: Limits

    /// - Parameters:
    ///   - provider: opens the files; must have `crypto`.
    ///   - readers: each must have `reader`.
    public init(provider: Provider, readers: [Provider], limits: Limits = Limits()) throws {
        guard let crypto = provider.crypto else {
            throw ReissueError(.verificationFailed, "the provider \(provider.name) cannot open files: it has no crypto")
        }
        sealer = provider
        self.crypto = crypto
        self.readers = readers
        self.limits = limits
    }

    /// Opens an output and compares everything in it with its record, with our own reader and all others.
    ///
    /// - Parameter staysClosed: the key is left in its shroud, because the record says that a token wrote that: our own
    ///   reader alone looks at all else, and nobody at what is inside.
    /// - Throws: ``PKCS12Error`` from reading, ``ReissueError`` `verificationMismatch` and `verificationFailed`.
    public func check(
        _ output: SourceFile, password: SecretBytes, against recorded: [IdentityReport], staysClosed: Bool = false
    ) throws {
        guard let first = recorded.first else {
            throw mismatch("the record names no identity of the output")
        }
        let reissuer = try Reissuer(
            provider: sealer, verifiers: readers,
            options: Reissuer.Options(profile: try Self.profile(first), limits: limits))
        var decoder = reissuer.decoder(crypto)
        decoder.opensShroudedKeys = !staysClosed
        decoder.allowsTrailingBytes = false
        let checked = try reissuer.check(OpenedPFX(decoder.decode(output.bytes, passwords: [password])))
        let found = try reissuer.identities(of: checked)
        guard found.count == recorded.count else {
            throw mismatch("the output has \(found.count) keys, and the record \(recorded.count)")
        }
        for (found, recorded) in zip(found, recorded) {
            try compare(found, recorded)
        }
        guard !staysClosed else { return }
        try reissuer.verify(
            output.bytes, password: password, against: checked,
            allowsNoKeySpec: first.after?.keySpec == .unspecified)
    }

    private func compare(_ found: IdentityReport, _ recorded: IdentityReport) throws {
        guard found.thumbprint == recorded.thumbprint, found.thumbprintSHA256 == recorded.thumbprintSHA256 else {
            throw mismatch("the certificate is \(found.thumbprint), and the record says \(recorded.thumbprint)")
        }
        guard found.chain == recorded.chain else {
            throw mismatch("the chain of \(found.thumbprint) is not the recorded one")
        }
        guard found.before == recorded.after, found.keyBits == recorded.keyBits else {
            throw mismatch("the key of \(found.thumbprint) is not placed or protected as recorded")
        }
    }

    /// What the record says that the output was made for.
    private static func profile(_ recorded: IdentityReport) throws -> Profile {
        guard let after = recorded.after,
            let encryption = Profile.Encryption.allCases.first(where: { $0.exampleScheme.name == after.keyEncryption }),
            let keySpec = after.keySpec == .unspecified ? .exchange : Profile.KeySpec(rawValue: after.keySpec.rawValue)
        else {
            throw ReissueError(.verificationMismatch, "the record of \(recorded.thumbprint) is not one of recapi's")
        }
        return Profile(
            name: "recorded", providerName: after.providerName, keySpec: keySpec, encryption: encryption,
            machineKeySet: .keep)
    }

    private func mismatch(_ reason: String) -> ReissueError {
        ReissueError(
            .verificationMismatch, reason, hint: "the output was changed after it was written: convert it again")
    }
}
