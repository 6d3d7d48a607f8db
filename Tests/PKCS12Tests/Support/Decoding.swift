import PKCS12
import TestSupport

/// Decodes with the OpenSSL provider.
func decode(
    _ file: [UInt8], _ passwords: String..., limits: Limits = Limits(), allowsMissingMAC: Bool = false
) throws -> PFX {
    try PFXDecoder(cryptography: InstalledProviders.crypto, limits: limits, allowsMissingMAC: allowsMissingMAC)
        .decode(file, passwords: passwords.map(secret))
}

func encode(_ pfx: PFX, _ password: String) throws -> [UInt8] {
    try PFXEncoder(cryptography: InstalledProviders.crypto).encode(pfx, password: secret(password))
}

/// The code and reason of what decoding ends in, as `code: reason`.
func refusal(
    _ file: [UInt8], _ passwords: String..., limits: Limits = Limits(), allowsMissingMAC: Bool = false
) throws -> String {
    let decoder = PFXDecoder(
        cryptography: try InstalledProviders.crypto, limits: limits, allowsMissingMAC: allowsMissingMAC)
    let error = thrown { try decoder.decode(file, passwords: passwords.map(secret)) }
    guard let error = error as? PKCS12Error else { return error.map { "not a PKCS12Error: \($0)" } ?? "opens" }
    return "\(error.codeName): \(error.reason)"
}
