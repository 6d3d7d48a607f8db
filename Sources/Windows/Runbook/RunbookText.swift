/// README.md of a site, and of the whole runbook.
enum RunbookText {
    static func site(_ site: SitePlan, _ chain: AuthorityChain) -> String {
        let steps = Step.all(site, chain)
        let downtime = steps.enumerated().compactMap { index, step in
            step.interrupts.map { "- Step \(index + 1): \($0)" }
        }
        var parts = [
            "# \(Markdown.code(site.name)): certificates from CNG to CAPI1",
            """
            The certificates stay what they are, thumbprints and all; their keys move to a provider that EdgeSync and others \
            can use. Work from top to bottom. The scripts run in the Exchange Management Shell, as administrator, in a console \
            window; each shows with `-WhatIf` what it would do, asks before each step, stops at the first error, and can be \
            started again: what is imported is not imported again. Commands are given as from this folder; those with a PFX as from \
            the one that it is in. Where a step gives a command of Exchange's for a Mailbox server, add `-Server` and its name: the shell may be \
            connected to another one.
            """,
            "## Interruptions\n\n" + downtime.joined(separator: "\n"),
        ]
        if !site.failedSources.isEmpty {
            parts.append(
                "## Not in this runbook\n\nThese were not converted; the manifest says why:\n\n"
                    + site.failedSources.map { "- \(Markdown.code($0))" }.joined(separator: "\n"))
        }
        parts.append("## Steps")
        parts += steps.enumerated().map { index, step in
            (["### \(index + 1). \(step.title)"] + (step.interrupts.map { ["Interrupts: \($0)."] } ?? [])
                + [step.lines.joined(separator: "\n")]).joined(separator: "\n\n")
        }
        parts += [wayBack, importers]
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// Which folder is which site's.
    static func index(_ sites: [(name: String, folder: String)], notes: [String] = []) -> String {
        let left = notes.isEmpty ? "" : "\n## On no server\n\n" + notes.map { "- \(Markdown.code($0))\n" }.joined()
        let list = sites.enumerated().map { index, site in
            "\(index + 1). [\(site.folder)](\(site.folder)/README.md): \(Markdown.code(site.name))"
        }
        return """
            # From CNG to CAPI1, site by site

            \(list.joined(separator: "\n"))

            Made by recapi. There is no secret in these folders, unless converted PFX files were put into `certificates`.
            \(left)
            """
    }

    private static let wayBack = #"""
        ## The way back

        `.\rollback.ps1 -PfxFolder …` with the folder of the files from step 1 puts the certificates from before back, in the
        same order: the self-signed one becomes the default, the copy under CAPI1 goes, the old file is imported, its services are
        enabled. Passwords are asked for. The trusted authorities and the Edge subscription can stay.
        """#

    /// windows-facts: PFXImportCertStore; Pkcs12LoaderLimits; the reports on each tool.
    private static let importers = """
        ## What not to import with

        - .NET 9 and later (`X509CertificateLoader`), and PowerShell 7 scripts that use it: it ignores the provider named in the file
          (`PreserveStorageProvider` is off by default), and the key is under CNG again.
        - Programs that import with `PKCS12_ALWAYS_CNG_KSP`: no name in a file changes that.
        - `Import-PfxCertificate` with a file that names no provider, such as one from the openssl commands of step 2: it prefers CNG.
        - certutil with `-csp` and the name of a key storage provider: it goes where that says.

        MMC, `Import-PfxCertificate` and `Import-ExchangeCertificate` honour the name in the converted files. The scripts use
        `certutil -csp`, which says it once more.
        """
}
