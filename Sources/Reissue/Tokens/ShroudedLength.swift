import PKCS12
import Providers

/// How long the ciphertext of an RSA key's PKCS#8 is, by its public half: what can be told without opening it.
///
/// A PKCS#1 key without its frame, one of several primes, or one with attributes or its public half beside it, is shorter or
/// longer, as far as that does not vanish in the padding.
enum ShroudedLength {
    /// - Throws: ``ReissueError`` `verificationMismatch`.
    static func check(_ ciphertext: [UInt8], _ cipher: ContentCipher, _ key: RSAPublicKey) throws(ReissueError) {
        let most = privateKeyInfo(key)
        let expected = padded(most - slack, cipher)...padded(most, cipher)
        guard expected.contains(ciphertext.count) else {
            throw ReissueError(
                .verificationMismatch,
                "what the token shrouded has \(ciphertext.count) bytes, and the PKCS#8 of such a key has "
                    + "\(expected.lowerBound) to \(expected.upperBound)",
                hint: "leave shrouded out of export, and report this with the module's name and version")
        }
    }

    /// Each of the secret numbers may lack a byte or two of what it could have; all of them together lack more than this once
    /// in 2^60 keys.
    private static let slack = 12

    /// PKCS#7 padding, which is never empty (PKCS #11, CKM_DES3_CBC_PAD).
    private static func padded(_ count: Int, _ cipher: ContentCipher) -> Int {
        (count / cipher.blockByteCount + 1) * cipher.blockByteCount
    }

    /// The largest PrivateKeyInfo with an RSAPrivateKey of two primes (RFC 5208 §5, RFC 8017 appendix A.1.2).
    private static func privateKeyInfo(_ key: RSAPublicKey) -> Int {
        let version = element(1)
        let half = integer((key.bitCount + 1) / 2)
        let numbers = integer(key.bitCount) * 2 + integer(RSAPublicKey(modulus: key.exponent, exponent: []).bitCount)
        // rsaEncryption, with its NULL.
        let algorithm = element(element(9) + element(0))
        return element(version + algorithm + element(element(version + numbers + 5 * half)))
    }

    /// An unsigned number has a bit for its sign as well (X.690 §8.3).
    private static func integer(_ bitCount: Int) -> Int { element(bitCount / 8 + 1) }

    /// Identifier, length and content (X.690 §8.1).
    private static func element(_ content: Int) -> Int {
        switch content {
        case ..<0x80: 2 + content
        case ..<0x100: 3 + content
        case ..<0x1_0000: 4 + content
        default: 5 + content
        }
    }
}
