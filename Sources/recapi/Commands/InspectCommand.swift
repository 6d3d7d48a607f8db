import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what is in PFX files, and where Windows would put their keys, and why.",
        discussion:
            "Nothing is written. Without --password, the terminal is asked for one; `--password empty` tries none.")

    @Argument(help: "PFX files.")
    var paths: [String]

    @OptionGroup var passwords: PasswordOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check(paths, "a path")
    }

    func run() throws {
        try ExitStatus.reporting {
            let (provider, _) = try Installed.sealer(of: Installed.providers(withholding: passwords.variables))
            var options = Reissuer.Options(profile: .schannel)
            options.allowMissingMAC = true
            let reissuer = try Reissuer(provider: provider, verifiers: [provider], options: options)
            let candidates = try passwords.resolved(.prompt, purpose: "password of the PFX files")
            let files = paths.map { Self.inspect(FilePath($0), candidates, reissuer) }
            if json {
                try JSONOutput.print(Document(files: files))
            } else {
                Terminal.result(files.map(InspectionText.text).joined(separator: "\n\n"))
            }
            let failures = files.count { $0.error != nil }
            guard failures == 0 else { throw failures == files.count ? ExitStatus.nothingDone : ExitStatus.someFailed }
        }
    }

    struct Document: Encodable {
        var schemaVersion = 1
        var files: [File]
    }

    struct File: Encodable {
        var path: String
        var inspection: Inspection?
        var error: Inspection.Refusal?
    }

    private static func inspect(_ path: FilePath, _ passwords: [SecretBytes], _ reissuer: Reissuer) -> File {
        do {
            let bytes = try FileReader(byteLimit: Limits().fileByteCount).read(path).bytes
            return File(
                path: path.text,
                inspection: try reissuer.inspect(SourceFile(path: path.text, bytes: bytes), passwords: passwords))
        } catch {
            return File(path: path.text, error: Inspection.Refusal(error))
        }
    }
}
