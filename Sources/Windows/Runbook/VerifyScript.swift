/// Looks whether all is as it should be, and changes nothing: verify.ps1.
enum VerifyScript {
    static func script(_ servers: [ServerPlan]) -> PowerShellText {
        PowerShellText(joining: [
            ScriptParts.head(
                "Says whether this server has its certificates under CAPI1. Changes nothing.",
                description: """
                    Ends with 1 where anything is not as it should be. With -DumpFolder it writes what certutil prints \
                    of the store to a file with the computer's name, for recapi diagnose --expect.
                    """,
                parameters: #"""
                        # The server's name in this script; this computer's by default.
                        [string]$ServerName = '',
                        # Where to write the dump; none is written by default.
                        [string]$DumpFolder = ''
                    """#, changes: false),
            ScriptParts.servers(servers) { certificate, _ in .init(converted: certificate) },
            ScriptParts.thisServer, ScriptParts.keyPlace, steps,
        ])
    }

    private static let steps: PowerShellText = #"""
        if ($DumpFolder) {
            $dump = Join-Path $DumpFolder "$env:COMPUTERNAME.txt"
            & $Certutil -v -store My | Out-File -LiteralPath $dump -Encoding Unicode -Width 4096 -WhatIf:$false -Confirm:$false
            if ($LASTEXITCODE -ne 0) { throw "certutil could not read the store (exit code $LASTEXITCODE)" }
            Write-Host "Wrote $dump"
        }
        $isRight = $true
        foreach ($certificate in $Server.Certificates) {
            $isPlaced = Test-Placed $certificate
            if (-not $isPlaced) { $isRight = $false }
            foreach ($thumbprint in $certificate.InFile) {
                $place = Get-KeyPlace $thumbprint
                [pscustomobject]@{
                    Server = $Server.Name
                    Thumbprint = $thumbprint
                    IsRight = $isPlaced
                    State = $place.State
                    Provider = $place.Provider
                    KeySpec = $place.KeySpec
                }
            }
        }
        # The default certificate for SMTP, which EdgeSync asks for.
        if (-not $Server.IsEdge -and (Get-Command -Name Get-TransportService -ErrorAction SilentlyContinue)) {
            $default = [string](Get-TransportService -Identity $env:COMPUTERNAME -ErrorAction Stop).InternalTransportCertificateThumbprint
            $wanted = @($Server.Certificates | Where-Object { $_.Services -contains 'SMTP' } | ForEach-Object { $_.Thumbprint })
            if ($wanted.Count -gt 0 -and $wanted -notcontains $default) {
                Write-Warning "The default certificate for SMTP is $default, not $($wanted -join ', ')."
                $isRight = $false
            }
        }
        if (-not $isRight) { exit 1 }
        """#
}
