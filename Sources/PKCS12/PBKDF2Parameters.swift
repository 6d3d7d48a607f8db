import SwiftASN1

/// The parameters of PBKDF2.
///
///     PBKDF2-params ::= SEQUENCE {
///         salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
///         iterationCount  INTEGER (1..MAX),
///         keyLength       INTEGER (1..MAX) OPTIONAL,
///         prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1 }  -- RFC 8018 appendix A.2
struct PBKDF2Parameters {
    var prf: DigestAlgorithm
    var salt: [UInt8]
    var iterations: Int
    /// In bytes; nil where the file does not say.
    var keyByteCount: Int?

    init(prf: DigestAlgorithm, salt: [UInt8], iterations: Int, keyByteCount: Int? = nil) {
        self.prf = prf
        self.salt = salt
        self.iterations = iterations
        self.keyByteCount = keyByteCount
    }

    init(_ identifier: AlgorithmIdentifier, limits: Limits) throws(PKCS12Error) {
        guard identifier.algorithm == OID.pbkdf2 else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "the key derivation \(identifier.name) is not supported", hint: unsupportedHint)
        }
        self = try identifier.withParameters { parameters throws(PKCS12Error) in
            guard parameters.nextIdentifier != DERCursor.Tag.sequence else {
                throw PKCS12Error(.unsupportedAlgorithm, "PBKDF2 with a salt from another source is not supported")
            }
            let salt = try limits.checkedSalt(try parameters.octets("the salt of PBKDF2"))
            let iterations = try limits.checkedIterations(
                try parameters.positiveInteger("the iteration count of PBKDF2"))
            var keyByteCount: Int?
            if parameters.nextIdentifier == DERCursor.Tag.integer {
                let count = try parameters.positiveInteger("the key length of PBKDF2")
                guard count <= Self.mostKeyBytes else {
                    throw PKCS12Error(
                        .limitExceeded, "PBKDF2 is to give a key of \(count) bytes, more than \(Self.mostKeyBytes)")
                }
                keyByteCount = count
            }
            var prf = DigestAlgorithm.sha1
            if !parameters.isAtEnd {
                prf = try DigestAlgorithm(
                    hmac: AlgorithmIdentifier(from: &parameters, "the pseudo-random function of PBKDF2").algorithm)
            }
            return PBKDF2Parameters(prf: prf, salt: salt, iterations: iterations, keyByteCount: keyByteCount)
        }
    }

    var identifier: AlgorithmIdentifier {
        get throws(PKCS12Error) {
            AlgorithmIdentifier(
                algorithm: OID.pbkdf2,
                parameters: DER.sequence(
                    DER.octetString(salt), DER.integer(iterations),
                    keyByteCount.map(DER.integer) ?? [],
                    prf == .sha1
                        ? []  // DER leaves a default out
                        : try AlgorithmIdentifier(algorithm: prf.hmacIdentifier, parameters: DER.null).encoded()))
        }
    }

    /// The longest key any algorithm here takes.
    private static let mostKeyBytes = 64
}

extension Limits {
    func checkedSalt(_ salt: [UInt8]) throws(PKCS12Error) -> [UInt8] {
        guard salt.count <= saltByteCount else {
            throw PKCS12Error(
                .limitExceeded,
                "a salt has \(salt.count) bytes, more than the limit of \(saltByteCount) (saltByteCount)")
        }
        return salt
    }

    func checkedIterations(_ count: Int) throws(PKCS12Error) -> Int {
        guard count <= iterations else {
            throw PKCS12Error(
                .limitExceeded, "an iteration count of \(count) is more than the limit of \(iterations) (iterations)")
        }
        return count
    }
}
