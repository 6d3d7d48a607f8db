/// Microsoft's names for key providers.
///
/// Source: learn.microsoft.com, "CryptoAPI Cryptographic Service Providers" and "CNG Key Storage Providers".
/// A name that Windows does not know sends the key to whatever provider is registered for its type, without an
/// error (PFXImportCertStore), so that only names of this list are ever written.
public enum WindowsProviders {
    /// A CAPI1 cryptographic service provider.
    public struct CSP: Sendable, Hashable {
        public var name: String
        /// PROV_RSA_FULL 1, PROV_RSA_SCHANNEL 12, PROV_RSA_AES 24…
        public var type: Int
        /// Whether it holds AT_SIGNATURE keys.
        public var signs: Bool
    }

    public static let schannel = CSP(name: "Microsoft RSA SChannel Cryptographic Provider", type: 12, signs: false)
    public static let rsaAES = CSP(
        name: "Microsoft Enhanced RSA and AES Cryptographic Provider", type: 24, signs: true)
    public static let enhanced = CSP(name: "Microsoft Enhanced Cryptographic Provider v1.0", type: 1, signs: true)

    /// The provider of an RSA key that names none, with most importers.
    public static let importDefault = enhanced.name
    /// Where importers that prefer CNG put a key that names none.
    public static let softwareKSP = "Microsoft Software Key Storage Provider"

    public static let csps: [CSP] = [
        schannel, rsaAES, enhanced,
        CSP(name: "Microsoft Base Cryptographic Provider v1.0", type: 1, signs: true),
        CSP(name: "Microsoft Strong Cryptographic Provider", type: 1, signs: true),
        CSP(name: "Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)", type: 24, signs: true),
        CSP(name: "Microsoft Base Smart Card Crypto Provider", type: 1, signs: true),
        CSP(name: "Microsoft RSA Signature Cryptographic Provider", type: 2, signs: true),
        CSP(name: "Microsoft Base DSS Cryptographic Provider", type: 3, signs: true),
        CSP(name: "Microsoft Base DSS and Diffie-Hellman Cryptographic Provider", type: 13, signs: true),
        CSP(name: "Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider", type: 13, signs: true),
        CSP(name: "Microsoft DH SChannel Cryptographic Provider", type: 18, signs: false),
    ]

    private static let cspNames = Set(csps.map { $0.name.lowercased() })

    static let ksps: Set<String> = [
        softwareKSP.lowercased(),
        "microsoft smart card key storage provider",
        "microsoft platform crypto provider",
        "microsoft platform crypto key storage provider",
        "microsoft passport key storage provider",
    ]

    /// The generation of a provider, by its name; nil names none. Third parties' names are told by their wording.
    public static func kind(of name: String?) -> IdentityReport.ProviderKind {
        guard let name = name?.lowercased() else { return .unspecified }
        if cspNames.contains(name) { return .capi1 }
        if ksps.contains(name) || name.contains("key storage provider") { return .cng }
        if name.contains("cryptographic provider") || name.contains("crypto provider") { return .capi1 }
        return .unspecified
    }
}
