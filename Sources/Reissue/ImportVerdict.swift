/// Where one import tool of Windows would put a key, and why.
///
/// Source: Microsoft, PFXImportCertStore, and what users saw (see docs of each tool in windows-facts §1).
public struct ImportVerdict: Codable, Sendable, Equatable {
    public var importer: String
    public var provider: String
    public var providerKind: IdentityReport.ProviderKind
    public var why: String

    /// - Parameters:
    ///   - name: the Microsoft CSP Name in the file.
    ///   - isRSA: CAPI1 has providers for RSA keys only, of what certificates use today.
    public static func all(providerName name: String?, isRSA: Bool) -> [ImportVerdict] {
        guard isRSA else {
            return [
                ImportVerdict(
                    "every importer", WindowsProviders.softwareKSP,
                    "CAPI1 has no provider for keys of this kind")
            ]
        }
        let named = "the file names it"
        return [
            ImportVerdict(
                "MMC, Import-ExchangeCertificate, .NET Framework", name ?? WindowsProviders.importDefault,
                name == nil ? "the default for RSA keys where the file names no provider" : named),
            ImportVerdict(
                "certutil -importpfx", name ?? WindowsProviders.importDefault,
                name == nil
                    ? "the default for RSA keys where the file names no provider; -csp NAME decides otherwise"
                    : "\(named); -csp NAME decides otherwise"),
            ImportVerdict(
                "Import-PfxCertificate", name ?? WindowsProviders.softwareKSP,
                name == nil ? "it prefers CNG where the file names no provider" : named),
            ImportVerdict(
                ".NET 9 and later (X509CertificateLoader)", WindowsProviders.softwareKSP,
                "it ignores the name in the file unless told to preserve the storage provider"),
        ]
    }

    private init(_ importer: String, _ provider: String, _ why: String) {
        self.importer = importer
        self.provider = provider
        providerKind = WindowsProviders.kind(of: provider)
        self.why = why
    }
}
