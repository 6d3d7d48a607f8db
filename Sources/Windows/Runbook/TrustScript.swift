/// Adds the chain to an Edge server's stores: trust.ps1. Edge servers are not in the domain, and get it from nobody else.
enum TrustScript {
    static func script(_ files: [AuthorityChain.File]) -> PowerShellText {
        let entries = files.map { file -> PowerShellText in
            #"""
                @{
                    Subject = \#(file.certificate.subject)
                    Thumbprint = \#(file.certificate.thumbprint)
                    Store = \#(file.store.rawValue)
                    File = \#(file.name)
                }
            """#
        }
        return PowerShellText(joining: [
            ScriptParts.head(
                "Adds the authorities' certificates to this computer's stores Root and CA.",
                description: "What is there already is left as it is."),
            #"""
            $Authorities = @(
            \#(script: PowerShellText(joining: entries))
            )

            """#,
            steps,
        ])
    }

    private static let steps: PowerShellText = #"""
        # Step: import the chain, roots into Root and the others into CA
        foreach ($authority in $Authorities) {
            $path = Join-Path (Join-Path $PSScriptRoot $authority.Store) $authority.File
            $certificate = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList $path
            if ($certificate.Thumbprint -ne $authority.Thumbprint) { throw "$path is another certificate than $($authority.Thumbprint)." }
            $place = "Cert:\LocalMachine\$($authority.Store)\$($authority.Thumbprint)"
            if (Test-Path -LiteralPath $place) {
                Write-Host "Is there already: $($authority.Subject)"
                continue
            }
            if (Confirm-Step $env:COMPUTERNAME "Trust $($authority.Subject) ($($authority.Thumbprint)) in the store $($authority.Store)") {
                & $Certutil -addstore $authority.Store $path
                if ($LASTEXITCODE -ne 0) { throw "certutil could not add $path (exit code $LASTEXITCODE)" }
                if (-not (Test-Path -LiteralPath $place)) { throw "$($authority.Thumbprint) is not in $($authority.Store)." }
            }
        }
        """#
}
