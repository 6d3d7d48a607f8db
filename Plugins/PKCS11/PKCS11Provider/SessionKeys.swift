import CPKCS11
import PKCS12
import Providers

// Keys that are made for one call, and destroyed when it is over.

extension TokenShroud {
    /// nil where PKCS#11 has no such cipher with padding.
    var mechanism: Mechanism? {
        var mechanism: Mechanism
        switch cipher {
        case .tripleDESCBC: mechanism = .tripleDESCBC
        case .aes128CBC, .aes192CBC, .aes256CBC: mechanism = .aesCBC
        case .rc2CBC: return nil
        }
        mechanism.parameter = initializationVector
        return mechanism
    }
}

extension Session {
    /// Brings in the key of a shroud for one use: CKA_WRAP or CKA_UNWRAP.
    func withShroudKey<Result>(
        _ shroud: TokenShroud, for use: CK_ATTRIBUTE_TYPE,
        _ body: (_ key: CK_OBJECT_HANDLE, _ mechanism: Mechanism) throws -> Result
    ) throws -> Result {
        guard let mechanism = shroud.mechanism else {
            throw TokenError(.tokenFailed, "a token does not encrypt with \(shroud.cipher)")
        }
        let type = CK_ULONG(shroud.cipher == .tripleDESCBC ? CKK_DES3 : CKK_AES)
        let value = shroud.cipher == .tripleDESCBC ? shroud.key.withOddParity() : shroud.key
        let key = try create(Self.secretKey(type, value, for: [use]), "the wrapping key")
        defer { destroy(key) }
        return try body(key, mechanism)
    }

    /// Makes an AES-256 key whose value is known here, to wrap and unwrap with.
    func withKnownAESKey<Result>(
        _ body: (_ key: CK_OBJECT_HANDLE, _ value: SecretBytes) throws -> Result
    ) throws -> Result {
        let uses = [CK_ATTRIBUTE_TYPE(CKA_WRAP), CK_ATTRIBUTE_TYPE(CKA_UNWRAP)]
        let random = SecretBytes(capacity: 32) { bytes in
            var generator = SystemRandomNumberGenerator()
            for index in bytes.indices { bytes[index] = generator.next() }
            return bytes.count
        }
        do {
            let key = try create(Self.secretKey(CK_ULONG(CKK_AES), random, for: uses), "the wrapping key")
            defer { destroy(key) }
            return try body(key, random)
        } catch let failure as ModuleFailure where failure.what == "create the wrapping key" && !failure.value.isTrouble
        {
            // Some tokens take no secret keys from outside: those make one that they tell.
            let key = try generate(
                CK_MECHANISM_TYPE(CKM_AES_KEY_GEN),
                [
                    Attribute(CKA_VALUE_LEN, CK_ULONG(32)), Attribute(CKA_TOKEN, false),
                    Attribute(CKA_SENSITIVE, false), Attribute(CKA_EXTRACTABLE, true),
                ] + uses.map { Attribute($0, true) })
            defer { destroy(key) }
            guard let value = try secret(CK_ATTRIBUTE_TYPE(CKA_VALUE), key), value.count == 32 else { throw failure }
            return try body(key, value)
        }
    }

    /// Brings in a public key to wrap with.
    func withPublicKey<Result>(
        _ transport: TransportKey, _ body: (_ key: CK_OBJECT_HANDLE) throws -> Result
    ) throws -> Result {
        let key = try create(
            [
                Attribute(CKA_CLASS, CK_ULONG(CKO_PUBLIC_KEY)), Attribute(CKA_KEY_TYPE, CK_ULONG(CKK_RSA)),
                Attribute(CKA_TOKEN, false), Attribute(CKA_WRAP, true), Attribute(CKA_MODULUS, transport.modulus),
                Attribute(CKA_PUBLIC_EXPONENT, transport.publicExponent),
            ], "the wrapping key")
        defer { destroy(key) }
        return try body(key)
    }

    private static func secretKey(
        _ type: CK_ULONG, _ value: SecretBytes, for uses: [CK_ATTRIBUTE_TYPE]
    ) -> [Attribute] {
        [
            Attribute(CKA_CLASS, CK_ULONG(CKO_SECRET_KEY)), Attribute(CKA_KEY_TYPE, type),
            Attribute(CKA_TOKEN, false), Attribute(CKA_SENSITIVE, true), Attribute(CKA_EXTRACTABLE, false),
            Attribute(CKA_VALUE, value),
        ] + uses.map { Attribute($0, true) }
    }
}

extension SecretBytes {
    /// A copy in which each byte has an odd number of bits: tokens refuse other DES keys (PKCS #11 v2.40 §2.19.3, FIPS 46-3). What a
    /// password comes to has no parity, and the cipher does not look at that bit, the lowest.
    fileprivate func withOddParity() -> SecretBytes {
        withUnsafeBytes { bytes in
            SecretBytes(capacity: bytes.count) { copy in
                for (index, byte) in bytes.enumerated() {
                    let others = byte & 0xFE
                    copy[index] = others | (others.nonzeroBitCount.isMultiple(of: 2) ? 1 : 0)
                }
                return bytes.count
            }
        }
    }
}
