import SwiftASN1

/// The object identifiers that most files have, with their encoding: swift-asn1 reads and writes each in arrays of its own,
/// dozens in a file.
enum UsualObjectIdentifiers {
    /// The DER of an object identifier; nil for one that is not among these.
    static func encoding(of identifier: ASN1ObjectIdentifier) -> [UInt8]? { encodings[identifier] }

    /// - Parameter encoded: the DER of an object identifier.
    static func find(_ encoded: UnsafeRawBufferPointer) -> ASN1ObjectIdentifier? {
        guard let usual = all[key(encoded)], usual.encoded.elementsEqual(encoded) else { return nil }
        return usual.identifier
    }

    /// By their last eight octets, in which those of one branch differ.
    private static let all: [UInt64: (encoded: [UInt8], identifier: ASN1ObjectIdentifier)] =
        Dictionary(encodings.map { ($1.withUnsafeBytes(key), ($1, $0)) }, uniquingKeysWith: { first, _ in first })

    private static let encodings: [ASN1ObjectIdentifier: [UInt8]] = {
        let identifiers = OID.ofFiles + AlgorithmName.identifiers + OID.ofCertificates
        return Dictionary(
            identifiers.compactMap { identifier in (try? DER.encode(identifier)).map { (identifier, $0) } },
            uniquingKeysWith: { first, _ in first })
    }()

    private static func key(_ encoded: UnsafeRawBufferPointer) -> UInt64 {
        encoded.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension OID {
    fileprivate static let ofFiles = [
        data, encryptedData, keyBag, shroudedKeyBag, certificateBag, x509Certificate, pbes2, pbkdf2, friendlyName,
        localKeyID, microsoftCSPName, localMachineKeySet, keyUsage,
    ]

    /// Attributes of names (X.520), extensions (RFC 5280 §4.2.1), and RSA (RFC 8017 appendix A.2).
    fileprivate static let ofCertificates: [ASN1ObjectIdentifier] =
        (3...12).map { [2, 5, 4, $0] } + [14, 15, 17, 19, 31, 32, 35, 37].map { [2, 5, 29, $0] }
        + [1, 5, 11].map { [1, 2, 840, 113549, 1, 1, $0] }
}
