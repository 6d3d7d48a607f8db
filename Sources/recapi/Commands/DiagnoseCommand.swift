import ArgumentParser
import PKCS12
import Pipeline
import Reissue
import Windows

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Say which certificates of a server are under CNG, from what certutil prints there.",
        discussion: """
            On each server, in an administrator's PowerShell:

              certutil -v -store my > EX01.txt

            Takes such files, without -v as well, `certutil -dump FILE.pfx`, and event 1035 of MSExchange EdgeSync as text or XML. \
            Text that is not understood is reported with its line.

            Exit codes: 0 nothing to do; 10 something to do (with --expect: something that is not done); 1 no file could \
            be read; 3 some files could not be read, or not to the end, as where certutil failed; 64 usage; 78 configuration.
            """)

    @Argument(help: "Files with what certutil or the event log says.")
    var paths: [String]

    @Option(
        help: ArgumentHelp(
            "The files' encoding, where it is not told right.", valueName: "name"))
    var encoding: TextEncoding?

    @Option(
        name: .customLong("pfx"),
        help: ArgumentHelp(
            "PFX files at hand, or a folder of them, to say which to convert; --password opens them.", valueName: "path"
        ))
    var pfxPaths: [String] = []

    @OptionGroup var passwords: PasswordOptions

    @Option(
        name: .customLong("expect"),
        help: ArgumentHelp("Say how far the certificates of this manifest have come.", valueName: "manifest"))
    var manifest: String?

    @Option(help: ArgumentHelp("With --expect: which server has which, as for runbook.", valueName: "file"))
    var sites: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check(paths, "a path")
        try PathCheck.check(pfxPaths, "--pfx")
        try PathCheck.check([manifest].compactMap(\.self), "--expect")
        try PathCheck.check([sites].compactMap(\.self), "--sites")
        if sites != nil, manifest == nil { throw ValidationError("--sites goes with --expect.") }
        if !passwords.sources.isEmpty, pfxPaths.isEmpty { throw ValidationError("--password goes with --pfx.") }
    }

    func run() throws {
        try ExitStatus.reporting {
            let sources = paths.map { path in
                Diagnosis.Source(path: path, text: Result { try read(FilePath(path)) })
            }
            var diagnosis = Diagnosis(sources, pfxFiles: try pfxFiles())
            diagnosis.expectation = try expectation(diagnosis)
            for file in diagnosis.files { Self.report(file) }
            if json {
                try JSONOutput.print(diagnosis)
            } else {
                Terminal.result(DiagnosisText.text(diagnosis))
            }
            if diagnosis.isEmpty { throw ExitStatus.nothingDone }
            if diagnosis.failedFiles > 0 { throw ExitStatus.someFailed }
            if diagnosis.hasWork { throw ExitStatus.workFound }
        }
    }

    /// Dumps of stores with thousands of certificates are some megabytes.
    private func read(_ path: FilePath) throws -> WindowsText {
        try WindowsText(reading: try FileReader(byteLimit: 64 << 20).read(path).bytes, as: encoding)
    }

    private func pfxFiles() throws -> [PFXAtHand]? {
        guard !pfxPaths.isEmpty else { return nil }
        let found = try pfxPaths.flatMap { try FileSearch.files(below: FilePath($0), matching: ["*.pfx", "*.p12"]) }
        let opener = try PFXOpener(passwords, purpose: "password of the PFX files")
        return found.map { path, problem in
            if let problem { return PFXAtHand(path: path.text, error: Inspection.Refusal(problem)) }
            let file = opener.inspect(path)
            return PFXAtHand(path: path.text, keys: file.inspection?.keysAtHand ?? [], error: file.error)
        }
    }

    private func expectation(_ diagnosis: Diagnosis) throws -> Expectation? {
        guard let manifest else { return nil }
        let path = FilePath(manifest)
        let recorded = try Manifest.read(from: path)
        let plans = try sites.map { try SitePlan.all(SitesConfiguration.read(from: FilePath($0)), recorded, at: path) }
        return Expectation(
            recorded, certificates: diagnosis.certificates,
            files: diagnosis.files.filter { $0.error == nil }.map(\.path), servers: plans)
    }

    /// On standard error: what could not be read, wherever it stands.
    private static func report(_ file: Diagnosis.File) {
        if let error = file.error {
            // What cannot be read at all names its path itself.
            let place = error.message.hasPrefix(file.path) ? "" : "\(file.path.printable): "
            Terminal.message("recapi: \(place)\(error.message.printable)")
            if let hint = error.hint { Terminal.message("  hint: \(hint.printable)") }
        }
        for remark in file.notUnderstood {
            Terminal.message("recapi: \(file.path.printable):\(remark.line): not understood: \(remark.text.printable)")
        }
        for remark in file.failedCommands {
            Terminal.message("recapi: \(file.path.printable):\(remark.line): certutil failed: \(remark.text.printable)")
        }
    }
}

extension TextEncoding: ExpressibleByArgument {}

extension Inspection {
    fileprivate var keysAtHand: [PFXAtHand.Key] {
        keys.compactMap { key in
            key.certificate.map {
                PFXAtHand.Key(
                    thumbprint: $0, isCAPI1: key.placement.providerKind == .capi1, refusal: key.refusal?.message)
            }
        }
    }
}
