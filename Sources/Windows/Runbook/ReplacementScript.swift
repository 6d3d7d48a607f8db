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
                Mend what it was and start this again: what is imported is not imported again, and services are enabled \
                and restarted once more. Or go back with rollback.ps1 and the PFX files from before.
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
                parameters: PowerShellText(
                    joining: [
                        parameters(folder: "The folder with the PFX files from before the conversion."),
                        originalProvider,
                    ], separator: ",\n")),
            ScriptParts.needsExchange,
            ScriptParts.servers(servers) { certificate, _ in .init(original: certificate) },
            ScriptParts.thisServer, setUp(folder: "$PSScriptRoot"), ScriptParts.keyPlace, functions, steps,
            ending(
                """
                Mend what it was and start this again: what is imported is not imported again, and services are enabled \
                and restarted once more.
                """),
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

    private static let originalProvider: PowerShellText = #"""
            # For files that name no provider: the one that the key was under, as a dump from before shows it.
            [ValidatePattern('^[^"\\]*$')]
            [string]$OriginalProvider = ''
        """#

    private static func setUp(folder: PowerShellText) -> PowerShellText {
        #"""
        # certutil asks for passwords itself, and only in a console.
        if ($Host.Name -ne 'ConsoleHost') { throw 'Start this in a console window: certutil asks for passwords there.' }
        if (-not $PfxFolder) { $PfxFolder = \#(script: folder) }
        $PfxFolder = (Resolve-Path -LiteralPath $PfxFolder).ProviderPath
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
            # A PFX is small, whatever else may be in the folder.
            $paths += @(Get-ChildItem -LiteralPath $PfxFolder -File | Where-Object { $_.Length -le 16777216 } | ForEach-Object { $_.FullName })
            foreach ($path in $paths) {
                $hash = Get-FileHash -LiteralPath $path -Algorithm SHA256 -ErrorAction SilentlyContinue
                if ($hash -and $hash.Hash -eq $Sha256) { return $path }
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

        # Whether SMTP has one of these certificates: as its own, or as the default one of transport.
        function Test-HasSmtp([string[]]$Thumbprints) {
            $default = ''
            if (Get-Command -Name Get-TransportService -ErrorAction SilentlyContinue) {
                $default = [string](Get-TransportService -Identity $env:COMPUTERNAME -ErrorAction Stop).InternalTransportCertificateThumbprint
            }
            if ($Thumbprints -contains $default) { return $true }
            $found = @(Get-ExchangeCertificate @Here -ErrorAction Stop | Where-Object { $Thumbprints -contains $_.Thumbprint })
            return @($found | Where-Object { ([string]$_.Services -split ',\s*') -contains 'SMTP' }).Count -gt 0
        }

        # The connectors that name one of these certificates: Exchange does not remove it while they do.
        function Get-NamingConnectors([string[]]$Thumbprints) {
            $names = @(Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object { $Thumbprints -contains $_.Thumbprint } |
                ForEach-Object { "<I>$($_.Issuer)<S>$($_.Subject)" })
            $connectors = @(Get-SendConnector -ErrorAction Stop) + @(Get-ReceiveConnector @Here -ErrorAction Stop)
            return @($connectors | Where-Object { $_.TlsCertificateName -and $names -contains [string]$_.TlsCertificateName } |
                ForEach-Object { [string]$_.Identity })
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
        # What is removed and not yet back with its services.
        $removed = ''
        try {
            foreach ($certificate in @($Server.Certificates | Where-Object { $_.Reason })) {
                Write-Warning "$($certificate.Thumbprint) ($($certificate.Subject)) stays as it is: $($certificate.Reason)"
            }
            $certificates = @($Server.Certificates | Where-Object { -not $_.Reason })
            if ($certificates.Count -eq 0) { throw "There is nothing to do on $($Server.Name)." }
            foreach ($certificate in @($certificates | Where-Object { $_.NeedsProvider })) {
                if (-not (Get-Variable -Name OriginalProvider -ValueOnly -ErrorAction SilentlyContinue)) {
                    throw "$($certificate.File) names no provider. Name the one from before with -OriginalProvider, as a dump from before shows it."
                }
                $certificate.Provider = $OriginalProvider
            }
            foreach ($certificate in $certificates) {
                $thumbprint = $certificate.Thumbprint
                $what = "$thumbprint ($($certificate.Subject))"
                if (Test-Placed $certificate) {
                    Write-Host "Is in its place already: $what"
                } else {
                    # Everything that can fail without changing anything comes first.
                    $path = Find-Pfx $certificate.File $certificate.SHA256
                    Test-Pfx $path $certificate.InFile

                    $connectors = @(Get-NamingConnectors $certificate.InFile)

                    # Step: the self-signed certificate becomes the default one for SMTP
                    if ($certificate.Services -contains 'SMTP' -or (Test-HasSmtp $certificate.InFile)) {
                        $standIn = Get-StandIn $certificate.InFile
                        if (Confirm-Step $Server.Name "Make the self-signed certificate $standIn the default one for SMTP") {
                            Enable-ExchangeCertificate @Here -Thumbprint $standIn -Services SMTP -Force -Confirm:$false -ErrorAction Stop
                        }
                    }

                    # Step: remove the copy that is there, since a store keeps one certificate a thumbprint
                    foreach ($old in $certificate.InFile) {
                        if ((Get-KeyPlace $old).State -eq 'absent') { continue }
                        $how = ''
                        if ($connectors.Count -gt 0) { $how = " (with certutil, since connectors name it: $($connectors -join ', '))" }
                        if (Confirm-Step $Server.Name "Remove the certificate $old$how; its services are interrupted until it is imported again") {
                            $removed = $what
                            if ($connectors.Count -gt 0) {
                                & $Certutil -delstore My $old
                                if ($LASTEXITCODE -ne 0) { throw "certutil could not remove $old (exit code $LASTEXITCODE)" }
                            } else {
                                Remove-ExchangeCertificate @Here -Thumbprint $old -Confirm:$false -ErrorAction Stop
                            }
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
                $removed = ''
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
            if (@($certificates | Where-Object { $_.Services -contains 'IIS' }).Count -gt 0) {
                if (Confirm-Step $Server.Name 'Restart IIS; OWA, ECP and MAPI are interrupted meanwhile') {
                    & (Join-Path ([Environment]::SystemDirectory) 'iisreset.exe') /noforce
                    if ($LASTEXITCODE -ne 0) { throw "iisreset failed (exit code $LASTEXITCODE)" }
                }
            }

            # Step: check once more
            if (-not $WhatIfPreference) {
                foreach ($certificate in $certificates) {
                    if (-not (Test-Placed $certificate)) { throw "The key of $($certificate.Thumbprint) is not where it should be." }
                }
                $left = @($Server.Certificates).Count - $certificates.Count
                if ($left -gt 0) { Write-Warning "$left certificates stay as they are; see above." }
                Write-Host "Done on $($Server.Name): $($certificates.Count) certificates."
            }
        """#

    private static func ending(_ advice: String) -> PowerShellText {
        #"""
        } catch {
            Write-Warning "Stopped at the first error: $($_.Exception.Message)"
            if ($removed) {
                Write-Warning "The certificate $removed is removed, or not enabled again yet, and its services are down: mend what it was and start this again at once."
            }
            Write-Warning \#(advice)
            throw
        }
        """#
    }
}
