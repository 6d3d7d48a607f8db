/// Subscribes Edge servers anew: subscription.ps1, one part after the other, each on its server.
enum SubscriptionScript {
    static func script(_ site: SitePlan) -> PowerShellText {
        let files = FileNames.assign(site.edges.map(\.hostName), extension: "subscription.xml")
        let edges = zip(site.edges, files).map { edge, file -> PowerShellText in
            #"    @{ Name = \#(edge.name); HostName = \#(edge.hostName); File = \#(file) }"#
        }
        return PowerShellText(joining: [
            ScriptParts.head(
                "Removes and creates the Edge subscriptions of the site, and starts and tests EdgeSync.",
                description: """
                    In this order: -Part Remove on a Mailbox server, -Part Create on each Edge server, -Part Import on \
                    a Mailbox server, within 24 hours, and -Part Test there. The file that Create writes goes from the \
                    Edge server to the Mailbox server; it holds credentials, and Import deletes it.
                    """,
                parameters: #"""
                        [Parameter(Mandatory = $true)]
                        [ValidateSet('Remove', 'Create', 'Import', 'Test')]
                        [string]$Part,
                        # Where the subscription files are; this script's folder by default.
                        [string]$Folder = '',
                        # With -Part Create: the server's name in this script; this computer's by default.
                        [string]$ServerName = ''
                    """#),
            ScriptParts.needsExchange,
            #"""
            $Site = \#(site.activeDirectorySite)
            $Edges = @(
            \#(script: PowerShellText(joining: edges))
            )
            if (-not $Folder) { $Folder = $PSScriptRoot }
            # .NET takes a relative path for one in another folder than PowerShell does.
            $Folder = (Resolve-Path -LiteralPath $Folder).ProviderPath
            if (-not $ServerName) { $ServerName = [System.Net.Dns]::GetHostName() }

            """#,
            parts,
        ])
    }

    private static let parts: PowerShellText = #"""
        # Step: on a Mailbox server, remove the subscriptions
        # On the Edge server they stay: removing them there deletes all its replicated data, and Create replaces them.
        function Remove-Subscriptions {
            $subscriptions = @(Get-EdgeSubscription -ErrorAction Stop)
            # Subscribing anew makes the connectors anew, with settings as they are at first.
            $saved = Join-Path $Folder "send-connectors-$(Get-Date -Format 'yyyyMMdd-HHmmss').xml"
            if (Confirm-Step $env:COMPUTERNAME "Save the settings of the send connectors in $saved") {
                Get-SendConnector -ErrorAction Stop | Export-Clixml -LiteralPath $saved
            }
            foreach ($edge in $Edges) {
                $found = @($subscriptions | Where-Object { $_.Name -eq $edge.Name -or $_.Name -eq $edge.HostName })
                if ($found.Count -eq 0) {
                    Write-Host "$($edge.Name) has no subscription."
                } elseif (Confirm-Step $edge.Name 'Remove the Edge subscription; EdgeSync and mail through the Edge server stop until it is imported again') {
                    Remove-EdgeSubscription -Identity $found[0].Name -Confirm:$false -ErrorAction Stop
                }
            }
        }

        # Step: on each Edge server, create its subscription
        function New-Subscription {
            $matching = @($Edges | Where-Object { $_.Name -eq $ServerName -or $_.HostName -eq $ServerName })
            if ($matching.Count -ne 1) { throw "$ServerName is not one of the Edge servers of this script; give one with -ServerName." }
            $file = Join-Path $Folder $matching[0].File
            if (Test-Path -LiteralPath $file) { throw "$file is there already; remove it if it is from before." }
            if (Confirm-Step $env:COMPUTERNAME "Create an Edge subscription in $file") {
                New-EdgeSubscription -FileName $file -Force -Confirm:$false -ErrorAction Stop
                Write-Host "Bring $file to a Mailbox server, and import it within 24 hours."
            }
        }

        # Step: on a Mailbox server, import the subscriptions
        function Import-Subscriptions {
            foreach ($edge in $Edges) {
                $file = Join-Path $Folder $edge.File
                if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { throw "$file is not there; bring it from $($edge.Name)." }
            }
            foreach ($edge in $Edges) {
                $file = Join-Path $Folder $edge.File
                if (Confirm-Step $edge.Name "Subscribe it to the site $Site") {
                    New-EdgeSubscription -FileData ([System.IO.File]::ReadAllBytes($file)) -Site $Site -Confirm:$false -ErrorAction Stop
                    Remove-Item -LiteralPath $file -Confirm:$false
                }
            }
        }

        # Step: on a Mailbox server, start and test EdgeSync
        function Test-Subscriptions {
            if (Confirm-Step $env:COMPUTERNAME 'Start EdgeSync with all data') {
                Start-EdgeSynchronization -ForceFullSync -Confirm:$false -ErrorAction Stop
            }
            if ($WhatIfPreference) { return }
            $results = @(Test-EdgeSynchronization -ErrorAction Stop)
            $results | Format-List
            # Other sites' Edge servers may be among the results, and each of this site's has to be.
            $bad = @()
            foreach ($edge in $Edges) {
                $own = @($results | Where-Object { $_.Name -eq $edge.Name -or ([string]$_.Name -split '\.')[0] -eq $edge.HostName })
                $normal = @($own | Where-Object { [string]$_.SyncStatus -eq 'Normal' })
                if ($own.Count -eq 0 -or $normal.Count -ne $own.Count) { $bad += $edge.Name }
            }
            if ($bad.Count -gt 0) {
                throw "EdgeSync is not in order with $($bad -join ', '). " + 'A first synchronization takes some minutes: wait, and start -Part Test again. Then look for events of MSExchange EdgeSync.'
            }
        }

        switch ($Part) {
            'Remove' { Remove-Subscriptions }
            'Create' { New-Subscription }
            'Import' { Import-Subscriptions }
            'Test' { Test-Subscriptions }
        }
        """#
}
