import PKCS12
import Providers

/// RSA on numbers of at most 64 bits.
enum FakeRSA {
    /// p = 4294967291, q = 4294967279: the two largest primes of 32 bits.
    static let key: RSAPrivateKey = {
        let (p, q, e): (UInt64, UInt64, UInt64) = (4_294_967_291, 4_294_967_279, 65_537)
        let d = inverse(of: e, modulo: (p - 1) / 2 * (q - 1))
        return RSAPrivateKey(
            modulus: bytes(p * q), publicExponent: bytes(e), privateExponent: secret(d), prime1: secret(p),
            prime2: secret(q), exponent1: secret(d % (p - 1)), exponent2: secret(d % (q - 1)),
            coefficient: secret(inverse(of: q, modulo: p)))
    }()

    static func check(_ key: RSAPrivateKey) -> RSADefects {
        let (p, q, d) = (number(key.prime1), number(key.prime2), number(key.privateExponent))
        guard p > 1, q > 1 else { return [.modulus, .privateExponent, .exponent1, .exponent2, .coefficient] }
        let e = number(SecretBytes(copying: key.publicExponent))
        var defects: RSADefects = []
        if p.multipliedReportingOverflow(by: q) != (number(SecretBytes(copying: key.modulus)), false) {
            defects.insert(.modulus)
        }
        if product(e, d, modulo: p - 1) != 1 || product(e, d, modulo: q - 1) != 1 { defects.insert(.privateExponent) }
        if number(key.exponent1) != d % (p - 1) { defects.insert(.exponent1) }
        if number(key.exponent2) != d % (q - 1) { defects.insert(.exponent2) }
        let coefficient = number(key.coefficient)
        if coefficient >= p || product(coefficient, q, modulo: p) != 1 { defects.insert(.coefficient) }
        return defects
    }

    static func sign(_ digest: [UInt8], key: RSAPrivateKey) -> [UInt8] {
        let n = number(SecretBytes(copying: key.modulus))
        var (result, base, exponent): (UInt64, UInt64, UInt64) =
            (1, number(SecretBytes(copying: digest.prefix(7))), number(key.privateExponent))
        while exponent > 0 {
            if exponent & 1 == 1 { result = product(result, base, modulo: n) }
            base = product(base, base, modulo: n)
            exponent >>= 1
        }
        let signature = bytes(result)
        return Array(repeating: 0, count: key.modulus.count - signature.count) + signature
    }

    private static func product(_ a: UInt64, _ b: UInt64, modulo m: UInt64) -> UInt64 {
        m.dividingFullWidth((a % m).multipliedFullWidth(by: b % m)).remainder
    }

    private static func inverse(of a: UInt64, modulo m: UInt64) -> UInt64 {
        var (r, next, s, nextS): (Int128, Int128, Int128, Int128) = (Int128(m), Int128(a % m), 0, 1)
        while next != 0 {
            let quotient = r / next
            (r, next) = (next, r - quotient * next)
            (s, nextS) = (nextS, s - quotient * nextS)
        }
        return UInt64(s < 0 ? s + Int128(m) : s)
    }

    private static func number(_ secret: SecretBytes) -> UInt64 {
        secret.withUnsafeBytes { $0.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        Array(withUnsafeBytes(of: number.bigEndian, Array.init).drop { $0 == 0 })
    }

    private static func secret(_ number: UInt64) -> SecretBytes {
        SecretBytes(copying: bytes(number))
    }
}
