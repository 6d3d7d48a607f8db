/// The numbers of an RSA key with two primes (RFC 8017 appendix A.1.2), as unsigned big-endian integers
/// without leading zeros.
public struct RSAPrivateKey: Sendable, Equatable {
    public var modulus: [UInt8]
    public var publicExponent: [UInt8]
    public var privateExponent: SecretBytes
    public var prime1: SecretBytes
    public var prime2: SecretBytes
    public var exponent1: SecretBytes
    public var exponent2: SecretBytes
    public var coefficient: SecretBytes

    public init(
        modulus: [UInt8], publicExponent: [UInt8], privateExponent: SecretBytes, prime1: SecretBytes,
        prime2: SecretBytes, exponent1: SecretBytes, exponent2: SecretBytes, coefficient: SecretBytes
    ) {
        self.modulus = modulus
        self.publicExponent = publicExponent
        self.privateExponent = privateExponent
        self.prime1 = prime1
        self.prime2 = prime2
        self.exponent1 = exponent1
        self.exponent2 = exponent2
        self.coefficient = coefficient
    }

    public var publicKey: RSAPublicKey { RSAPublicKey(modulus: modulus, exponent: publicExponent) }

    /// The length of the modulus in bits.
    public var bitCount: Int { publicKey.bitCount }
}
