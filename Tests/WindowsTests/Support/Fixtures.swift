import PKCS12
import Reissue
import TestSupport

@testable import Pipeline
@testable import Windows

/// Manifests of a few words.
enum Fixtures {
    static let manifestPath: FilePath = "/runs/manifest.json"

    static func placement(_ provider: String?, _ keySpec: IdentityReport.KeySpec = .exchange)
        -> IdentityReport.Placement
    {
        IdentityReport.Placement(
            providerName: provider, providerKind: WindowsProviders.kind(of: provider), keySpec: keySpec,
            machineKeySet: true, keyEncryption: "none", certificateEncryption: "none", mac: "none", iterations: 2000)
    }

    /// - Parameter number: what the thumbprint consists of.
    static func identity(
        _ number: Int, subject: String = "CN=ex.example", before: String? = WindowsProviders.softwareKSP,
        after: String? = WindowsProviders.schannel.name, keySpec: IdentityReport.KeySpec = .exchange,
        chain: [String] = []
    ) -> IdentityReport {
        IdentityReport(
            thumbprint: thumbprint(number), thumbprintSHA256: sha256(number), thumbprintUnchanged: true,
            keyMatchesCertificate: true, subject: subject, issuer: "CN=Example CA", serialNumber: "01",
            notAfter: "2028-01-01T00:00:00Z", keyBits: 2048, before: placement(before, .both),
            after: placement(after, keySpec), chain: chain)
    }

    static func item(_ site: String, _ source: String, _ identities: IdentityReport...) -> Manifest.Item {
        Manifest.Item(
            site: site, source: source, sourceSHA256: sha256(1), status: .converted, verifiedBy: ["gnutls"],
            output: "\(site)/\(FilePath(FilePath(source).name))", outputSHA256: sha256(2), durationMilliseconds: 1,
            identities: identities)
    }

    static func failedItem(_ site: String, _ source: String) -> Manifest.Item {
        Manifest.Item(
            site: site, source: source, status: .failed, error: .init(code: "truncated", message: "it is"),
            verifiedBy: [], durationMilliseconds: 1, identities: [])
    }

    static func manifest(_ items: Manifest.Item...) -> Manifest {
        Manifest(
            tool: .init(name: "recapi", version: "test"),
            run: .init(id: "", start: "", end: "", configurationDigest: ""), providers: [],
            summary: .init(total: items.count, converted: 0, unchanged: 0, failed: 0, bySite: [:]), items: items)
    }

    static func thumbprint(_ number: Int) -> String { String(repeating: hex([UInt8(number)]), count: 20) }
    static func sha256(_ number: Int) -> String { String(repeating: hex([UInt8(number)]), count: 32) }

    /// One site, berlin, with two Mailbox servers and an Edge server between them in the file.
    static let sites = SitesConfiguration(sites: [
        .init(
            name: "berlin", activeDirectorySite: "Berlin-AD",
            servers: [
                .init(
                    name: "EX01.corp.example", role: .mailbox, certificates: [.init(name: "ex.pfx")],
                    services: [.smtp, .iis]),
                .init(
                    name: "EDGE01", role: .edge, certificates: [.init(name: "edge.pfx")], exportable: true,
                    selfSigned: thumbprint(9)),
                .init(name: "EX02", role: .mailbox, certificates: [.init(name: "ex.pfx")]),
            ])
    ])

    static func berlin() throws -> SitePlan {
        let manifest = manifest(
            item("berlin", "/exports/ex.pfx", identity(0x11, subject: "CN=mail.example")),
            item("berlin", "/exports/edge.pfx", identity(0x22, subject: "CN=edge.example")))
        return try SitePlan.all(sites, manifest, at: manifestPath)[0]
    }

    /// Certificates that others made: a leaf, an authority, a root.
    static func chain() throws -> [ChainCertificate] {
        let provider = try InstalledProviders.openSSL
        let vector = Vectors.named("openssl-chain")
        let reissuer = try Reissuer(provider: provider, verifiers: [provider], options: .init(profile: .schannel))
        return try reissuer.certificates(
            inPFX: SourceFile(path: vector.file, bytes: vector.bytes), passwords: vector.passwords)
    }

    /// The files of a runbook, written to a folder.
    static func write(_ runbook: Runbook) throws -> (folder: TemporaryFolder, scripts: [String]) {
        let folder = try TemporaryFolder()
        for file in runbook.files { try folder.write(file.bytes, to: file.path) }
        let scripts = runbook.files.map(\.path).filter { $0.hasSuffix(".ps1") }
        return (folder, scripts.sorted())
    }
}

extension Runbook {
    func text(_ path: String) -> String {
        files.first { $0.path == path }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    }
}
