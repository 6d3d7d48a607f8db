/// What the scripts share. Each script is whole by itself: Edge servers have no share to find others on.
enum ScriptParts {
    /// The head of a script: help, parameters, and how it treats errors.
    static func head(
        _ synopsis: PowerShellText, description: PowerShellText, parameters: PowerShellText = "", changes: Bool = true
    ) -> PowerShellText {
        #"""
        #Requires -Version 4.0
        #Requires -RunAsAdministrator
        <#
        .SYNOPSIS
            \#(script: synopsis)
        .DESCRIPTION
            \#(script: description)
            Made by recapi.\#(script: changes ? " -WhatIf shows what would be done; with -Confirm:$false only passwords are asked for." : "")
        #>
        [CmdletBinding(\#(script: changes ? "SupportsShouldProcess = $true, ConfirmImpact = 'High'" : ""))]
        param(\#(script: parameters.text.isEmpty ? "" : "\n\(script: parameters)\n"))
        Set-StrictMode -Version Latest
        $ErrorActionPreference = 'Stop'
        $Certutil = Join-Path ([Environment]::SystemDirectory) 'certutil.exe'
        \#(script: changes ? confirmation : "")
        """#
    }

    private static let confirmation: PowerShellText = #"""
        $Caller = $PSCmdlet

        # Asks before a step; a no ends the script, because each step rests on the one before.
        function Confirm-Step([string]$Target, [string]$Action) {
            if ($Caller.ShouldProcess($Target, $Action)) { return $true }
            if (-not $WhatIfPreference) { throw "Stopped on request, before this on ${Target}: $Action" }
            return $false
        }

        """#

    static let needsExchange: PowerShellText = #"""
        if (-not (Get-Command -Name Enable-ExchangeCertificate -ErrorAction SilentlyContinue)) {
            throw 'Start this in the Exchange Management Shell.'
        }

        """#

    /// Where a key is, as .NET Framework sees it: programs that it cannot give a CNG key to are those that need CAPI1. A
    /// key that does not open at all is under neither.
    static let keyPlace: PowerShellText = #"""
        # Where the key of a certificate is, as programs of the .NET Framework find it.
        function Get-KeyPlace([string]$Thumbprint) {
            $place = [pscustomobject]@{ State = 'absent'; Provider = ''; KeySpec = '' }
            $found = @(Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object { $_.Thumbprint -eq $Thumbprint })
            if ($found.Count -eq 0) { return $place }
            $place.State = 'no key'
            if (-not $found[0].HasPrivateKey) { return $place }
            $place.State = 'unusable'
            $key = $null
            try { $key = $found[0].PrivateKey } catch { Write-Verbose $_.Exception.Message }
            if ($key -is [System.Security.Cryptography.RSACryptoServiceProvider]) {
                $place.State = 'CAPI1'
                $place.Provider = $key.CspKeyContainerInfo.ProviderName
                $place.KeySpec = [string]$key.CspKeyContainerInfo.KeyNumber
                return $place
            }
            try {
                $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($found[0])
            } catch {
                return $place
            }
            if ($key -is [System.Security.Cryptography.RSACng]) {
                $place.State = 'not CAPI1'
                $place.Provider = $key.Key.Provider.Provider
            }
            return $place
        }

        # Whether every key of a file is where it has to be.
        function Test-Placed($Certificate) {
            foreach ($thumbprint in $Certificate.InFile) {
                $place = Get-KeyPlace $thumbprint
                if (@('CAPI1', 'not CAPI1') -notcontains $place.State) { return $false }
                if ($Certificate.Provider -and $place.Provider -ne $Certificate.Provider) { return $false }
                if ($Certificate.State -eq 'any') {
                    if (-not $Certificate.Provider -and $place.Provider -eq $Certificate.Replaces) { return $false }
                    continue
                }
                if ($place.State -ne $Certificate.State) { return $false }
                if ($place.State -ne 'CAPI1') { continue }
                if ($Certificate.KeySpec -and $place.KeySpec -ne $Certificate.KeySpec) { return $false }
            }
            return $true
        }

        """#

    /// Takes the entry of this server out of `$Servers`.
    static let thisServer: PowerShellText = #"""
        # The computer's name is cut to fifteen characters; the host name is not.
        $isGiven = [bool]$ServerName
        if (-not $isGiven) { $ServerName = [System.Net.Dns]::GetHostName() }
        $matching = @($Servers | Where-Object {
            $_.Name -eq $ServerName -or ($_.Name -split '\.')[0] -eq $ServerName -or
            (-not $isGiven -and ($_.Name -split '\.')[0] -eq $env:COMPUTERNAME)
        })
        if ($matching.Count -ne 1) {
            $names = @($Servers | ForEach-Object { $_.Name }) -join ', '
            throw "$ServerName is not one server of this script; give one with -ServerName: $names"
        }
        $Server = $matching[0]

        """#

    /// `$Servers`, with the entries that `entry` makes of their certificates.
    static func servers(_ servers: [ServerPlan], _ entry: (CertificatePlan, ServerPlan) -> ScriptEntry)
        -> PowerShellText
    {
        let all = servers.map { server -> PowerShellText in
            let certificates = PowerShellText(joining: server.certificates.map { entry($0, server).script })
            return #"""
                    @{
                        Name = \#(server.name)
                        IsEdge = \#(server.role == .edge)
                        SelfSigned = \#(server.selfSigned ?? "")
                        Certificates = @(
                \#(script: certificates)
                        )
                    }
                """#
        }
        return #"""
            $Servers = @(
            \#(script: PowerShellText(joining: all))
            )

            """#
    }
}
