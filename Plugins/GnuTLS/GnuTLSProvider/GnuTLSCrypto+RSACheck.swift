import PKCS12
import Providers

extension GnuTLSCrypto {
    func check(_ key: RSAPrivateKey) -> RSADefects {
        RSARelations(key).defects
    }
}

/// The relations between the numbers of an RSA key (RFC 8017 §3.2), without a test of primality.
private struct RSARelations {
    let modulus: SecretNumber
    let publicExponent: SecretNumber
    let privateExponent: SecretNumber
    let prime1: SecretNumber
    let prime2: SecretNumber
    let exponent1: SecretNumber
    let exponent2: SecretNumber
    let coefficient: SecretNumber

    init(_ key: RSAPrivateKey) {
        modulus = SecretNumber(SecretBytes(copying: key.modulus))
        publicExponent = SecretNumber(SecretBytes(copying: key.publicExponent))
        privateExponent = SecretNumber(key.privateExponent)
        prime1 = SecretNumber(key.prime1)
        prime2 = SecretNumber(key.prime2)
        exponent1 = SecretNumber(key.exponent1)
        exponent2 = SecretNumber(key.exponent2)
        coefficient = SecretNumber(key.coefficient)
    }

    var defects: RSADefects {
        var defects: RSADefects = []
        if !modulusIsProduct { defects.insert(.modulus) }
        if !exponentsAreInverse { defects.insert(.privateExponent) }
        if !isRemainder(exponent1, ofDividingBy: prime1) { defects.insert(.exponent1) }
        if !isRemainder(exponent2, ofDividingBy: prime2) { defects.insert(.exponent2) }
        if !coefficientIsInverse { defects.insert(.coefficient) }
        return defects
    }

    /// n = p·q
    private var modulusIsProduct: Bool {
        // Sizes tell enough where they do not fit: absurd ones are not multiplied.
        guard prime1.isUsableAsModulus, prime2.isUsableAsModulus,
            prime1.limbCount + prime2.limbCount <= modulus.limbCount + 1
        else { return false }
        return prime1.multiplied(by: prime2) == modulus
    }

    /// e·d ≡ 1 modulo p − 1 and q − 1, which is e·d ≡ 1 modulo λ(n)
    private var exponentsAreInverse: Bool {
        guard prime1.isUsableAsModulus, prime2.isUsableAsModulus else { return false }
        let product = publicExponent.multiplied(by: privateExponent)
        return [prime1.predecessor, prime2.predecessor].allSatisfy { product.remainder(dividingBy: $0).isOne }
    }

    /// dP = d mod p − 1
    private func isRemainder(_ exponent: SecretNumber, ofDividingBy prime: SecretNumber) -> Bool {
        prime.isUsableAsModulus && privateExponent.remainder(dividingBy: prime.predecessor) == exponent
    }

    /// qInv·q ≡ 1 modulo p, and qInv < p
    private var coefficientIsInverse: Bool {
        guard prime1.isUsableAsModulus, coefficient.remainder(dividingBy: prime1) == coefficient else { return false }
        return coefficient.multiplied(by: prime2).remainder(dividingBy: prime1).isOne
    }
}
