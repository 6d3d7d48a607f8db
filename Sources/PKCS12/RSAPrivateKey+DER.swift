import SwiftASN1

extension RSAPrivateKey {
    /// Reads the key of a PKCS#8 whose algorithm is rsaEncryption.
    ///
    ///     RSAPrivateKey ::= SEQUENCE {
    ///         version           INTEGER { two-prime(0), multi(1) },
    ///         modulus           INTEGER,  -- n
    ///         publicExponent    INTEGER,  -- e
    ///         privateExponent   INTEGER,  -- d
    ///         prime1            INTEGER,  -- p
    ///         prime2            INTEGER,  -- q
    ///         exponent1         INTEGER,  -- d mod (p-1)
    ///         exponent2         INTEGER,  -- d mod (q-1)
    ///         coefficient       INTEGER,  -- (inverse of q) mod p
    ///         otherPrimeInfos   OtherPrimeInfos OPTIONAL }         -- RFC 8017 appendix A.1.2
    ///
    /// - Throws: `unsupportedKey` for another algorithm or more than two primes, `malformed`.
    public init(_ info: PrivateKeyInfo) throws {
        guard info.algorithm.algorithm == .AlgorithmIdentifier.rsaEncryption else {
            throw PKCS12Error(.unsupportedKey, "the key's algorithm is \(info.algorithm.name), not rsaEncryption")
        }
        self = try info.privateKey.withUnsafeBytes { bytes in
            try BERNormalizer.withDER(of: bytes, limits: Limits()) { bytes in
                var cursor = DERCursor(bytes)
                return try RSAPrivateKey(from: &cursor)
            }
        }
    }

    private init(from cursor: inout DERCursor) throws(PKCS12Error) {
        var content = try cursor.sequence("the RSA key")
        let version = try content.require(DERCursor.Tag.integer, "the version of the RSA key").content
        guard version.elementsEqual([0]) else {
            throw PKCS12Error(
                .unsupportedKey,
                version.elementsEqual([1])
                    ? "the RSA key has more than two primes" : "the RSA key is of an unknown version")
        }
        func number(_ what: String) throws(PKCS12Error) -> Slice<UnsafeRawBufferPointer> {
            let bytes = try content.require(DERCursor.Tag.integer, what).content
            guard let first = bytes.first, first & 0x80 == 0 else {
                throw PKCS12Error(.malformed, "\(what) of the RSA key is negative or empty")
            }
            return bytes.drop { $0 == 0 }
        }
        func secret(_ what: String) throws(PKCS12Error) -> SecretBytes {
            SecretBytes(copying: UnsafeRawBufferPointer(rebasing: try number(what)))
        }
        modulus = Array(try number("the modulus"))
        publicExponent = Array(try number("the public exponent"))
        privateExponent = try secret("the private exponent")
        prime1 = try secret("prime 1")
        prime2 = try secret("prime 2")
        exponent1 = try secret("exponent 1")
        exponent2 = try secret("exponent 2")
        coefficient = try secret("the coefficient")
        try content.requireEnd(of: "the RSA key")
    }

    /// The key as a PKCS#8 with these attributes inside.
    public func privateKeyInfo(attributes: BagAttributes = BagAttributes()) -> PrivateKeyInfo {
        let key = SecretDER.constructed(
            identifier: DERCursor.Tag.sequence,
            [
                .encoded(DER.integer(0)),
                .encoded(DER.unsignedInteger(modulus)),
                .encoded(DER.unsignedInteger(publicExponent)),
                .integer(privateExponent), .integer(prime1), .integer(prime2),
                .integer(exponent1), .integer(exponent2), .integer(coefficient),
            ])
        return PrivateKeyInfo(
            algorithm: AlgorithmIdentifier(algorithm: .AlgorithmIdentifier.rsaEncryption, parameters: DER.null),
            privateKey: key.serialized(), attributes: attributes)
    }
}
