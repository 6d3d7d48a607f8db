import COpenSSL
import CPKCS11
import PKCS12

/// An RSA key pair of this process, for tokens that wrap under public keys only (CKM_RSA_AES_KEY_WRAP, PKCS #11 v3.0 §6.1.23):
/// an AES key under RSAES-OAEP, and after it the key under that (RFC 5649).
final class TransportKey: @unchecked Sendable {
    // Sendable: not changed after `init`; OpenSSL's keys may be used from several threads then.
    private let key: OpaquePointer
    let modulus: [UInt8]
    let publicExponent: [UInt8]

    /// Made when it is first needed: that takes a while.
    static let shared = Result { try TransportKey() }

    private static let bitCount: Int32 = 3_072

    private init() throws {
        guard let context = EVP_PKEY_CTX_new_from_name(LibCrypto.context, "RSA", nil) else {
            throw LibCrypto.failure("make an RSA key")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, Self.bitCount) == 1,
            EVP_PKEY_generate(context, &made) == 1, let made
        else { throw LibCrypto.failure("make an RSA key") }
        key = made
        modulus = Self.number("n", made)
        publicExponent = Self.number("e", made)
    }

    deinit { EVP_PKEY_free(key) }

    /// With SHA-1, which is safe in OAEP, and which every token has.
    static var mechanism: Mechanism {
        let size = MemoryLayout<recapi_rsa_aes_key_wrap_params>.size
        var mechanism = Mechanism.rsaAESKeyWrap
        mechanism.structureByteCount = size
        mechanism.parameter = SecretBytes(capacity: size + MemoryLayout<CK_RSA_PKCS_OAEP_PARAMS>.size) { bytes in
            let oaep = UnsafeMutableRawBufferPointer(rebasing: bytes[size...])
                .bindMemory(to: CK_RSA_PKCS_OAEP_PARAMS.self)
            oaep[0] = CK_RSA_PKCS_OAEP_PARAMS(
                hashAlg: CK_MECHANISM_TYPE(CKM_SHA_1), mgf: CK_ULONG(CKG_MGF1_SHA1),
                source: CK_ULONG(CKZ_DATA_SPECIFIED), pSourceData: nil, ulSourceDataLen: 0)
            let outer = UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
                .bindMemory(to: recapi_rsa_aes_key_wrap_params.self)
            outer[0] = recapi_rsa_aes_key_wrap_params(ulAESKeyBits: 256, pOAEPParams: oaep.baseAddress)
            return bytes.count
        }
        return mechanism
    }

    /// Opens what a token wrapped with ``mechanism``.
    func unwrap(_ wrapped: [UInt8]) throws -> SecretBytes {
        guard wrapped.count > modulus.count else {
            throw PKCS12Error(.decryptionFailed, "what the token wrapped is too short for CKM_RSA_AES_KEY_WRAP")
        }
        let aesKey = try decrypt(Array(wrapped.prefix(modulus.count)))
        guard aesKey.count == 32 else {
            throw PKCS12Error(.decryptionFailed, "the token wrapped under an AES key of \(aesKey.count * 8) bits")
        }
        return try AESKeyWrap(key: aesKey).unwrap(Array(wrapped.dropFirst(modulus.count)))
    }

    private func decrypt(_ ciphertext: [UInt8]) throws -> SecretBytes {
        guard let context = EVP_PKEY_CTX_new_from_pkey(LibCrypto.context, key, nil) else {
            throw LibCrypto.failure("set up RSAES-OAEP")
        }
        defer { EVP_PKEY_CTX_free(context) }
        return try SecretBytes(capacity: ciphertext.count) { output in
            var count = output.count
            guard EVP_PKEY_decrypt_init(context) == 1,
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
                EVP_PKEY_decrypt(
                    context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &count, ciphertext,
                    ciphertext.count) == 1
            else { throw LibCrypto.failure("open what the token wrapped") }
            return count
        }
    }

    private static func number(_ name: String, _ key: OpaquePointer) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1, let number else { return [] }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }
}
