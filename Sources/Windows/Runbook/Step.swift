/// A step of the runbook, for a person.
struct Step {
    var title: String
    /// Markdown: what to do, and what a script does for it.
    var lines: [String] = []
    /// What stands still meanwhile; nil where nothing does.
    var interrupts: String?

    /// The whole way at one site, in order.
    static func all(_ site: SitePlan, _ chain: AuthorityChain) -> [Step] {
        prepared(site) + site.servers.flatMap { replacing(on: $0) } + trusting(site, chain) + subscribing(site)
            + finishing(site)
    }

    // MARK: - Before the servers

    private static func prepared(_ site: SitePlan) -> [Step] {
        let exports = site.certificates.map { certificate in
            guard !certificate.sourceSHA256.isEmpty else {
                return
                    "- \(Markdown.code(certificate.sourcePath.text)): a key on a token, which has no file from before"
            }
            return "- \(Markdown.code(certificate.sourcePath.text)): \(provider(before: certificate)), SHA-256 "
                + Markdown.code(certificate.sourceSHA256)
        }
        let converted = site.certificates.flatMap { certificate in
            ["- \(Markdown.code(certificate.file)), SHA-256 \(Markdown.code(certificate.sha256))"]
                + certificate.identities.map {
                    "  - \(Markdown.code($0.thumbprint)) \(Markdown.code($0.subject)), to \(Markdown.code($0.notAfter))"
                }
        }
        return [
            Step(
                title: "Export the CNG certificates (done)",
                lines: ["Keep these files: they are the way back.", ""] + exports),
            Step(
                title: "Convert them (done)",
                lines: [
                    "recapi did what these two commands are for, and named the provider, which they drop:", "",
                    "    openssl pkcs12 -in CERT.pfx -out cert.pem -nodes",
                    "    openssl pkcs12 -export -in cert.pem -out NEWCERT.pfx", "",
                ] + converted),
            Step(
                title: "Bring this folder and the converted files to the servers",
                lines: [
                    "Put the files into `certificates` in this folder, under the names above or any others (the scripts "
                        + "know them by their SHA-256), or name their folder with `-PfxFolder`.",
                    "Without internet zone marks: `Get-ChildItem -Recurse | Unblock-File`.",
                ]),
        ]
    }

    private static func provider(before certificate: CertificatePlan) -> String {
        certificate.identity.before.providerName.map { Markdown.code($0) } ?? "names no provider"
    }

    // MARK: - On each server

    private static func replacing(on server: ServerPlan) -> [Step] {
        let script = server.role == .edge ? #"edge\import.ps1"# : #"mailbox\import.ps1"#
        let name = Markdown.code(server.name)
        let run = "`\(script)` does this and the steps to the restart, and asks before each."
        var steps = server.certificates.flatMap { replacing($0, on: server, named: name) }
        if !steps.isEmpty { steps[0].lines = [run, ""] + steps[0].lines }
        return steps + [
            Step(
                title: "\(name): restart transport",
                lines: ["    Restart-Service MSExchangeTransport"]
                    + (server.role == .edge ? [] : ["    Restart-Service MSExchangeFrontEndTransport"])
                    + (server.certificates.contains { $0.services.contains(.iis) } ? ["    iisreset /noforce"] : []),
                interrupts: server.certificates.contains { $0.services.contains(.iis) }
                    ? "mail waits, and OWA, ECP and MAPI are interrupted, for some minutes" : "mail waits for a minute")
        ]
    }

    private static func replacing(
        _ certificate: CertificatePlan, on server: ServerPlan, named name: String
    ) -> [Step] {
        let thumbprint = certificate.identity.thumbprint
        let what = Markdown.code(certificate.identity.subject)
        let services = certificate.services.map(\.rawValue).joined(separator: ",")
        let csp = certificate.csp?.name ?? ""
        let isSignature = certificate.identity.placed.keySpec == .signature
        let modifiers = ScriptEntry(converted: certificate, exportable: server.exportable).modifiers
        var steps: [Step] = []
        if certificate.services.contains(.smtp) {
            steps.append(
                Step(
                    title: "\(name): make the self-signed certificate the default one for SMTP",
                    lines: [
                        "    Enable-ExchangeCertificate -Thumbprint \(server.selfSigned ?? "SELFSIGNED") -Services SMTP",
                        "",
                        "SELFSIGNED is the thumbprint of the server's own certificate, `CN=` and the computer's name. Exchange asks whether to "
                            + "replace the default one: yes.",
                    ]))
        }
        steps.append(
            Step(
                title: "\(name): remove the CNG certificate \(what)",
                lines: certificate.identities.map { "    Remove-ExchangeCertificate -Thumbprint \($0.thumbprint)" } + [
                    "",
                    "Where a send connector names it, Exchange may refuse: `certutil -delstore My \(thumbprint)` removes it as well, "
                        + "and it comes back in the next step with the same thumbprint.",
                ],
                interrupts: "\(services) with this certificate, until it is enabled again"))
        steps.append(
            Step(
                title: "\(name): import the converted file",
                lines: [
                    "    Get-FileHash \(certificate.file)",
                    "    certutil -csp \"\(csp)\" -importpfx My \(certificate.file) \"\(modifiers)\"", "",
                    "The hash has to be \(Markdown.code(certificate.sha256)). certutil asks for the password itself; "
                        + "given with `-p` it could be read from the list of processes and from the security log.",
                ]))
        steps.append(
            Step(
                title: "\(name): check where its key is",
                lines: [
                    "    certutil -v -store My \(thumbprint)", "",
                    "`Provider = \(csp)` and `KeySpec = \(isSignature ? 2 : 1)` have to be in it.",
                ]))
        steps.append(
            Step(
                title: "\(name): enable the services \(services)",
                lines: ["    Enable-ExchangeCertificate -Thumbprint \(thumbprint) -Services \(services)"]
                    + (certificate.services.contains(.smtp)
                        ? ["", "Exchange asks whether to replace the default one for SMTP: yes."] : [])))
        return steps
    }

    // MARK: - Edge

    private static func trusting(_ site: SitePlan, _ chain: AuthorityChain) -> [Step] {
        guard !site.edges.isEmpty else { return [] }
        let files = chain.files.map {
            "- `edge\\\($0.store.rawValue)\\\($0.name)`: \(Markdown.code($0.certificate.thumbprint)) "
                + Markdown.code($0.certificate.subject)
        }
        let commands = chain.files.map {
            "    certutil -addstore \($0.store.rawValue) \($0.store.rawValue)\\\($0.name)"
        }
        return site.edges.map { edge in
            Step(
                title: "\(Markdown.code(edge.name)): import the chain (root and intermediate authorities)",
                lines: [
                    "`edge\\trust.ps1` does this, and skips what is there. It may as well come first of all on this server, "
                        + "and has to where Exchange calls the certificate untrusted.", "",
                ] + commands + [""] + files + chain.notes.map { "- Note: \(Markdown.code($0))" })
        }
    }

    private static func subscribing(_ site: SitePlan) -> [Step] {
        guard !site.edges.isEmpty, let mailbox = site.mailboxes.first else { return [] }
        let name = Markdown.code(mailbox.name)
        let directorySite = Markdown.code(site.activeDirectorySite)
        return [
            Step(
                title: "\(name): remove the Edge subscription",
                lines: [
                    "    .\\subscription.ps1 -Part Remove", "",
                    "It saves the send connectors' settings in `send-connectors-….xml` first (by hand: `Get-SendConnector | Export-Clixml`). "
                        + "Subscribing anew makes these connectors anew: compare them afterwards, and set again what was changed in them.",
                    "",
                    "By hand: `Remove-EdgeSubscription` with the Edge server's name, here and not on the Edge server: there it would delete all "
                        + "replicated data, and the next step replaces it anyway.",
                ],
                interrupts: "EdgeSync, and mail through the Edge servers, until the subscription is imported")
        ]
            + site.edges.map { edge in
                Step(
                    title: "\(Markdown.code(edge.name)): create the Edge subscription",
                    lines: [
                        "    .\\subscription.ps1 -Part Create", "",
                        "By hand: `New-EdgeSubscription -FileName` with a new file. It holds credentials, and is good for 24 hours.",
                    ])
            } + [
                Step(
                    title: "\(name): import the Edge subscription",
                    lines: [
                        "Bring the files of the Edge servers here.", "", "    .\\subscription.ps1 -Part Import", "",
                        "By hand: `New-EdgeSubscription -FileData ([System.IO.File]::ReadAllBytes('…')) -Site` with the site \(directorySite).",
                    ]),
                Step(
                    title: "\(name): start and test EdgeSync",
                    lines: [
                        "    .\\subscription.ps1 -Part Test", "",
                        "By hand: `Start-EdgeSynchronization -ForceFullSync`, then `Test-EdgeSynchronization`.",
                    ]),
            ]
    }

    // MARK: - After

    private static func finishing(_ site: SitePlan) -> [Step] {
        [
            Step(
                title: "Verify on every server",
                lines: [
                    "    .\\verify.ps1 -DumpFolder .", "",
                    "and with the files that it writes, where the manifest is:", "",
                    "    recapi diagnose EX01.txt … --expect manifest.json --sites sites.json",
                ]),
            Step(
                title: "Delete the PFX files and subscription files from the servers",
                lines: ["Their protection is as good as their passwords."]),
        ]
    }
}
