import SwiftASN1

/// How a part of a PFX is encrypted under the password: the algorithm and all its parameters.
///
/// One of the schemes of RFC 7292 appendix C (two or three-key 3DES and RC2 with SHA-1), or PBES2 of RFC 8018 §6.2
/// with PBKDF2.
public struct EncryptionScheme: Sendable, Hashable {
    public enum Derivation: Sendable, Hashable {
        /// RFC 7292 appendix B with SHA-1, which gives the initialization vector as well.
        case pkcs12
        /// PBKDF2 with this HMAC; the initialization vector is part of the file.
        case pbkdf2(prf: DigestAlgorithm, initializationVector: [UInt8])
    }

    public var derivation: Derivation
    public var cipher: ContentCipher
    /// 16 for two-key 3DES; otherwise one of the cipher's own sizes.
    public var keyByteCount: Int
    public var salt: [UInt8]
    public var iterations: Int

    init(derivation: Derivation, cipher: ContentCipher, keyByteCount: Int, salt: [UInt8], iterations: Int) {
        self.derivation = derivation
        self.cipher = cipher
        self.keyByteCount = keyByteCount
        self.salt = salt
        self.iterations = iterations
    }

    /// pbeWithSHAAnd3-KeyTripleDES-CBC: what every Windows reads.
    public static func tripleDESSHA1(salt: [UInt8], iterations: Int) -> EncryptionScheme {
        EncryptionScheme(
            derivation: .pkcs12, cipher: .tripleDESCBC, keyByteCount: 24, salt: salt, iterations: iterations)
    }

    /// pbeWithSHAAnd2-KeyTripleDES-CBC, for old files.
    public static func twoKeyTripleDESSHA1(salt: [UInt8], iterations: Int) -> EncryptionScheme {
        EncryptionScheme(
            derivation: .pkcs12, cipher: .tripleDESCBC, keyByteCount: 16, salt: salt, iterations: iterations)
    }

    /// pbeWithSHAAnd128BitRC2-CBC or pbeWithSHAAnd40BitRC2-CBC, for old files: anybody can break the latter.
    public static func dangerousRC2SHA1(keyByteCount: Int, salt: [UInt8], iterations: Int) -> EncryptionScheme {
        EncryptionScheme(
            derivation: .pkcs12, cipher: .rc2CBC, keyByteCount: keyByteCount, salt: salt, iterations: iterations)
    }

    /// PBES2 with PBKDF2.
    ///
    /// - Parameter initializationVector: as long as a block of the cipher.
    public static func pbes2(
        _ cipher: ContentCipher, prf: DigestAlgorithm, salt: [UInt8], initializationVector: [UInt8], iterations: Int
    ) -> EncryptionScheme {
        EncryptionScheme(
            derivation: .pbkdf2(prf: prf, initializationVector: initializationVector), cipher: cipher,
            keyByteCount: cipher.keyByteCounts.last ?? 0, salt: salt, iterations: iterations)
    }

    /// As OpenSSL prints it: `pbeWithSHA1And3-KeyTripleDES-CBC`, or `PBES2, AES-256-CBC, hmacWithSHA256`.
    public var name: String {
        switch derivation {
        case .pkcs12:
            AlgorithmName.of(Self.pbes1Identifier(cipher, keyByteCount))
        case .pbkdf2(let prf, _):
            "PBES2, \(AlgorithmName.of(cipher.identifier)), \(AlgorithmName.of(prf.hmacIdentifier))"
        }
    }

    /// The ciphertext, where the cipher can have written it: a whole number of blocks, at least one.
    func checked(_ ciphertext: [UInt8]) throws(PKCS12Error) -> [UInt8] {
        guard canGive(ciphertext) else {
            throw PKCS12Error(.malformed, "an encrypted part has \(ciphertext.count) bytes, which \(name) never gives")
        }
        return ciphertext
    }

    /// What has to be derived from a password (UTF-8) before anything can be encrypted or decrypted with it.
    public func derivations(for password: SecretBytes) -> [KeyDerivation] {
        derivations(EncodedPassword(password))
    }

    func canGive(_ ciphertext: [UInt8]) -> Bool {
        !ciphertext.isEmpty && ciphertext.count.isMultiple(of: cipher.blockByteCount)
    }

    /// The key and the initialization vector that the scheme derives from a password, for whoever encrypts or decrypts
    /// with them elsewhere, such as in a token.
    ///
    /// - Parameter password: UTF-8.
    /// - Throws: ``PKCS12Error`` `invalidArgument`, `unsupportedAlgorithm`, `cryptographyFailed`.
    public func keyAndVector(for password: SecretBytes, with cryptography: any PKCS12Cryptography) throws -> (
        key: SecretBytes, initializationVector: SecretBytes
    ) {
        let (key, vector) = try keyAndVector(try cryptography.deriveAll(derivations(EncodedPassword(password)).checked))
        return (key, vector)
    }

    func derivations(_ password: EncodedPassword) -> [KeyDerivation] {
        switch derivation {
        case .pkcs12:
            [(KeyDerivation.Purpose.encryptionKey, keyByteCount), (.initializationVector, cipher.blockByteCount)].map {
                KeyDerivation(
                    method: .pkcs12($0.0), digest: .sha1, password: password.bmp, salt: salt, iterations: iterations,
                    byteCount: $0.1)
            }
        case .pbkdf2(let prf, _):
            [
                KeyDerivation(
                    method: .pbkdf2, digest: prf, password: password.octets, salt: salt, iterations: iterations,
                    byteCount: keyByteCount)
            ]
        }
    }

    /// The key and the initialization vector, from what ``derivations(_:)`` gave.
    func keyAndVector(_ derived: some Collection<SecretBytes>) throws(PKCS12Error) -> (
        key: SecretBytes, iv: SecretBytes
    ) {
        var derived = Array(derived)[...]
        guard var key = derived.popFirst() else {
            throw PKCS12Error(.cryptographyFailed, "a key is missing from the derivation")
        }
        if cipher == .tripleDESCBC && keyByteCount == 16 {
            key = key.withUnsafeBytes { key in
                SecretBytes(capacity: 24) { target in
                    target.copyBytes(from: key)
                    target[16..<24].copyBytes(from: key[..<8])
                    return 24
                }
            }
        }
        if case .pbkdf2(_, let vector) = derivation {
            return (key, SecretBytes(copying: vector))
        }
        guard let vector = derived.popFirst() else {
            throw PKCS12Error(.cryptographyFailed, "an initialization vector is missing from the derivation")
        }
        return (key, vector)
    }
}

extension UnsafeMutableRawBufferPointer.SubSequence {
    fileprivate func copyBytes(from source: some Collection<UInt8>) {
        UnsafeMutableRawBufferPointer(rebasing: self).copyBytes(from: source)
    }
}
