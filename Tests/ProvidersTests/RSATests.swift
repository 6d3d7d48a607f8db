import PKCS12
import Providers
import TestSupport
import Testing

@Suite struct RSATests {
    @Test(arguments: Subject.all)
    func aNewKeyIsWithoutDefects(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        #expect(key.bitCount == subject.rsaBitCount)
        #expect(key.publicExponent == [1, 0, 1])
        #expect(try crypto.check(key) == [])
    }

    @Test(arguments: Subject.all)
    func eachWrongNumberIsItsOwnDefect(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        func defects(_ change: (inout RSAPrivateKey) -> Void) throws -> RSADefects {
            var changed = key
            change(&changed)
            return try crypto.check(changed)
        }
        #expect(try defects { $0.modulus[0] ^= 1 } == .modulus)
        #expect(try defects { $0.publicExponent = [3] }.contains(.privateExponent))
        #expect(try defects { $0.privateExponent = changed($0.privateExponent) }.contains(.privateExponent))
        #expect(try defects { $0.exponent1 = changed($0.exponent1) } == .exponent1)
        #expect(try defects { $0.exponent2 = changed($0.exponent2) } == .exponent2)
        #expect(try defects { $0.coefficient = changed($0.coefficient) } == .coefficient)
        #expect(try defects { swap(&$0.prime1, &$0.prime2) }.contains(.coefficient))
        #expect(try !defects { $0.prime1 = changed($0.prime1) }.intersection([.modulus]).isEmpty)
    }

    @Test(arguments: Subject.all)
    func numbersWithoutSenseAreDefectsAndNoErrors(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        for nonsense: [UInt8] in [[], [0], [1]] {
            for number: WritableKeyPath<RSAPrivateKey, SecretBytes> in [
                \.privateExponent, \.prime1, \.prime2, \.exponent1, \.exponent2, \.coefficient,
            ] {
                var broken = key
                broken[keyPath: number] = secret(nonsense)
                #expect(try crypto.check(broken) != [])
            }
            var broken = key
            broken.modulus = nonsense
            #expect(try crypto.check(broken).contains(.modulus))
        }
    }

    @Test(arguments: Subject.all)
    func unreducedCRTValuesAreDefects(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        // d itself is congruent to dP and dQ, but not reduced.
        var unreduced = key
        unreduced.exponent1 = key.privateExponent
        unreduced.exponent2 = key.privateExponent
        #expect(try crypto.check(unreduced) == [.exponent1, .exponent2])
    }

    @Test(arguments: Subject.all)
    func aSignatureIsDeterministicAndHasTheSizeOfTheModulus(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        let signature = try crypto.sign([1, 2, 3], with: .sha256, key: key)
        #expect(signature.count == key.modulus.count)
        #expect(try crypto.sign([1, 2, 3], with: .sha256, key: key) == signature)
        #expect(try crypto.sign([1, 2, 4], with: .sha256, key: key) != signature)
        #expect(try crypto.sign([1, 2, 3], with: .sha512, key: key) != signature)
    }

    /// Those that verify signatures.
    static let verifiers = Subject.all.filter { $0.testDescription != "fake" }

    @Test(arguments: verifiers, DigestAlgorithm.allCases)
    func aSignatureVerifiesAndAnythingElseDoesNot(subject: Subject, digest: DigestAlgorithm) throws {
        let crypto = try subject.crypto
        #expect(crypto.verifiesSignatures)
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        let other = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        let publicKey = RSAPublicKey(modulus: key.modulus, exponent: key.publicExponent)
        let otherKey = RSAPublicKey(modulus: other.modulus, exponent: other.publicExponent)
        let message = Array("a message".utf8)
        let signature = try crypto.sign(message[...], with: digest, key: key)
        try crypto.verify(signature, of: message[...], with: digest, key: publicKey)

        func isRefused(_ signature: [UInt8], _ message: [UInt8], _ digest: DigestAlgorithm, _ key: RSAPublicKey) -> Bool
        {
            code { try crypto.verify(signature, of: message[...], with: digest, key: key) } == .signatureInvalid
        }
        for index in [0, signature.count / 2, signature.count - 1] {
            var damaged = signature
            damaged[index] ^= 1
            #expect(isRefused(damaged, message, digest, publicKey))
        }
        #expect(isRefused(Array(repeating: 0, count: signature.count), message, digest, publicKey))
        #expect(isRefused(Array(repeating: 0xff, count: signature.count), message, digest, publicKey))
        #expect(isRefused(signature.dropLast(), message, digest, publicKey))
        #expect(isRefused(signature + [0], message, digest, publicKey))
        #expect(isRefused([0] + signature, message, digest, publicKey))
        #expect(isRefused([], message, digest, publicKey))
        #expect(isRefused(signature, message.dropLast(), digest, publicKey))
        #expect(isRefused(signature, [], digest, publicKey))
        #expect(isRefused(signature, message, digest, otherKey))
        for wrong in DigestAlgorithm.allCases where wrong != digest {
            #expect(isRefused(signature, message, wrong, publicKey))
        }
    }

    @Test(arguments: verifiers)
    func publicKeysThatAreNoneVerifyNothing(subject: Subject) throws {
        let crypto = try subject.crypto
        let key = try crypto.generateRSAKey(bitCount: subject.rsaBitCount)
        let good = RSAPublicKey(modulus: key.modulus, exponent: key.publicExponent)
        let signature = try crypto.sign([1], with: .sha256, key: key)
        // What the exponent 1 would let through: the padded digest itself (RFC 8017 §9.2).
        let digest = try crypto.digest([1], with: .sha256)
        let prefix: [UInt8] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ]
        let padded =
            [0, 1] + Array(repeating: 0xff, count: key.modulus.count - 3 - prefix.count - digest.count) + [0] + prefix
            + digest
        var even = key.modulus
        even[even.count - 1] &= 0xfe
        for (modulus, exponent) in [
            (good.modulus, []), (good.modulus, [0]), (good.modulus, [1]), (good.modulus, [2]), (good.modulus, [0, 3]),
            (good.modulus, good.modulus), (even, good.exponent), ([0] + good.modulus, good.exponent),
            (good.modulus.dropLast(), good.exponent), ([], good.exponent), ([0], good.exponent), ([3], good.exponent),
            (Array(repeating: 0xff, count: 2_049), good.exponent),
        ] as [([UInt8], [UInt8])] {
            for forged in [signature, padded, Array(repeating: 1, count: modulus.count), [1], [0], []] {
                #expect(
                    code {
                        try crypto.verify(
                            forged, of: [1], with: .sha256, key: RSAPublicKey(modulus: modulus, exponent: exponent))
                    } == .signatureInvalid)
            }
        }
        try crypto.verify(signature, of: [1], with: .sha256, key: good)
    }

    @Test func whoCannotVerifySaysSo() throws {
        let crypto = try #require(try FakeProvider.provider().crypto)
        #expect(!crypto.verifiesSignatures)
        let fake = try crypto.generateRSAKey(bitCount: 64)
        let key = RSAPublicKey(modulus: fake.modulus, exponent: fake.publicExponent)
        #expect(code { try crypto.verify([1], of: [1], with: .sha1, key: key) } == .unsupportedAlgorithm)
    }

    @Test func keysOfCommonSizesAreMadeByOpenSSL() throws {
        let crypto = try #require(try InstalledProviders.openSSL.crypto)
        for bitCount in [512, 1024, 3072] where bitCount >= 512 {
            let key = try crypto.generateRSAKey(bitCount: bitCount)
            #expect(key.bitCount == bitCount)
            #expect(try crypto.check(key) == [])
        }
    }

    /// The same number with its last bit changed.
    private func changed(_ number: SecretBytes) -> SecretBytes {
        var bytes = number.withUnsafeBytes(Array.init)
        bytes[bytes.count - 1] ^= 1
        return secret(bytes)
    }
}
