import SwiftASN1

/// The object identifiers of RFC 7292, RFC 8018, RFC 9579 and Microsoft's additions.
package enum OID {
    // PKCS #7 content types (RFC 5652)
    package static let data: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 1]
    package static let signedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 2]
    static let envelopedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 3]
    static let encryptedData: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 7, 6]

    // Bags (RFC 7292 §4.2)
    static let keyBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 1]
    static let shroudedKeyBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 2]
    static let certificateBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 3]
    static let crlBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 4]
    static let secretBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 5]
    static let safeContentsBag: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 12, 10, 1, 6]
    static let x509Certificate: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 22, 1]
    static let x509CRL: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 23, 1]

    // Password-based encryption and MACs (RFC 8018, RFC 9579)
    static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 13]
    static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 12]
    static let pbmac1: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 5, 14]

    // Attributes
    static let friendlyName: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 20]
    static let localKeyID: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 9, 21]
    /// szOID_PKCS_12_KEY_PROVIDER_NAME_ATTR
    static let microsoftCSPName: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 17, 1]
    /// szOID_LOCAL_MACHINE_KEYSET
    static let localMachineKeySet: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 17, 2]
    /// szOID_PKCS_12_EXTENDED_ATTRIBUTES; the property identifier follows.
    static let extendedProperties: [UInt] = [1, 3, 6, 1, 4, 1, 311, 17, 3]
    /// szOID_PKCS_12_PROTECTED_PASSWORD_SECRET_BAG_TYPE_ID
    static let protectedPassword: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 17, 4]
    static let keyUsage: ASN1ObjectIdentifier = [2, 5, 29, 15]
}

/// Names for object identifiers in messages and reports, as OpenSSL spells them.
enum AlgorithmName {
    static func of(_ identifier: ASN1ObjectIdentifier) -> String {
        names[identifier] ?? "\(identifier)"
    }

    static var identifiers: [ASN1ObjectIdentifier] { Array(names.keys) }

    private static let names: [ASN1ObjectIdentifier: String] = [
        [1, 2, 840, 113549, 1, 12, 1, 1]: "pbeWithSHA1And128BitRC4",
        [1, 2, 840, 113549, 1, 12, 1, 2]: "pbeWithSHA1And40BitRC4",
        [1, 2, 840, 113549, 1, 12, 1, 3]: "pbeWithSHA1And3-KeyTripleDES-CBC",
        [1, 2, 840, 113549, 1, 12, 1, 4]: "pbeWithSHA1And2-KeyTripleDES-CBC",
        [1, 2, 840, 113549, 1, 12, 1, 5]: "pbeWithSHA1And128BitRC2-CBC",
        [1, 2, 840, 113549, 1, 12, 1, 6]: "pbeWithSHA1And40BitRC2-CBC",
        [1, 2, 840, 113549, 1, 5, 1]: "pbeWithMD2AndDES-CBC",
        [1, 2, 840, 113549, 1, 5, 3]: "pbeWithMD5AndDES-CBC",
        [1, 2, 840, 113549, 1, 5, 4]: "pbeWithMD2AndRC2-CBC",
        [1, 2, 840, 113549, 1, 5, 6]: "pbeWithMD5AndRC2-CBC",
        [1, 2, 840, 113549, 1, 5, 10]: "pbeWithSHA1AndDES-CBC",
        [1, 2, 840, 113549, 1, 5, 11]: "pbeWithSHA1AndRC2-CBC",
        [1, 3, 6, 1, 4, 1, 11591, 4, 11]: "scrypt",
        [1, 3, 14, 3, 2, 7]: "DES-CBC",
        [1, 2, 840, 113549, 3, 2]: "RC2-CBC",
        [1, 2, 840, 113549, 3, 4]: "RC4",
        [1, 2, 840, 113549, 3, 7]: "DES-EDE3-CBC",
        [2, 16, 840, 1, 101, 3, 4, 1, 2]: "AES-128-CBC",
        [2, 16, 840, 1, 101, 3, 4, 1, 6]: "AES-128-GCM",
        [2, 16, 840, 1, 101, 3, 4, 1, 22]: "AES-192-CBC",
        [2, 16, 840, 1, 101, 3, 4, 1, 26]: "AES-192-GCM",
        [2, 16, 840, 1, 101, 3, 4, 1, 42]: "AES-256-CBC",
        [2, 16, 840, 1, 101, 3, 4, 1, 46]: "AES-256-GCM",
        [1, 2, 392, 200011, 61, 1, 1, 1, 2]: "CAMELLIA-128-CBC",
        [1, 2, 392, 200011, 61, 1, 1, 1, 3]: "CAMELLIA-192-CBC",
        [1, 2, 392, 200011, 61, 1, 1, 1, 4]: "CAMELLIA-256-CBC",
        [1, 2, 410, 200004, 1, 4]: "SEED-CBC",
        [1, 2, 643, 2, 2, 21]: "GOST 28147-89",
        [1, 2, 643, 7, 1, 1, 2, 2]: "GOST R 34.11-2012 (256)",
        [1, 2, 643, 7, 1, 1, 2, 3]: "GOST R 34.11-2012 (512)",
        [1, 2, 840, 113549, 2, 5]: "MD5",
        [1, 3, 14, 3, 2, 26]: "SHA-1",
        [2, 16, 840, 1, 101, 3, 4, 2, 1]: "SHA-256",
        [2, 16, 840, 1, 101, 3, 4, 2, 2]: "SHA-384",
        [2, 16, 840, 1, 101, 3, 4, 2, 3]: "SHA-512",
        [2, 16, 840, 1, 101, 3, 4, 2, 4]: "SHA-224",
        [2, 16, 840, 1, 101, 3, 4, 2, 5]: "SHA-512/224",
        [2, 16, 840, 1, 101, 3, 4, 2, 6]: "SHA-512/256",
        [2, 16, 840, 1, 101, 3, 4, 2, 7]: "SHA3-224",
        [2, 16, 840, 1, 101, 3, 4, 2, 8]: "SHA3-256",
        [2, 16, 840, 1, 101, 3, 4, 2, 9]: "SHA3-384",
        [2, 16, 840, 1, 101, 3, 4, 2, 10]: "SHA3-512",
        [1, 2, 840, 113549, 2, 6]: "hmacWithMD5",
        [1, 2, 840, 113549, 2, 7]: "hmacWithSHA1",
        [1, 2, 840, 113549, 2, 8]: "hmacWithSHA224",
        [1, 2, 840, 113549, 2, 9]: "hmacWithSHA256",
        [1, 2, 840, 113549, 2, 10]: "hmacWithSHA384",
        [1, 2, 840, 113549, 2, 11]: "hmacWithSHA512",
        [1, 2, 840, 113549, 2, 12]: "hmacWithSHA512-224",
        [1, 2, 840, 113549, 2, 13]: "hmacWithSHA512-256",
    ]
}
