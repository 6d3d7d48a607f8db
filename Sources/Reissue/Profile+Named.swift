extension Profile {
    /// Exchange, EdgeSync, TLS services: what the default is for. The provider has no AT_SIGNATURE keys.
    public static let schannel = Profile(name: "schannel", provider: WindowsProviders.schannel)
    /// SAML and token signing with SHA-2, AD FS, .NET Framework.
    public static let rsaAES = Profile(name: "rsa-aes", provider: WindowsProviders.rsaAES)
    /// The oldest applications; no SHA-2 signatures.
    public static let enhanced = Profile(name: "enhanced", provider: WindowsProviders.enhanced)
    /// No provider is named, as after the manual procedure with openssl: the importer decides.
    public static let unnamed = Profile(name: "unnamed", provider: nil)

    /// All profiles, the default first.
    public static let all: [Profile] = [.schannel, .rsaAES, .enhanced, .unnamed]

    /// The profile of this name, with its defaults: AT_KEYEXCHANGE, 3DES and SHA-1, the key set as the input has it.
    public static func named(_ name: String) -> Profile? {
        all.first { $0.name == name }
    }

    private init(name: String, provider: WindowsProviders.CSP?) {
        self.init(
            name: name, providerName: provider?.name, keySpec: .exchange, encryption: .tripleDESSHA1,
            machineKeySet: .keep)
    }

    /// Refuses what the profile's provider cannot hold.
    func validate() throws(ReissueError) {
        guard keySpec == .signature, let csp = WindowsProviders.csps.first(where: { $0.name == providerName }),
            !csp.signs
        else { return }
        throw ReissueError(
            .profileUnfit, "\(csp.name) has no signature keys (AT_SIGNATURE)",
            hint: "use keySpec exchange, which signs as well, or the profile rsa-aes")
    }
}

extension Profile.KeySpec {
    /// The key usage octet that Windows reads as this KeySpec (PFXImportCertStore): exactly one bit.
    var keyUsage: UInt8 {
        switch self {
        case .exchange: 0x10
        case .signature: 0x80
        }
    }
}
