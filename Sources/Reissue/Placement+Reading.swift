import PKCS12

extension OpenedPFX {
    /// Where Windows would put this key, as far as the file says.
    func placement(of key: Key, certificate: Int?) -> IdentityReport.Placement {
        let name = key.attributes.providerNames.first
        return IdentityReport.Placement(
            providerName: name,
            providerKind: WindowsProviders.kind(of: name),
            keySpec: IdentityReport.KeySpec(keyUsage: key.info?.attributes.keyUsage),
            machineKeySet: key.attributes.isLocalMachineKeySet,
            keyEncryption: key.encryption?.name ?? "none",
            certificateEncryption: certificate.flatMap { certificates[$0].encryption?.name } ?? "none",
            mac: mac?.name ?? "none",
            iterations: iterations)
    }
}

extension IdentityReport.KeySpec {
    /// KEY_ENCIPHERMENT (0x20) or DATA_ENCIPHERMENT (0x10) mean AT_KEYEXCHANGE; DIGITAL_SIGNATURE (0x80),
    /// CERT_SIGN (0x04) and CRL_SIGN (0x02) mean AT_SIGNATURE (Microsoft, PFXImportCertStore).
    init(keyUsage: UInt8?) {
        let usage = keyUsage ?? 0
        switch (usage & 0x30 != 0, usage & 0x86 != 0) {
        case (true, false): self = .exchange
        case (false, true): self = .signature
        case (true, true): self = .both
        case (false, false): self = .unspecified
        }
    }
}
