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
