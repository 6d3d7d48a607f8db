import PKCS12
import Providers

/// Proves a file whose key a token shrouded, without opening the key.
///
/// A library's own reader would decrypt it in this process. Instead our reader reads all else of the file with another
/// provider's cryptography, and the token opens the ciphertext inside itself, under the key that this provider derives,
/// and signs with what comes out.
struct ShroudedVerifier {
    private let options: Reissuer.Options
    private let sealer: Provider
    private let reader: Provider
    private let crypto: any CryptoProvider
    private let witness: SignatureWitness

    init(
        options: Reissuer.Options, sealer: Provider, verifiers: [Provider], witness: SignatureWitness
    ) throws(ReissueError) {
        reader = verifiers.first { $0.name != sealer.name && $0.crypto != nil } ?? sealer
        guard let crypto = reader.crypto else {
            throw ReissueError(.verificationFailed, "the provider \(reader.name) cannot open files: it has no crypto")
        }
        self.crypto = crypto
        self.options = options
        self.sealer = sealer
        self.witness = witness
    }

    /// - Parameter shroud: that of the key, as the sealer derives it.
    /// - Throws: ``ReissueError`` `verificationFailed`, `verificationMismatch`, `verifierUnfit`; ``TokenError``;
    ///   ``ProviderError``.
    func verify(
        _ file: [UInt8], password: SecretBytes, against checked: CAPI1PFX, _ source: KeyOnToken, _ shroud: TokenShroud
    ) throws {
        let found = try CAPI1Rules(profile: options.profile, crypto: crypto)
            .check(OpenedPFX(try read(file, password)))
        try compare(found, with: checked)
        guard let identity = found.identities.first, case .shrouded(let scheme, let ciphertext) = identity.key else {
            throw mismatch("no shrouded key")
        }
        try ShroudedLength.check(ciphertext, scheme.cipher, identity.publicKey)
        let derived = try TokenShroud(scheme, password, crypto)
        guard derived.key == shroud.key, derived.initializationVector == shroud.initializationVector else {
            throw mismatch("a shroud whose key \(sealer.name) derives otherwise")
        }
        let isRight = try witness.accepts(identity.publicKey) { message, digest in
            try source.access.tokens.sign(
                message, with: digest, shrouded: ciphertext, shroud: derived, on: source.access.token.uri,
                module: source.access.module, login: source.access.login)
        }
        guard isRight else {
            throw mismatch("a shrouded key that is not the certificate's, as the token signs with it")
        }
    }

    /// Says in the record who saw what, and what nobody could see.
    ///
    /// - Parameter wrote: whether the token wrote the shroud of this output just now; or else gave the same for one that was
    ///   there, of which nobody knows how it was made.
    func describe(_ source: KeyOnToken, wrote: Bool, in report: inout Reissuer.ReissueReport) {
        let token = source.access.provider
        report.verifiedBy = [reader.name, token]
        report.comparedBy = [
            "recapi": ["certificates", "providerName", "machineKeySet", "localKeyID"], token: ["privateKey"],
        ]
        report.notes += [
            (wrote
                ? "the token wrote the private key into its shroud itself, and it was never in the clear outside"
                : "the output was there, and its shroud was left closed: the token has shrouded the private key once more, to the "
                    + "very bytes that are in the output")
                + ": whether its primes and CRT numbers fit a CAPI1 key blob could not be checked, and there is no KeySpec, which "
                + "Windows takes as AT_KEYEXCHANGE",
            "no library's own reader has opened the output, whatever verify asks for, as it would have decrypted the key: recapi's "
                + "reader, with the cryptography of \(reader.name), has read all else, and the token has opened the shrouded key "
                + "and signed with it; that what it opened is a PKCS#8 is known by its length alone",
        ]
        if reader.name == sealer.name {
            report.notes.append("there is no second provider with cryptography to read the output with")
        }
    }

    private func read(_ file: [UInt8], _ password: SecretBytes) throws -> PFX {
        var decoder = PFXDecoder(cryptography: crypto, limits: options.limits)
        decoder.triesOtherEncodings = false
        decoder.opensShroudedKeys = false
        do {
            return try decoder.decode(file, passwords: [password])
        } catch let error as PKCS12Error {
            throw ReissueError(readerRefuses: error, reader.name)
        } catch var error as ProviderError {
            error.provider = reader.name
            throw error
        }
    }

    private func compare(_ found: CAPI1PFX, with checked: CAPI1PFX) throws(ReissueError) {
        guard found.opened.certificates.map(\.der) == Sealer.order(checked).map({ checked.opened.certificates[$0].der })
        else { throw mismatch("other certificates than the token has") }
        guard found.identities.map(\.key) == checked.identities.map(\.key) else {
            throw mismatch("another shrouded key than the token gave")
        }
        guard found.identities.map(\.machineKeySet) == checked.identities.map(\.machineKeySet), found.isDone else {
            throw mismatch("something else than the profile asks for")
        }
    }

    private func mismatch(_ what: String) -> ReissueError { .mismatch(what, foundBy: "recapi") }
}
