import PKCS12

/// Answers that any right implementation gives.
///
/// Digests: FIPS 180-4 examples. HMAC: RFC 2202 and RFC 4231, test case 2. PBKDF2: with SHA-1 the second vector of
/// RFC 6070; the others by Python's hashlib from the same inputs. PKCS#12 derivation: by a Python transcription of
/// RFC 7292 appendix B.2 that agrees with `openssl kdf PKCS12KDF`. Ciphers: by `openssl enc`.
enum KnownAnswers {
    /// What is encrypted and signed.
    static let text = Array("recapi known answer".utf8)

    struct ForDigest {
        /// Of "abc".
        let digest: String
        /// With the key "Jefe", of "what do ya want for nothing?".
        let hmac: String
        /// Of "password" and "salt", 2 iterations, 20 bytes.
        let pbkdf2: String
        /// Of "smeg" and "saltsalt", 3 iterations, ID 1, 24 bytes: more than one block for the shortest digest.
        let pkcs12: String
    }

    /// Key: 1, 2, 3…; initialization vector: a0, a1, a2…; text: ``text``.
    static func ciphertext(_ cipher: ContentCipher, keyByteCount: Int) -> String? {
        switch (cipher, keyByteCount) {
        case (.tripleDESCBC, 24): "eb515e992aa973e7b516042883383a854853c93725a044a0"
        case (.rc2CBC, 5): "988d84cd610e0573987f807f5d464fa08a20dc13aa1ea976"
        case (.rc2CBC, 8): "46475181c9d665e1ccded188fb4495af740b7af9fd112c29"
        case (.rc2CBC, 16): "d00c8cc4801a4fb6613fee1c573e7928ec6aa3bbd28a4bf6"
        case (.aes128CBC, 16): "9b1cf1cc5073c49fa21048d07996aa276210cbe4d37e37ff4070165e0e79f216"
        case (.aes192CBC, 24): "e6b54bdadf6405fb0156705a8b6a9176368d683e55098ceb78f1430143b8c2f7"
        case (.aes256CBC, 32): "a635663d53fe642e317f02ba00086802d27257b6c8067a377b44a34bc8edcb5c"
        default: nil
        }
    }

    static func answers(for digest: DigestAlgorithm) -> ForDigest {
        switch digest {
        case .sha1:
            ForDigest(
                digest: "a9993e364706816aba3e25717850c26c9cd0d89d",
                hmac: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
                pbkdf2: "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
                pkcs12: "2e659079cd40699e57a2c094e5e9206d35cfd852de995ef0")
        case .sha224:
            ForDigest(
                digest: "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
                hmac: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
                pbkdf2: "93200ffa96c5776d38fa10abdf8f5bfc0054b971",
                pkcs12: "3da46721309c2a56ef5e9b861e675c209412fe1be38ecda2")
        case .sha256:
            ForDigest(
                digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                hmac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                pbkdf2: "ae4d0c95af6b46d32d0adff928f06dd02a303f8e",
                pkcs12: "bbbe16066810724d4b73725f14df06c819bf64fb7142c395")
        case .sha384:
            ForDigest(
                digest: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                    + "8086072ba1e7cc2358baeca134c825a7",
                hmac: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                    + "8e2240ca5e69e2c78b3239ecfab21649",
                pbkdf2: "54f775c6d790f21930459162fc535dbf04a93918",
                pkcs12: "1b7bfa5b00d7a686cb6d3bff87ee02bd2b658e6ca0c189f7")
        case .sha512:
            ForDigest(
                digest: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
                hmac: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                pbkdf2: "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e",
                pkcs12: "11b0c1e73dd3df14041f8805da1b8e7e8bc2850db311bd1f")
        }
    }
}
