import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check outputs against their manifest, with every reader there is.",
        discussion: """
            Opens each output with the password that it was written with, and compares it with what the manifest says. \
            Exits with 4 where an output is another. Without --password, the terminal is asked for one.
            """)

    @Argument(help: "The manifest of a run.")
    var manifest: String

    @OptionGroup var passwords: PasswordOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check([manifest], "the manifest's path")
    }

    func run() throws {
        try ExitStatus.reporting {
            let providers = try Installed.providers(withholding: passwords.variables)
            let (sealer, _) = try Installed.sealer(of: providers)
            let verification = try ManifestVerification(
                manifest: FilePath(manifest),
                passwords: try passwords.resolved(.prompt, purpose: "password of the outputs"), sealer: sealer,
                readers: providers.filter { $0.reader != nil })
            let result = try verification.run()
            if json {
                try JSONOutput.print(result)
            } else {
                Terminal.result(Self.text(result))
            }
            guard !result.failures.isEmpty else { return }
            if result.failures.contains(where: \.isMismatch) { throw ExitStatus.verificationMismatch }
            throw result.verified == 0 ? ExitStatus.nothingDone : ExitStatus.someFailed
        }
    }

    private static func text(_ result: ManifestVerification.Result) -> String {
        var lines = result.failures.map { failure in
            "failed: \(failure.output.printable) (\(failure.error.code)): \(failure.error.message.printable)"
                + (failure.error.hint.map { "\n  hint: \($0.printable)" } ?? "")
        }
        lines.append(
            "\(result.verified) outputs are as the manifest says, by \(result.readers.joined(separator: " and ")); "
                + "\(result.failures.count) are not; \(result.withoutOutput) items have no output")
        if result.keptShrouded > 0 {
            lines.append(
                "\(result.keptShrouded) of the outputs hold keys that a token shrouded, as the manifest says: recapi alone read "
                    + "them, and left the key closed; of what is in the shroud, such as a KeySpec, only the file's SHA-256 speaks"
            )
        }
        return lines.joined(separator: "\n")
    }
}
