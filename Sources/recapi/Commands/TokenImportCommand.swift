import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue

struct TokenImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Put the keys of PFX files on a token, each with its certificate and chain.",
        discussion: """
            Key and certificate are checked to belong together before, and the token signs with the key after. What is there \
            already is never replaced. For example:

              recapi token import server.pfx --password file:pw.txt --token pkcs11:token=web --pin file:pin.txt
            """)

    @Argument(help: "PFX files.")
    var paths: [String]

    @Option(help: ArgumentHelp("The token, by a URI of RFC 7512.", valueName: "uri"))
    var token: String

    @OptionGroup var options: TokenOptions
    @OptionGroup var passwords: PasswordOptions

    @Flag(help: "Let the key leave the token again (CKA_EXTRACTABLE).")
    var extractable = false

    @Option(
        help: ArgumentHelp(
            "The label of key and certificates. (default: the certificate's friendly name, or else the file's name)",
            valueName: "text"))
    var label: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check(paths, "a path")
        guard label == nil || paths.count == 1 else { throw ValidationError("--label goes with one file.") }
    }

    func run() throws {
        try ExitStatus.reporting {
            let providers = try Installed.providers(
                withholding: options.variables.union(passwords.variables), withTokens: true)
            let (sealer, _) = try Installed.sealer(of: providers)
            let reissuer = try Reissuer(
                provider: sealer, verifiers: providers.filter { $0.reader != nil },
                options: Reissuer.Options(profile: .unnamed))
            let finder = try TokenFinder(token, at: "--token", options, providers)
            defer { finder.closeSessions() }
            let matches = try finder.matches()
            let target = try matches.only(for: token)
            let pin = try finder.pin(for: target, matches)
            try TokenPIN.require(pin, for: target, at: "--pin")
            let access = finder.access(to: target, matches, pin: pin)
            let candidates = try passwords.resolved(.prompt, purpose: "password of the PFX files")
            let files = paths.map { install(FilePath($0), candidates, reissuer, access) }
            try report(files)
        }
    }

    private struct File: Encodable {
        struct Object: Encodable {
            var key: String
            var certificate: String
        }
        var path: String
        var installed: [Object] = []
        var error: Inspection.Refusal?
    }

    private func install(
        _ path: FilePath, _ passwords: [SecretBytes], _ reissuer: Reissuer, _ access: TokenAccess
    ) -> File {
        var file = File(path: path.text)
        do {
            let bytes = try FileReader(byteLimit: Limits().fileByteCount).read(path).bytes
            let identities = try reissuer.tokenIdentities(
                in: SourceFile(path: path.text, bytes: bytes), passwords: passwords, isExtractable: extractable
            ) { label ?? $0 ?? path.nameWithoutExtension }
            if label != nil, identities.count > 1 {
                throw PipelineError(
                    .configurationInvalid, "the file has \(identities.count) keys, which cannot all have one label",
                    hint: "leave --label out")
            }
            for identity in identities {
                let uris = try reissuer.install(identity, on: access)
                file.installed.append(File.Object(key: uris.key, certificate: uris.certificate))
            }
        } catch {
            file.error = Inspection.Refusal(error)
        }
        return file
    }

    private func report(_ files: [File]) throws {
        if json {
            try JSONOutput.print(files)
        } else {
            Terminal.result(files.map(Self.text).joined(separator: "\n"))
        }
        let failures = files.count { $0.error != nil }
        guard failures > 0 else { return }
        throw files.contains { !$0.installed.isEmpty } ? ExitStatus.someFailed : ExitStatus.nothingDone
    }

    private static func text(_ file: File) -> String {
        var lines = [file.path.printable]
        for object in file.installed { lines += ["  key: \(object.key)", "  certificate: \(object.certificate)"] }
        if let error = file.error {
            lines.append("  failed (\(error.code)): \(error.message.printable)")
            if let hint = error.hint { lines.append("    hint: \(hint.printable)") }
        }
        return lines.joined(separator: "\n")
    }
}
