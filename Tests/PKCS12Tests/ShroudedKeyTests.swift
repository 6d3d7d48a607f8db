import TestSupport
import Testing

@testable import PKCS12

/// Keys that stay in their shrouds, on the way in and on the way out.
@Suite struct ShroudedKeyTests {
    /// Counts nothing, and refuses to decrypt what it is told to leave alone.
    private struct Guarded: PKCS12Cryptography {
        struct Touched: Error {}
        let cryptography: any PKCS12Cryptography
        let forbidden: [[UInt8]]

        func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] { try cryptography.derive(requests) }
        func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
            -> [UInt8]
        { try cryptography.encrypt(plaintext, with: cipher, key: key, iv: iv) }
        func decrypt(
            _ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes
        ) throws -> SecretBytes {
            if forbidden.contains(where: { ciphertext.elementsEqual($0) }) { throw Touched() }
            return try cryptography.decrypt(ciphertext, with: cipher, key: key, iv: iv)
        }
        func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
            try cryptography.hmac(data, with: digest, key: key)
        }
        func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
            try cryptography.digest(data, with: digest)
        }
        func randomBytes(_ count: Int) throws -> [UInt8] { try cryptography.randomBytes(count) }
    }

    private func decodeShrouded(
        _ file: [UInt8], _ password: String, cryptography: (any PKCS12Cryptography)? = nil
    ) throws -> PFX {
        var decoder = PFXDecoder(cryptography: try cryptography ?? InstalledProviders.crypto)
        decoder.opensShroudedKeys = false
        return try decoder.decode(file, passwords: [secret(password)])
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func whatIsLeftShroudedIsWrittenToTheSameBytes(seed: UInt64) throws {
        var random = RandomPFX(seed: seed)
        let opened = random.pfx()
        let password = random.random.pick(RoundTripTests.passwords)
        let file = try encode(opened, password)
        let shrouded = try decodeShrouded(file, password)
        #expect(try encode(shrouded, password) == file)
        #expect(try decodeShrouded(try encode(shrouded, password), password) == shrouded)
        #expect(try decode(try encode(shrouded, password), password) == opened)
        let left = shrouded.allBags.count { if case .shroudedKey = $0.value { true } else { false } }
        let written = opened.allBags.count { if case .privateKey(_, shroud: _?) = $0.value { true } else { false } }
        #expect(left == written)
    }

    @Test func onlyTheKeyIsNotDecrypted() throws {
        for vector in [Vectors.named("openssl-3des"), Vectors.named("openssl-default")] {
            let shrouded = try decodeShrouded(vector.bytes, vector.password)
            let ciphertexts = shrouded.allBags.compactMap {
                if case .shroudedKey(_, let ciphertext) = $0.value { ciphertext } else { nil }
            }
            try #require(!ciphertexts.isEmpty)
            let guarded = Guarded(cryptography: try InstalledProviders.crypto, forbidden: ciphertexts)
            #expect(try decodeShrouded(vector.bytes, vector.password, cryptography: guarded) == shrouded)
            #expect(throws: Guarded.Touched.self) {
                try PFXDecoder(cryptography: guarded).decode(vector.bytes, passwords: [secret(vector.password)])
            }
            // A wrong password is no reason to try the key either.
            #expect(
                ["wrongPassword", "macMismatch"].contains(
                    errorCode { try decodeShrouded(vector.bytes, "not it", cryptography: guarded) }))
            #expect(shrouded.certificates.map(\.der) == (try decode(vector.bytes, vector.password)).certificates.map(\.der))
        }
    }

    /// What is derived for a scheme is what others encrypt and decrypt with.
    @Test(arguments: [
        EncryptionScheme.tripleDESSHA1(salt: [1, 2, 3, 4, 5, 6, 7, 8], iterations: 2000),
        .pbes2(
            .aes256CBC, prf: .sha256, salt: [1, 2, 3, 4, 5, 6, 7, 8],
            initializationVector: Array(1...16), iterations: 2000),
    ])
    func aKeyThatOthersShroudedIsOpenedByOpenSSL(scheme: EncryptionScheme) throws {
        let crypto = try InstalledProviders.crypto
        let key = try crypto.generateRSAKey(bitCount: 2048)
        let (secretKey, vector) = try scheme.keyAndVector(for: secret("shroud"), with: crypto)
        let plain = try key.privateKeyInfo().encoded()
        let ciphertext = try InstalledProviders.gnuTLS.crypto!.encrypt(
            plain, with: scheme.cipher, key: secretKey, iv: vector)
        let file = try encode(
            PFX(
                contents: [
                    SafeContents(encryption: nil, bags: [SafeBag(.shroudedKey(scheme, ciphertext: ciphertext))])
                ], mac: MACScheme(.pkcs12(.sha1), salt: [1], iterations: 1)), "shroud")
        let folder = try TemporaryFolder()
        let path = try folder.write(file, to: "shrouded.pfx")
        let found = try ExternalTool.openssl.check(
            ["pkcs12", "-in", path, "-passin", "pass:shroud", "-nocerts", "-nodes"])
        let modulus = try ExternalTool.openssl.check(["rsa", "-noout", "-modulus"], input: found.standardOutput).text
        #expect(modulus == "Modulus=\(hex(key.modulus))\n")
        #expect(try RSAPrivateKey(try #require(decode(file, "shroud").keys.first).info) == key)
    }

    @Test func whatNoCipherGivesIsNotWritten() throws {
        let scheme = EncryptionScheme.tripleDESSHA1(salt: [1], iterations: 1)
        for ciphertext in [[], [1], Array(repeating: 0, count: 9)] as [[UInt8]] {
            let bag = SafeBag(.shroudedKey(scheme, ciphertext: ciphertext))
            #expect(
                errorCode { try encode(PFX(contents: [SafeContents(encryption: nil, bags: [bag])], mac: nil), "x") }
                    == "invalidArgument")
        }
        #expect(
            errorCode {
                try EncryptionScheme.tripleDESSHA1(salt: [1], iterations: 0)
                    .keyAndVector(for: secret("x"), with: InstalledProviders.crypto)
            } == "invalidArgument")
    }
}
