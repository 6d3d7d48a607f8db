import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue
import Signatures

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check outputs against their manifest, with every reader there is.",
        discussion: """
            Opens each output with the password that it was written with, and compares it with what the manifest says. \
            Exits with 4 where an output is another, where the manifest's items are not those that the run wrote (which \
            whoever can compute their digest can hide; a signature shows it), and with --signer where the manifest was not signed with that certificate's \
            key. Without --password, the terminal is asked for one.
            """)

    @Argument(help: "The manifest of a run.")
    var manifest: String

    @OptionGroup var passwords: PasswordOptions

    @Option(
        help: ArgumentHelp(
            "The certificate, in DER or PEM, whose key must have signed the manifest (MANIFEST.p7s). It is the trust by "
                + "itself: neither its issuer nor its end is looked at.", valueName: "file"))
    var signer: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check([manifest], "the manifest's path")
        try PathCheck.check([signer].compactMap(\.self), "--signer")
    }

    func run() throws {
        try ExitStatus.reporting {
            let providers = try Installed.providers(withholding: passwords.variables)
            let (sealer, _) = try Installed.sealer(of: providers)
            let verification = try ManifestVerification(
                manifest: FilePath(manifest),
                passwords: try passwords.resolved(.prompt, purpose: "password of the outputs"), sealer: sealer,
                readers: providers.filter { $0.reader != nil },
                signer: try signer.map {
                    (try Self.certificate(FilePath($0)), try Installed.signatureVerifier(of: providers))
                })
            let result = try verification.run()
            if json {
                try JSONOutput.print(result)
            } else {
                Terminal.result(Self.text(result))
            }
            if result.isEdited || result.failures.contains(where: \.isMismatch) {
                throw ExitStatus.verificationMismatch
            }
            guard !result.failures.isEmpty || result.verified == 0 else { return }
            throw result.verified == 0 ? ExitStatus.nothingDone : ExitStatus.someFailed
        }
    }

    private static func certificate(_ path: FilePath) throws -> SignerCertificate {
        let found = try PFXOpener.reissuer().certificates(inFile: PFXOpener.read(path))
        guard found.count == 1, let certificate = found.first else {
            throw SignatureError(
                .signerUnfit, "\(path) has \(found.count) certificates, and the signer has one",
                hint: "name a file with the signer's certificate alone")
        }
        return try SignerCertificate(der: certificate.der)
    }

    private static func text(_ result: ManifestVerification.Result) -> String {
        var lines = result.failures.map { failure in
            "failed: \(failure.output.printable) (\(failure.error.code)): \(failure.error.message.printable)"
                + (failure.error.hint.map { "\n  hint: \($0.printable)" } ?? "")
        }
        if result.isEdited {
            lines.append("the manifest's items are not those that the run wrote: somebody edited them, or their digest")
        }
        if let signature = result.signature {
            let time = signature.signingTime.map { " at \($0)" } ?? ""
            lines.append("the manifest is as \(signature.signer.printable) signed it\(time)")
        }
        lines.append(
            "\(result.verified) outputs are as the manifest says, by \(result.readers.joined(separator: " and ")); "
                + "\(result.failures.count) are not; \(result.withoutOutput) items have no output")
        if result.ofGoneSources > 0 {
            lines.append(
                "\(result.ofGoneSources) of the outputs are of sources that were gone when the manifest was written")
        }
        if result.keptShrouded > 0 {
            lines.append(
                "\(result.keptShrouded) of the outputs hold keys that a token shrouded, as the manifest says: recapi alone read "
                    + "them, and left the key closed; of what is in the shroud, such as a KeySpec, only the file's SHA-256 speaks"
            )
        }
        return lines.joined(separator: "\n")
    }
}
