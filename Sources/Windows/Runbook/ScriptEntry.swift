import Reissue

/// A certificate, and where its key has to be.
struct ScriptEntry {
    var certificate: CertificatePlan
    /// Of the file to import.
    var sha256: String
    /// What certutil gets as `-csp`; empty for the provider that the file names.
    var provider: String
    /// As `Get-KeyPlace` says it; `any` for a file that names no provider.
    var state = "CAPI1"
    var keySpec: String
    /// Of `certutil -importpfx`.
    var modifiers = ""
    /// The provider that a key of the state `any` must not be under.
    var replaces = ""
    /// Why there is nothing to put back; empty where there is something.
    var reason = ""
    /// The file names no provider, and certutil may choose the one that the key is to leave.
    var needsProvider = false

    /// The converted certificate.
    init(converted certificate: CertificatePlan, exportable: Bool = false) {
        let isSignature = certificate.identity.placed.keySpec == .signature
        self.certificate = certificate
        sha256 = certificate.sha256
        provider = certificate.csp?.name ?? ""
        keySpec = isSignature ? "Signature" : "Exchange"
        modifiers =
            (isSignature ? "AT_SIGNATURE" : "AT_KEYEXCHANGE") + (exportable ? "" : ",NoExport")
            + Self.noRoot
    }

    /// What to trust is not for a PFX to say: `trust.ps1` asks.
    private static let noRoot = ",NoRoot"

    /// The certificate as it was before.
    init(original certificate: CertificatePlan) {
        let after = certificate.identity.after
        let before = certificate.identity.before
        self.certificate = certificate
        sha256 = certificate.sourceSHA256
        provider = Self.argument(before.providerName)
        switch before.providerKind {
        case .capi1: state = provider.isEmpty ? "any" : "CAPI1"
        case .cng: state = "not CAPI1"
        case .unspecified: state = "any"
        }
        switch before.keySpec {
        case .exchange: keySpec = "Exchange"
        case .signature: keySpec = "Signature"
        case .both, .unspecified: keySpec = ""
        }
        modifiers = "NoRoot"
        replaces = after?.providerName ?? ""
        needsProvider = state == "any" && replaces == WindowsProviders.importDefault
        if certificate.sourceSHA256.isEmpty {
            reason = "its key comes from a token, and there is no file from before"
        } else if after == nil {
            reason = "its file was left as it was, and is the one that was imported"
        }
    }

    /// A name that certutil may get as an argument: it comes from a file, and the command line has quotes of its
    /// own.
    private static func argument(_ name: String?) -> String {
        guard let name, WindowsProviders.kind(of: name) != .unspecified,
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            )
        else { return "" }
        return name
    }

    var script: PowerShellText {
        #"""
                    @{
                        Subject = \#(certificate.identity.subject)
                        Thumbprint = \#(certificate.identity.thumbprint)
                        InFile = \#(certificate.identities.map(\.thumbprint))
                        File = \#(certificate.file)
                        SHA256 = \#(sha256)
                        Provider = \#(provider)
                        State = \#(state)
                        KeySpec = \#(keySpec)
                        Modifiers = \#(modifiers)
                        Replaces = \#(replaces)
                        NeedsProvider = \#(needsProvider)
                        Reason = \#(reason)
                        Services = \#(certificate.services.map(\.rawValue))
                    }
        """#
    }
}
