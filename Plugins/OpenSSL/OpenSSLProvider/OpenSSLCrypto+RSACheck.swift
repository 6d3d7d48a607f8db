import COpenSSL
import PKCS12
import Providers

extension OpenSSLCrypto {
    func check(_ key: RSAPrivateKey) throws -> RSADefects {
        OpenSSLError.clear()
        let arithmetic = try RSAArithmetic(key, in: library)
        var defects: RSADefects = []
        if try !arithmetic.modulusIsProduct() { defects.insert(.modulus) }
        if try !arithmetic.exponentsAreInverse() { defects.insert(.privateExponent) }
        if try !arithmetic.isReduced(arithmetic.exponent1, by: arithmetic.prime1) { defects.insert(.exponent1) }
        if try !arithmetic.isReduced(arithmetic.exponent2, by: arithmetic.prime2) { defects.insert(.exponent2) }
        if try !arithmetic.coefficientIsInverse() { defects.insert(.coefficient) }
        return defects
    }
}

/// The relations between the numbers of an RSA key (RFC 8017 §3.2), without a test of primality.
private struct RSAArithmetic {
    let modulus: BigNumber
    let publicExponent: BigNumber
    let privateExponent: BigNumber
    let prime1: Prime
    let prime2: Prime
    let exponent1: BigNumber
    let exponent2: BigNumber
    let coefficient: BigNumber
    private let scratch: BigNumberContext
    private let result: BigNumber

    /// A prime and its predecessor; a number of at most 1 has no use as a modulus.
    struct Prime {
        let value: BigNumber
        let predecessor: BigNumber
        let isUsable: Bool

        init(_ bytes: SecretBytes) throws {
            value = try BigNumber(secret: bytes)
            predecessor = try BigNumber(secret: bytes)
            isUsable = !value.isZero && !value.isOne
            if isUsable { try predecessor.subtractOne() }
        }
    }

    init(_ key: RSAPrivateKey, in library: OpenSSLLibrary) throws {
        scratch = try BigNumberContext(library)
        result = try BigNumber()
        modulus = try BigNumber(key.modulus)
        publicExponent = try BigNumber(key.publicExponent)
        privateExponent = try BigNumber(secret: key.privateExponent)
        prime1 = try Prime(key.prime1)
        prime2 = try Prime(key.prime2)
        exponent1 = try BigNumber(secret: key.exponent1)
        exponent2 = try BigNumber(secret: key.exponent2)
        coefficient = try BigNumber(secret: key.coefficient)
    }

    /// n = p·q
    func modulusIsProduct() throws -> Bool {
        guard prime1.isUsable, prime2.isUsable else { return false }
        try result.setProduct(prime1.value, prime2.value, scratch)
        return result.compared(to: modulus) == 0
    }

    /// e·d ≡ 1 modulo p − 1 and q − 1, which is e·d ≡ 1 modulo λ(n)
    func exponentsAreInverse() throws -> Bool {
        try isInverse(publicExponent, privateExponent, modulo: prime1.predecessor, where: prime1.isUsable)
            && isInverse(publicExponent, privateExponent, modulo: prime2.predecessor, where: prime2.isUsable)
    }

    /// dP = d mod p − 1
    func isReduced(_ exponent: BigNumber, by prime: Prime) throws -> Bool {
        guard prime.isUsable else { return false }
        try result.setRemainder(of: privateExponent, by: prime.predecessor, scratch)
        return result.compared(to: exponent) == 0
    }

    /// qInv·q ≡ 1 modulo p, and qInv < p
    func coefficientIsInverse() throws -> Bool {
        try coefficient.compared(to: prime1.value) < 0
            && isInverse(coefficient, prime2.value, modulo: prime1.value, where: prime1.isUsable)
    }

    private func isInverse(_ a: BigNumber, _ b: BigNumber, modulo: BigNumber, where isUsable: Bool) throws -> Bool {
        guard isUsable else { return false }
        try result.setProduct(a, b, modulo: modulo, scratch)
        return result.isOne
    }
}
