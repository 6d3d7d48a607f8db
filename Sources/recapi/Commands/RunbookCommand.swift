import ArgumentParser
import PKCS12
import Pipeline
import Providers
import Reissue
import Windows

struct RunbookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runbook",
        abstract: "Write the Windows side of a run: scripts and steps for each site and server.",
        discussion: """
            Makes a folder for each site of the sites file, with scripts for Windows PowerShell 4.0 or later in the Exchange \
            Management Shell, and README.md with the same steps for a person. recapi schema sites prints what the sites file \
            may say.

            Edge servers get the chain of the certificates, from the converted files, which --password opens, or from --ca.
            """)

    @Option(help: ArgumentHelp("The manifest of a run.", valueName: "file"))
    var manifest: String

    @Option(help: ArgumentHelp("The sites and their servers.", valueName: "file"))
    var sites: String

    @Option(
        name: .customLong("out"), help: ArgumentHelp("The folder to make; it must not exist.", valueName: "folder"))
    var directory: String

    @Option(
        help: ArgumentHelp(
            "A folder with the authorities' certificates, in DER or PEM, instead of the converted files.",
            valueName: "folder"))
    var ca: String?

    @OptionGroup var passwords: PasswordOptions

    @Flag(name: .customLong("copy-pfx"), help: "Put the converted PFX files into the folders as well: they hold keys.")
    var copyPFX = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try PathCheck.check([manifest], "the manifest's path")
        try PathCheck.check([sites], "the path of the sites file")
        try PathCheck.check([directory], "--out")
        try PathCheck.check([ca].compactMap(\.self), "--ca")
        if ca != nil, !passwords.sources.isEmpty {
            throw ValidationError("--password is for the files that --ca replaces.")
        }
    }

    func run() throws {
        try ExitStatus.reporting {
            let path = FilePath(manifest)
            let recorded = try Manifest.read(from: path)
            let plans = try SitePlan.all(SitesConfiguration.read(from: FilePath(sites)), recorded, at: path)
            // Looked at before anybody is asked for a password.
            _ = try Runbook(plans.map { Runbook.Site(plan: $0, chain: nil) })
            let chains = try ChainSource(ca: ca, passwords: passwords, plans)
            let runbook = try Runbook(
                plans.map { Runbook.Site(plan: $0, chain: try chains.chain(of: $0)) },
                pfxFiles: copyPFX ? try Self.outputs(plans) : [:],
                notes: SitePlan.notesOnLeftOut(by: plans, of: recorded))
            try NewFolder.write(runbook.files.map { ($0.path, $0.bytes) }, to: FilePath(directory))
            for note in runbook.notes { Terminal.message("recapi: note: \(note)".printable) }
            for folder in runbook.folders {
                for note in folder.notes { Terminal.note("\(folder.site): \(note)".printable) }
            }
            let result = Document(
                directory: directory, files: runbook.files.map(\.path).sorted(), sites: runbook.folders,
                notes: runbook.notes)
            if json {
                try JSONOutput.print(result)
            } else {
                Terminal.result(result.text)
            }
        }
    }

    struct Document: Encodable {
        var schemaVersion = 1
        var directory: String
        /// Below the directory.
        var files: [String]
        var sites: [Runbook.SiteFolder]
        /// About what is in no folder.
        var notes: [String]

        var text: String {
            let rows = sites.map { site in
                [
                    site.site.printable, "\(directory)/\(site.folder)".printable,
                    site.servers.joined(separator: ", ").printable,
                ]
            }
            return TextTable(header: ["SITE", "FOLDER", "SERVERS"], rows: rows).text
                + "\n\n\(files.count) files; begin with \(directory.printable)/README.md"
        }
    }

    private static func outputs(_ plans: [SitePlan]) throws -> [FilePath: [UInt8]] {
        let (_, crypto) = try Installed.sealer(of: Installed.providers())
        var outputs: [FilePath: [UInt8]] = [:]
        for certificate in plans.flatMap(\.servers).flatMap(\.certificates) where outputs[certificate.path] == nil {
            outputs[certificate.path] = try certificate.read(crypto).bytes
        }
        return outputs
    }
}

/// Where the authorities' certificates come from.
private struct ChainSource {
    private let all: [ChainCertificate]

    /// Asks for a password only where there is a chain to find and no folder of certificates.
    init(ca: String?, passwords: PasswordOptions, _ plans: [SitePlan]) throws {
        let files = plans.filter(Runbook.needsChain).flatMap(\.servers).flatMap(\.certificates)
        guard !files.isEmpty else {
            all = []
            return
        }
        if let ca {
            let reissuer = try PFXOpener.reissuer()
            let patterns = ["*.cer", "*.crt", "*.der", "*.pem"]
            all = try FileSearch.files(below: FilePath(ca), matching: patterns).flatMap {
                if let problem = $0.problem { throw problem }
                return try reissuer.certificates(inFile: try PFXOpener.read($0.path))
            }
            return
        }
        let (_, crypto) = try Installed.sealer(of: Installed.providers(withholding: passwords.variables))
        let sources = try files.unique.map { try $0.read(crypto) }
        let opener = try PFXOpener(passwords, purpose: "password of the converted PFX files")
        all = try sources.flatMap { source in
            do {
                return try opener.certificates(in: source)
            } catch let error as PKCS12Error {
                throw PKCS12Error(error.code, "\(source.path): \(error.reason)", hint: error.hint)
            }
        }
    }

    func chain(of plan: SitePlan) throws -> AuthorityChain? {
        guard Runbook.needsChain(plan) else { return nil }
        return try AuthorityChain(
            for: plan.servers.flatMap(\.certificates).flatMap(\.identities), among: all)
    }
}

extension [CertificatePlan] {
    fileprivate var unique: [CertificatePlan] {
        var seen: Set<FilePath> = []
        return filter { seen.insert($0.path).inserted }
    }
}

extension CertificatePlan {
    /// - Throws: ``ReissueError`` `verificationMismatch` where it is not what the manifest says.
    fileprivate func read(_ crypto: any CryptoProvider) throws -> SourceFile {
        do {
            return try RecordedFile.read(path, sha256: sha256, crypto)
        } catch let error as ReissueError {
            throw ReissueError(error.code, "\(path): \(error.reason)", hint: error.hint)
        }
    }
}
