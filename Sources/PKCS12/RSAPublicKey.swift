/// The public half of an RSA key (RFC 8017 §3.1): unsigned, big-endian, without leading zeros.
public struct RSAPublicKey: Sendable, Hashable {
    public var modulus: [UInt8]
    public var exponent: [UInt8]

    public init(modulus: [UInt8], exponent: [UInt8]) {
        self.modulus = modulus
        self.exponent = exponent
    }

    /// The length of the modulus in bits.
    public var bitCount: Int {
        modulus.first.map { modulus.count * 8 - $0.leadingZeroBitCount } ?? 0
    }
}
