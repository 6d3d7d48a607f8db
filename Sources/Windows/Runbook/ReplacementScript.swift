/// Replaces certificates on a server by those of PFX files with the same thumbprints: import.ps1 with the converted
/// ones, rollback.ps1 with the originals.
enum ReplacementScript {
    static func importing(on servers: [ServerPlan], from folder: PowerShellText) -> PowerShellText {
        PowerShellText(joining: [
            ScriptParts.head(
                "Puts the converted certificates in the place of those under CNG, on this server.",
                description: """
                    For each certificate: makes the self-signed one the default one for SMTP, removes the copy under \
                    CNG, imports the PFX, checks where its key is, and enables its services. Then restarts transport.
                    """,
                parameters: parameters(
                    folder: "The folder with the converted PFX files; \\certificates beside this one by default.")),
            ScriptParts.needsExchange,
            ScriptParts.servers(servers) { .init(converted: $0, exportable: $1.exportable) },
            ScriptParts.thisServer, setUp(folder: folder), ScriptParts.keyPlace, functions, steps,
            ending(
                """
                Nothing else was changed. Mend what it was and start this again: what is done is not done twice. \
                Or go back with rollback.ps1 and the PFX files from before.
                """),
        ])
    }

    static func goingBack(on servers: [ServerPlan]) -> PowerShellText {
        PowerShellText(joining: [
            ScriptParts.head(
                "Puts the certificates from before the conversion back, on this server.",
                description: """
                    Needs the PFX files that were exported before the conversion, under any names: they are known by \
                    their SHA-256.
                    """,
                parameters: parameters(folder: "The folder with the PFX files from before the conversion.")),
            ScriptParts.needsExchange,
            ScriptParts.servers(servers) { certificate, _ in .init(original: certificate) },
            ScriptParts.thisServer, setUp(folder: "$PSScriptRoot"), ScriptParts.keyPlace, functions, steps,
            ending("Nothing else was changed. Mend what it was and start this again: what is done is not done twice."),
        ])
    }

    // MARK: - Parts

    private static func parameters(folder: PowerShellText) -> PowerShellText {
        #"""
            # \#(script: folder)
            [string]$PfxFolder = '',
            # The server's name in this script; this computer's by default.
            [string]$ServerName = '',
            # The self-signed certificate that is the default one for SMTP meanwhile.
            [ValidatePattern('^([0-9A-Fa-f]{40})?$')]
            [string]$SelfSignedThumbprint = ''
        """#
    }

    private static func setUp(folder: PowerShellText) -> PowerShellText {
        #"""
        # certutil asks for passwords itself, and only in a console.
        if ($Host.Name -ne 'ConsoleHost') { throw 'Start this in a console window: certutil asks for passwords there.' }
        if (-not $PfxFolder) { $PfxFolder = \#(script: folder) }
        if (-not $SelfSignedThumbprint) { $SelfSignedThumbprint = $Server.SelfSigned }
        # The shell of a Mailbox server may be connected to another server.
        $Here = @{}
        if (-not $Server.IsEdge) { $Here = @{ Server = $env:COMPUTERNAME } }

        """#
    }

    private static let functions: PowerShellText = #"""
        # The file with this SHA-256: by its name, or whatever it is called now.
        function Find-Pfx([string]$Name, [string]$Sha256) {
            $named = Join-Path $PfxFolder $Name
            $paths = @()
            if (Test-Path -LiteralPath $named -PathType Leaf) { $paths += $named }
            $paths += @(Get-ChildItem -LiteralPath $PfxFolder -File | ForEach-Object { $_.FullName })
            foreach ($path in $paths) {
                if ((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash -eq $Sha256) { return $path }
            }
            throw "No file in $PfxFolder has the SHA-256 that the manifest has for ${Name}: $Sha256"
        }

        # Opens a file before anything is removed for it.
        function Test-Pfx([string]$Path, [string[]]$Thumbprints) {
            if (-not (Get-Command -Name Get-PfxData -ErrorAction SilentlyContinue)) {
                Write-Warning "Get-PfxData is not there, so $Path is not opened beforehand."
                return
            }
            $password = Read-Host -AsSecureString -Prompt "Password of $Path, to see whether it opens"
            $data = Get-PfxData -FilePath $Path -Password $password -ErrorAction Stop
            $found = @(@($data.EndEntityCertificates) + @($data.OtherCertificates) | Where-Object { $_ } | ForEach-Object { $_.Thumbprint })
            foreach ($thumbprint in $Thumbprints) {
                if ($found -notcontains $thumbprint) { throw "$Path does not hold the certificate $thumbprint" }
            }
        }

        # The server's own self-signed certificate, as setup made it; others that are self-signed serve other ends.
        function Get-StandIn([string[]]$Replaced) {
            $now = Get-Date
            $usable = @(Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object {
                $_.HasPrivateKey -and $_.Subject -eq $_.Issuer -and $_.NotAfter -gt $now -and $Replaced -notcontains $_.Thumbprint
            })
            if ($SelfSignedThumbprint) {
                $usable = @($usable | Where-Object { $_.Thumbprint -eq $SelfSignedThumbprint })
            } else {
                $usable = @($usable | Where-Object { $_.Subject -eq "CN=$env:COMPUTERNAME" } | Sort-Object -Property NotAfter -Descending)
            }
            if ($usable.Count -eq 0) {
                throw 'There is no valid self-signed certificate to be the default one for SMTP meanwhile. Name one with -SelfSignedThumbprint, or make one: New-ExchangeCertificate'
            }
            return $usable[0].Thumbprint
        }

        """#

    private static let steps: PowerShellText = #"""
        try {
            foreach ($certificate in $Server.Certificates) {
                $thumbprint = $certificate.Thumbprint
                $what = "$thumbprint ($($certificate.Subject))"
                if (Test-Placed $certificate) {
                    Write-Host "Is in its place already: $what"
                } else {
                    # Everything that can fail without changing anything comes first.
                    $path = Find-Pfx $certificate.File $certificate.SHA256
                    Test-Pfx $path $certificate.InFile

                    # Step: the self-signed certificate becomes the default one for SMTP
                    if ($certificate.Services -contains 'SMTP') {
                        $standIn = Get-StandIn $certificate.InFile
                        if (Confirm-Step $Server.Name "Make the self-signed certificate $standIn the default one for SMTP") {
                            Enable-ExchangeCertificate @Here -Thumbprint $standIn -Services SMTP -Force -Confirm:$false -ErrorAction Stop
                        }
                    }

                    # Step: remove the copy that is there, since a store keeps one certificate a thumbprint
                    foreach ($old in $certificate.InFile) {
                        if ((Get-KeyPlace $old).State -eq 'absent') { continue }
                        if (Confirm-Step $Server.Name "Remove the certificate $old; its services are interrupted until it is imported again") {
                            Remove-ExchangeCertificate @Here -Thumbprint $old -Confirm:$false -ErrorAction Stop
                        }
                    }

                    # Step: import the PFX; certutil asks for its password, so that it stands on no command line
                    if (Confirm-Step $Server.Name "Import $path") {
                        $arguments = @()
                        if ($certificate.Provider) { $arguments += @('-csp', $certificate.Provider) }
                        $arguments += @('-importpfx', 'My', $path)
                        if ($certificate.Modifiers) { $arguments += $certificate.Modifiers }
                        Write-Host "certutil asks for the password of $path and does not show it."
                        & $Certutil @arguments
                        if ($LASTEXITCODE -ne 0) { throw "certutil could not import $path (exit code $LASTEXITCODE)" }
                    }

                    # Step: check provider, KeySpec and thumbprint
                    if (-not $WhatIfPreference -and -not (Test-Placed $certificate)) {
                        $place = Get-KeyPlace $thumbprint
                        throw "The key of $what is not where it should be: $($place.State) $($place.Provider) $($place.KeySpec)"
                    }
                }

                # Step: enable the services
                $services = $certificate.Services -join ','
                if (Confirm-Step $Server.Name "Enable $what for $services") {
                    Enable-ExchangeCertificate @Here -Thumbprint $thumbprint -Services $services -Force -Confirm:$false -ErrorAction Stop
                }
            }

            # Step: restart transport
            $names = @('MSExchangeTransport')
            if (-not $Server.IsEdge) { $names += 'MSExchangeFrontEndTransport' }
            foreach ($name in $names) {
                if (-not (Get-Service -Name $name -ErrorAction SilentlyContinue)) { continue }
                if (Confirm-Step $Server.Name "Restart $name; mail waits meanwhile") {
                    Restart-Service -Name $name -Force -Confirm:$false
                }
            }
            if (@($Server.Certificates | Where-Object { $_.Services -contains 'IIS' }).Count -gt 0) {
                if (Confirm-Step $Server.Name 'Restart IIS; OWA, ECP and MAPI are interrupted meanwhile') {
                    & (Join-Path ([Environment]::SystemDirectory) 'iisreset.exe') /noforce
                    if ($LASTEXITCODE -ne 0) { throw "iisreset failed (exit code $LASTEXITCODE)" }
                }
            }

            # Step: check once more
            if (-not $WhatIfPreference) {
                foreach ($certificate in $Server.Certificates) {
                    if (-not (Test-Placed $certificate)) { throw "The key of $($certificate.Thumbprint) is not where it should be." }
                }
                Write-Host "Done on $($Server.Name)."
            }
        """#

    private static func ending(_ advice: String) -> PowerShellText {
        #"""
        } catch {
            Write-Warning "Stopped at the first error: $($_.Exception.Message)"
            Write-Warning \#(advice)
            throw
        }
        """#
    }
}
