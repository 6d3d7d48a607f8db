import CGnuTLS
import PKCS12

/// A block cipher in CBC mode with its key and initialization vector, for one text of whole blocks.
protocol CBCCipher {
    /// Encrypts all of `input` into as many bytes of `output`.
    func encrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws
    /// Decrypts all of `input` into as many bytes of `output`.
    func decrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws
}

extension GnuTLSCrypto {
    static func cipher(_ algorithm: ContentCipher, key: SecretBytes, iv: SecretBytes) throws -> any CBCCipher {
        switch algorithm {
        case .tripleDESCBC: try GnuTLSCipher(GNUTLS_CIPHER_3DES_CBC, key: key, iv: iv)
        case .rc2CBC: NettleRC2(key: key, iv: iv)
        case .aes128CBC: try GnuTLSCipher(GNUTLS_CIPHER_AES_128_CBC, key: key, iv: iv)
        case .aes192CBC: try GnuTLSCipher(GNUTLS_CIPHER_AES_192_CBC, key: key, iv: iv)
        case .aes256CBC: try GnuTLSCipher(GNUTLS_CIPHER_AES_256_CBC, key: key, iv: iv)
        }
    }
}

/// A cipher of GnuTLS.
private final class GnuTLSCipher: CBCCipher {
    private let handle: gnutls_cipher_hd_t

    init(_ algorithm: gnutls_cipher_algorithm_t, key: SecretBytes, iv: SecretBytes) throws {
        handle = try key.withUnsafeBytes { key in
            try iv.withUnsafeBytes { iv in
                var key = try gnutls_datum_t(reading: key)
                var iv = try gnutls_datum_t(reading: iv)
                return try gnuTLS("set up a cipher") { gnutls_cipher_init(&$0, algorithm, &key, &iv) }
            }
        }
    }

    deinit { gnutls_cipher_deinit(handle) }

    func encrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
        try gnuTLS(
            "encrypt",
            gnutls_cipher_encrypt2(handle, input.baseAddress, input.count, output.baseAddress, output.count))
    }

    func decrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
        try gnuTLS(
            "decrypt",
            gnutls_cipher_decrypt2(handle, input.baseAddress, input.count, output.baseAddress, output.count))
    }
}

/// RC2 of nettle, on which GnuTLS is built: GnuTLS shows it with 40-bit keys only, and PKCS#12 has 64 and 128 bits too.
private final class NettleRC2: CBCCipher {
    private let schedule: SecretBytes
    private let iv: SecretBytes

    /// - Parameter key: 5, 8 or 16 bytes; the length in bits is the effective key size.
    init(key: SecretBytes, iv: SecretBytes) {
        self.iv = iv
        schedule = SecretBytes(capacity: MemoryLayout<arctwo_ctx>.size) { schedule in
            key.withUnsafeBytes { key in
                nettle_arctwo_set_key_ekb(
                    schedule.baseAddress?.assumingMemoryBound(to: arctwo_ctx.self), key.count, key.bytes,
                    UInt32(key.count * 8))
            }
            return schedule.count
        }
    }

    func encrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        run(nettle_cbc_encrypt, nettle_arctwo128.encrypt, input, output)
    }

    func decrypt(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        run(nettle_cbc_decrypt, nettle_arctwo128.decrypt, input, output)
    }

    private typealias BlockFunction =
        @convention(c) (
            UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?
        ) -> Void

    private func run(
        _ mode: (
            UnsafeRawPointer?, BlockFunction?, Int, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?
        ) -> Void,
        _ block: BlockFunction?, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) {
        schedule.withUnsafeBytes { schedule in
            // The mode changes its vector as it goes.
            var vector = iv.withUnsafeBytes(Array.init)
            mode(schedule.baseAddress, block, vector.count, &vector, input.count, output.bytes, input.bytes)
        }
    }
}
