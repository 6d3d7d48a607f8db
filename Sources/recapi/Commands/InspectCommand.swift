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
            let opener = try PFXOpener(passwords, purpose: "password of the PFX files")
            let files = paths.map { opener.inspect(FilePath($0)) }
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
}
