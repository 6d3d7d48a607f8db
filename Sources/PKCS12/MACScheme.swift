import SwiftASN1

/// How a PFX is protected against changes under the password.
public struct MACScheme: Sendable, Hashable {
    public enum Algorithm: Sendable, Hashable {
        /// HMAC under a key of RFC 7292 appendix B.
        case pkcs12(DigestAlgorithm)
        /// PBMAC1 with PBKDF2 (RFC 9579).
        case pbmac1(prf: DigestAlgorithm, hmac: DigestAlgorithm, keyByteCount: Int)
    }

    public var algorithm: Algorithm
    public var salt: [UInt8]
    public var iterations: Int

    public init(_ algorithm: Algorithm, salt: [UInt8], iterations: Int) {
        self.algorithm = algorithm
        self.salt = salt
        self.iterations = iterations
    }

    /// `hmacWithSHA1`, or `PBMAC1, hmacWithSHA256`.
    public var name: String {
        switch algorithm {
        case .pkcs12(let digest): AlgorithmName.of(digest.hmacIdentifier)
        case .pbmac1(_, let hmac, _): "PBMAC1, \(AlgorithmName.of(hmac.hmacIdentifier))"
        }
    }

    var digest: DigestAlgorithm {
        switch algorithm {
        case .pkcs12(let digest), .pbmac1(_, let digest, _): digest
        }
    }

    /// What has to be derived from a password (UTF-8) before the MAC can be computed.
    public func derivation(for password: SecretBytes) -> KeyDerivation {
        derivation(EncodedPassword(password))
    }

    func derivation(_ password: EncodedPassword) -> KeyDerivation {
        switch algorithm {
        case .pkcs12(let digest):
            KeyDerivation(
                method: .pkcs12(.macKey), digest: digest, password: password.bmp, salt: salt, iterations: iterations,
                byteCount: digest.byteCount)
        case .pbmac1(let prf, _, let keyByteCount):
            KeyDerivation(
                method: .pbkdf2, digest: prf, password: password.octets, salt: salt, iterations: iterations,
                byteCount: keyByteCount)
        }
    }
}

extension MACScheme {
    /// Reads a MacData and the MAC in it.
    ///
    ///     MacData ::= SEQUENCE {
    ///         mac         DigestInfo,
    ///         macSalt     OCTET STRING,
    ///         iterations  INTEGER DEFAULT 1 }                      -- RFC 7292 §4
    ///     DigestInfo ::= SEQUENCE {
    ///         digestAlgorithm  AlgorithmIdentifier,
    ///         digest           OCTET STRING }                      -- RFC 8017 §9.2
    ///     PBMAC1-params ::= SEQUENCE {
    ///         keyDerivationFunc  AlgorithmIdentifier {{PBMAC1-KDFs}},
    ///         messageAuthScheme  AlgorithmIdentifier {{PBMAC1-MACs}} }  -- RFC 8018 appendix A.5
    static func parse(_ cursor: inout DERCursor, limits: Limits) throws(PKCS12Error) -> (MACScheme, value: [UInt8]) {
        var macData = try cursor.sequence("the MAC")
        var digestInfo = try macData.sequence("the MAC's value")
        let algorithm = try AlgorithmIdentifier(from: &digestInfo, "the MAC's algorithm")
        let value = try digestInfo.octets("the MAC's value")
        guard algorithm.algorithm != OID.pbmac1 else {
            // RFC 9579 §4: the salt and the iterations beside the MAC are not used, whatever they are.
            return (try pbmac1(algorithm, limits: limits), value)
        }
        let salt = try limits.checkedSalt(try macData.octets("the MAC's salt"))
        let iterations = macData.isAtEnd ? 1 : try macData.positiveInteger("the MAC's iteration count")
        try macData.requireEnd(of: "the MAC")
        let scheme = MACScheme(
            .pkcs12(try DigestAlgorithm(digest: algorithm.algorithm)), salt: salt,
            iterations: try limits.checkedIterations(iterations))
        return (scheme, value)
    }

    private static func pbmac1(_ identifier: AlgorithmIdentifier, limits: Limits) throws(PKCS12Error) -> MACScheme {
        let (kdf, hmac) = try identifier.withParameters { parameters throws(PKCS12Error) in
            (
                try AlgorithmIdentifier(from: &parameters, "the key derivation of PBMAC1"),
                try AlgorithmIdentifier(from: &parameters, "the MAC of PBMAC1")
            )
        }
        let pbkdf2 = try PBKDF2Parameters(kdf, limits: limits)
        guard let keyByteCount = pbkdf2.keyByteCount, keyByteCount >= fewestKeyBytes else {
            throw PKCS12Error(
                .malformed, "PBMAC1 must give its key's length, of \(fewestKeyBytes) bytes or more (RFC 9579)")
        }
        return MACScheme(
            .pbmac1(prf: pbkdf2.prf, hmac: try DigestAlgorithm(hmac: hmac.algorithm), keyByteCount: keyByteCount),
            salt: pbkdf2.salt, iterations: pbkdf2.iterations)
    }

    /// The MacData with this value.
    func encoded(value: [UInt8]) throws(PKCS12Error) -> [UInt8] {
        let algorithm: AlgorithmIdentifier
        switch self.algorithm {
        case .pkcs12(let digest):
            algorithm = AlgorithmIdentifier(algorithm: digest.digestIdentifier, parameters: DER.null)
        case .pbmac1(let prf, let hmac, let keyByteCount):
            let kdf = PBKDF2Parameters(prf: prf, salt: salt, iterations: iterations, keyByteCount: keyByteCount)
            algorithm = AlgorithmIdentifier(
                algorithm: OID.pbmac1,
                parameters: DER.sequence(
                    try kdf.identifier.encoded(),
                    try AlgorithmIdentifier(algorithm: hmac.hmacIdentifier, parameters: DER.null).encoded()))
        }
        return DER.sequence(
            DER.sequence(try algorithm.encoded(), DER.octetString(value)),
            DER.octetString(salt),
            iterations == 1 ? [] : DER.integer(iterations))
    }

    /// RFC 9579 §9: shorter keys make the MAC forgeable.
    private static let fewestKeyBytes = 20
}
