import PKCS12

/// Asks a provider for answers that are known, for each thing it claims, before the first file is put into its hands.
enum ConsistencyCheck {
    /// - Throws: ``ProviderError`` `inconsistent`, naming the first thing that is wrong.
    static func run(_ provider: Provider) throws(ProviderError) {
        do {
            if let crypto = provider.crypto { try CryptoCheck(crypto: crypto).run() }
            if let reader = provider.reader { try check(reader) }
        } catch let error as ProviderError {
            throw error
        } catch {
            throw ProviderError(.inconsistent, "a check of what the provider claims failed: \(error)")
        }
    }

    /// - Throws: ``ProviderError`` `inconsistent`.
    static func require(_ isRight: Bool, _ what: @autoclosure () -> String) throws {
        guard isRight else { throw ProviderError(.inconsistent, "the provider gets \(what()) wrong") }
    }

    private static func check(_ reader: any ReaderProvider) throws {
        let report = try reader.read(KnownPFX.file[...], password: SecretBytes(copying: KnownPFX.password.utf8))
        try require(report.keys.map(\.rsa) == [KnownRSAKey.key], "the key of a PFX")
        try require(report.certificates.map(\.der) == [KnownPFX.certificate], "the certificate of a PFX")
        let key = report.keys[0]
        for (field, isRight) in [
            (ReaderFields.providerName, key.providerNames == [KnownPFX.providerName]),
            (.machineKeySet, key.machineKeySet == true),
            (.keyUsage, key.keyUsage == KnownPFX.keyUsage),
            (.localKeyID, key.localKeyID == report.certificates[0].localKeyID && key.localKeyID != nil),
            (.friendlyName, key.friendlyName == KnownPFX.friendlyName),
        ] where reader.reports.contains(field) {
            try require(isRight, "the attributes of a PFX (\(field.rawValue))")
        }
        do {
            _ = try reader.read(KnownPFX.file[...], password: SecretBytes(copying: "other".utf8))
        } catch let error as PKCS12Error where error.code == .wrongPassword {
            return
        }
        try require(false, "a wrong password")
    }
}

/// The checks of a ``CryptoProvider``.
private struct CryptoCheck {
    let crypto: any CryptoProvider

    func run() throws {
        for digest in DigestAlgorithm.allCases where crypto.capabilities.digests.contains(digest) {
            try check(digest)
        }
        for cipher in ContentCipher.allCases where crypto.capabilities.ciphers.contains(cipher) {
            for count in cipher.keyByteCounts { try check(cipher, keyByteCount: count) }
        }
        try ConsistencyCheck.require(
            try crypto.randomBytes(32) != crypto.randomBytes(32), "random numbers")
        try checkRSA()
    }

    private func check(_ digest: DigestAlgorithm) throws {
        let answers = KnownAnswers.answers(for: digest)
        try ConsistencyCheck.require(
            try crypto.digest(Array("abc".utf8)[...], with: digest) == bytes(hex: answers.digest), "\(digest)")
        let mac = try crypto.hmac(
            Array("what do ya want for nothing?".utf8)[...], with: digest, key: SecretBytes(copying: "Jefe".utf8))
        try ConsistencyCheck.require(mac == bytes(hex: answers.hmac), "HMAC with \(digest)")

        let bmpPassword: [UInt8] = [0, 0x73, 0, 0x6d, 0, 0x65, 0, 0x67, 0, 0]  // smeg
        let keys = try crypto.derive([
            KeyDerivation(
                method: .pbkdf2, digest: digest, password: SecretBytes(copying: "password".utf8),
                salt: Array("salt".utf8), iterations: 2, byteCount: 20),
            KeyDerivation(
                method: .pkcs12(.encryptionKey), digest: digest, password: SecretBytes(copying: bmpPassword),
                salt: Array("saltsalt".utf8), iterations: 3, byteCount: 24),
        ])
        try ConsistencyCheck.require(
            keys.count == 2 && keys[0] == SecretBytes(copying: bytes(hex: answers.pbkdf2)), "PBKDF2 with \(digest)")
        try ConsistencyCheck.require(
            keys[1] == SecretBytes(copying: bytes(hex: answers.pkcs12)), "PKCS#12 key derivation with \(digest)")
    }

    private func check(_ cipher: ContentCipher, keyByteCount: Int) throws {
        guard let known = KnownAnswers.ciphertext(cipher, keyByteCount: keyByteCount) else { return }
        let key = SecretBytes(copying: (0..<keyByteCount).map { UInt8($0 + 1) })
        let iv = SecretBytes(copying: (0..<cipher.blockByteCount).map { UInt8($0 + 0xa0) })
        let text = SecretBytes(copying: KnownAnswers.text)
        let encrypted = try crypto.encrypt(text, with: cipher, key: key, iv: iv)
        try ConsistencyCheck.require(encrypted == bytes(hex: known), "encryption with \(cipher)")
        try ConsistencyCheck.require(
            try crypto.decrypt(encrypted[...], with: cipher, key: key, iv: iv) == text, "decryption with \(cipher)")
    }

    private func checkRSA() throws {
        try ConsistencyCheck.require(try crypto.check(KnownRSAKey.key) == [], "the check of a good RSA key")
        var bad = KnownRSAKey.key
        bad.exponent1 = KnownRSAKey.key.exponent2
        try ConsistencyCheck.require(try crypto.check(bad) == .exponent1, "the check of a bad RSA key")
        guard crypto.capabilities.digests.contains(.sha256) else { return }
        try ConsistencyCheck.require(
            try crypto.sign(KnownAnswers.text[...], with: .sha256, key: KnownRSAKey.key) == KnownRSAKey.signature,
            "an RSA signature")
        if crypto.verifiesSignatures { try checkVerification() }
    }

    private func checkVerification() throws {
        let key = RSAPublicKey(modulus: KnownRSAKey.key.modulus, exponent: KnownRSAKey.key.publicExponent)
        try crypto.verify(KnownRSAKey.signature, of: KnownAnswers.text[...], with: .sha256, key: key)
        do {
            try crypto.verify(KnownRSAKey.signature, of: KnownAnswers.text.dropLast(), with: .sha256, key: key)
        } catch let error as PKCS12Error where error.code == .signatureInvalid {
            return
        }
        try ConsistencyCheck.require(false, "a signature over another text")
    }
}
