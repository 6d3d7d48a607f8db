import SwiftASN1

extension EncryptionScheme {
    /// Reads the scheme of an encrypted part or a shrouded key.
    ///
    ///     pkcs-12PbeParams ::= SEQUENCE {
    ///         salt        OCTET STRING,
    ///         iterations  INTEGER }                                -- RFC 7292 appendix C
    ///
    ///     PBES2-params ::= SEQUENCE {
    ///         keyDerivationFunc  AlgorithmIdentifier {{PBES2-KDFs}},
    ///         encryptionScheme   AlgorithmIdentifier {{PBES2-Encs}} }  -- RFC 8018 §6.2
    ///
    /// - Throws: `unsupportedAlgorithm` naming the algorithm, `limitExceeded`, `malformed`.
    init(_ identifier: AlgorithmIdentifier, limits: Limits) throws(PKCS12Error) {
        if identifier.algorithm == OID.pbes2 {
            self = try Self.pbes2(identifier, limits)
            return
        }
        guard let (_, cipher, keyByteCount) = Self.pbes1.first(where: { $0.0 == identifier.algorithm }) else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "the encryption \(identifier.name) is not supported", hint: unsupportedHint)
        }
        let (salt, iterations) = try identifier.withParameters { parameters throws(PKCS12Error) in
            (
                try limits.checkedSalt(try parameters.octets("the salt")),
                try limits.checkedIterations(try parameters.positiveInteger("the iteration count"))
            )
        }
        self.init(
            derivation: .pkcs12, cipher: cipher, keyByteCount: keyByteCount, salt: salt, iterations: iterations)
    }

    var identifier: AlgorithmIdentifier {
        get throws(PKCS12Error) {
            switch derivation {
            case .pkcs12:
                AlgorithmIdentifier(
                    algorithm: Self.pbes1Identifier(cipher, keyByteCount),
                    parameters: DER.sequence(DER.octetString(salt), DER.integer(iterations)))
            case .pbkdf2(let prf, let vector):
                AlgorithmIdentifier(
                    algorithm: OID.pbes2,
                    parameters: DER.sequence(
                        try PBKDF2Parameters(prf: prf, salt: salt, iterations: iterations).identifier.encoded(),
                        try cipher.identifier(vector: vector, keyByteCount: keyByteCount).encoded()))
            }
        }
    }

    private static func pbes2(_ identifier: AlgorithmIdentifier, _ limits: Limits) throws(PKCS12Error)
        -> EncryptionScheme
    {
        let (kdf, encryption) = try identifier.withParameters { parameters throws(PKCS12Error) in
            (
                try AlgorithmIdentifier(from: &parameters, "the key derivation of PBES2"),
                try AlgorithmIdentifier(from: &parameters, "the cipher of PBES2")
            )
        }
        var (cipher, keyByteCount, vector) = try ContentCipher.parse(encryption)
        let pbkdf2 = try PBKDF2Parameters(kdf, limits: limits)
        if let count = pbkdf2.keyByteCount, let cipherOfCount = cipher.aes(keyByteCount: count) {
            // NSS before 3.31 encrypted with AES-256 under the name of AES-128: the key's length tells.
            (cipher, keyByteCount) = (cipherOfCount, count)
        }
        guard pbkdf2.keyByteCount ?? keyByteCount == keyByteCount else {
            throw PKCS12Error(.malformed, "PBKDF2 gives a key of another length than \(encryption.name) takes")
        }
        return EncryptionScheme(
            derivation: .pbkdf2(prf: pbkdf2.prf, initializationVector: vector), cipher: cipher,
            keyByteCount: keyByteCount, salt: pbkdf2.salt, iterations: pbkdf2.iterations)
    }

    private static let pbes1: [(ASN1ObjectIdentifier, ContentCipher, Int)] = [
        ([1, 2, 840, 113549, 1, 12, 1, 3], .tripleDESCBC, 24),
        ([1, 2, 840, 113549, 1, 12, 1, 4], .tripleDESCBC, 16),
        ([1, 2, 840, 113549, 1, 12, 1, 5], .rc2CBC, 16),
        ([1, 2, 840, 113549, 1, 12, 1, 6], .rc2CBC, 5),
    ]

    static func pbes1Identifier(_ cipher: ContentCipher, _ keyByteCount: Int) -> ASN1ObjectIdentifier {
        pbes1.first { $0.1 == cipher && $0.2 == keyByteCount }?.0 ?? OID.pbes2
    }
}

extension ContentCipher {
    /// AES with a key of this length; nil where this is another cipher, or there is none.
    fileprivate func aes(keyByteCount: Int) -> ContentCipher? {
        let aes: [ContentCipher] = [.aes128CBC, .aes192CBC, .aes256CBC]
        return aes.contains(self) ? aes.first { $0.keyByteCounts == [keyByteCount] } : nil
    }

    var identifier: ASN1ObjectIdentifier {
        switch self {
        case .tripleDESCBC: [1, 2, 840, 113549, 3, 7]
        case .rc2CBC: [1, 2, 840, 113549, 3, 2]
        case .aes128CBC: [2, 16, 840, 1, 101, 3, 4, 1, 2]
        case .aes192CBC: [2, 16, 840, 1, 101, 3, 4, 1, 22]
        case .aes256CBC: [2, 16, 840, 1, 101, 3, 4, 1, 42]
        }
    }

    /// The parameters of all but RC2 are the initialization vector alone.
    ///
    ///     RC2-CBC-Parameter ::= SEQUENCE {
    ///         rc2ParameterVersion  INTEGER OPTIONAL,
    ///         iv                   OCTET STRING (SIZE(8)) }        -- RFC 8018 appendix B.2.3
    fileprivate static func parse(_ identifier: AlgorithmIdentifier) throws(PKCS12Error) -> (
        ContentCipher, keyByteCount: Int, vector: [UInt8]
    ) {
        guard let cipher = allCases.first(where: { $0.identifier == identifier.algorithm }) else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "the cipher \(identifier.name) is not supported", hint: unsupportedHint)
        }
        var keyByteCount = cipher.keyByteCounts.last ?? 0
        let vector: [UInt8]
        if cipher == .rc2CBC {
            (keyByteCount, vector) = try identifier.withParameters { parameters throws(PKCS12Error) in
                // Without a version the effective key has 32 bits, which no file is known to use.
                let version = try parameters.positiveInteger("the version of RC2")
                guard let size = rc2Versions.first(where: { $0.version == version })?.keyByteCount else {
                    throw PKCS12Error(
                        .unsupportedAlgorithm, "RC2 with the parameter version \(version) is not supported")
                }
                return (size, try parameters.octets("the initialization vector"))
            }
        } else {
            let octets: Result<[UInt8], PKCS12Error> = (identifier.parameters ?? []).withUnsafeBytes { bytes in
                do throws(PKCS12Error) {
                    var cursor = DERCursor(bytes)
                    return .success(try cursor.octets("the initialization vector"))
                } catch {
                    return .failure(error)
                }
            }
            vector = try octets.get()
        }
        guard vector.count == cipher.blockByteCount else {
            throw PKCS12Error(.malformed, "the initialization vector of \(identifier.name) has \(vector.count) bytes")
        }
        return (cipher, keyByteCount, vector)
    }

    fileprivate func identifier(vector: [UInt8], keyByteCount: Int) throws(PKCS12Error) -> AlgorithmIdentifier {
        guard vector.count == blockByteCount else {
            throw PKCS12Error(.invalidArgument, "an initialization vector needs \(blockByteCount) bytes")
        }
        guard self == .rc2CBC else {
            return AlgorithmIdentifier(algorithm: identifier, parameters: DER.octetString(vector))
        }
        guard let version = Self.rc2Versions.first(where: { $0.keyByteCount == keyByteCount })?.version else {
            throw PKCS12Error(.invalidArgument, "RC2 cannot have a key of \(keyByteCount) bytes")
        }
        return AlgorithmIdentifier(
            algorithm: identifier, parameters: DER.sequence(DER.integer(version), DER.octetString(vector)))
    }

    /// RFC 8018 appendix B.2.3: effective key bits 40, 64, 128.
    private static let rc2Versions: [(version: Int, keyByteCount: Int)] = [(160, 5), (120, 8), (58, 16)]
}
