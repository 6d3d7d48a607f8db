import PKCS12
import Providers
import TestSupport
import Testing

/// The providers that are compared with each other: all that have a library behind them.
enum Differential {
    static var providers: [Provider] {
        get throws { [try InstalledProviders.openSSL, try InstalledProviders.gnuTLS] }
    }
}

/// What is written and read by every provider: the bags of a real file, and random salts that a test can have again.
struct DifferentialSample {
    let password: SecretBytes
    let key: SafeBag
    let certificate: SafeBag
    let mac = MACScheme(.pkcs12(.sha1), salt: [1, 2, 3, 4, 5, 6, 7, 8], iterations: 3)
    private let crypto: any CryptoProvider

    init(password: String = "recapi") throws {
        self.password = secret(password)
        crypto = try InstalledProviders.crypto
        let vector = Vectors.named("key-rsa-512")
        let bags = try PFXDecoder(cryptography: crypto)
            .decode(try vector.bytes, passwords: vector.passwords).allBags
        key = try #require(bags.first { if case .privateKey = $0.value { true } else { false } })
        certificate = try #require(bags.first { if case .certificate = $0.value { true } else { false } })
    }

    var privateKey: PrivateKeyInfo? {
        if case .privateKey(let info, _) = key.value { info } else { nil }
    }

    /// A file with both bags, the key and the list of certificates each under its own scheme.
    func pfx(key keyScheme: EncryptionScheme?, certificates scheme: EncryptionScheme?, mac: MACScheme?) -> PFX {
        var key = key
        if let privateKey { key.value = .privateKey(privateKey, shroud: keyScheme) }
        return PFX(
            contents: [
                SafeContents(encryption: scheme, bags: [certificate]), SafeContents(encryption: nil, bags: [key]),
            ], mac: mac)
    }

    func encode(_ pfx: PFX) throws -> [UInt8] {
        try PFXEncoder(cryptography: crypto).encode(pfx, password: password)
    }
}

/// Every way to encrypt and to protect that the format layer writes.
enum DifferentialScheme {
    static func encryption(_ generator: inout SeededGenerator) -> [EncryptionScheme] {
        var schemes: [EncryptionScheme] = []
        for keyByteCount in [5, 16] {
            schemes.append(
                .dangerousRC2SHA1(
                    keyByteCount: keyByteCount, salt: generator.bytes(1...40), iterations: count(&generator)))
        }
        schemes.append(.tripleDESSHA1(salt: generator.bytes(1...40), iterations: count(&generator)))
        schemes.append(.twoKeyTripleDESSHA1(salt: generator.bytes(1...40), iterations: count(&generator)))
        for cipher in ContentCipher.allCases {
            for prf in DigestAlgorithm.allCases {
                let vector = generator.bytes(cipher.blockByteCount...cipher.blockByteCount)
                schemes.append(
                    .pbes2(
                        cipher, prf: prf, salt: generator.bytes(1...40), initializationVector: vector,
                        iterations: count(&generator)))
            }
        }
        return schemes
    }

    static func macs(_ generator: inout SeededGenerator) -> [MACScheme?] {
        var algorithms = DigestAlgorithm.allCases.map { MACScheme.Algorithm.pkcs12($0) }
        for prf in DigestAlgorithm.allCases {
            for hmac in DigestAlgorithm.allCases {
                algorithms.append(.pbmac1(prf: prf, hmac: hmac, keyByteCount: hmac.byteCount))
            }
        }
        return [nil]
            + algorithms.map { MACScheme($0, salt: generator.bytes(1...40), iterations: count(&generator)) }
    }

    private static func count(_ generator: inout SeededGenerator) -> Int { Int.random(in: 1...9, using: &generator) }
}
