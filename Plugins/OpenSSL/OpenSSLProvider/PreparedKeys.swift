import COpenSSL
import COpenSSLHashing
import PKCS12

/// The keys of a file's bags, derived side by side before OpenSSL's reader asks for them one after the other.
///
/// Only those of PBES1 with SHA-1 (RFC 7292 appendix C): a PKCS12KDF can be lent keys, OpenSSL's PBKDF2 is left alone.
struct PreparedKeys {
    private let requests: [KeyDerivation]
    private let keys: [SecretBytes]

    /// - Parameters:
    ///   - algorithms: X509_ALGOR, as they stand in the file. What cannot be prepared is skipped: the library judges it.
    ///   - password: As OpenSSL's functions get it.
    init(for algorithms: [UnsafePointer<X509_ALGOR>], password: Passphrase, by crypto: OpenSSLCrypto) throws {
        // More bags than this are no file of Windows, and are derived when their turn comes.
        let wanted = algorithms.prefix(16).compactMap(Parameters.init)
        guard !wanted.isEmpty, let password = password.bmpString() else {
            (requests, keys) = ([], [])
            return
        }
        requests = wanted.flatMap { $0.requests(password) }
        keys = try crypto.deriveAll(requests)
    }

    /// Lends the keys to PKCS12KDF on this thread while `body` runs.
    func lend<Result>(_ body: () throws -> Result) rethrows -> Result {
        defer { recapi_forget_prepared_keys() }
        for (request, key) in zip(requests, keys) {
            guard case .pkcs12(let purpose) = request.method else { continue }
            request.password.withUnsafeBytes { password in
                request.salt.withUnsafeBytes { salt in
                    key.withUnsafeBytes { key in
                        // Without memory for it, a key is derived when its turn comes.
                        _ = recapi_lend_prepared_key(
                            password.baseAddress, password.count, salt.baseAddress, salt.count,
                            UInt64(request.iterations), Int32(purpose.rawValue), key.baseAddress, key.count)
                    }
                }
            }
        }
        return try body()
    }

    /// pkcs-12PbeParams ::= SEQUENCE { salt OCTET STRING, iterations INTEGER }
    private struct Parameters {
        let keyByteCount: Int
        let salt: [UInt8]
        let iterations: Int

        init?(_ algorithm: UnsafePointer<X509_ALGOR>) {
            var object: OpaquePointer?
            var type: Int32 = 0
            var value: UnsafeRawPointer?
            X509_ALGOR_get0(&object, &type, &value, algorithm)
            switch OBJ_obj2nid(object) {
            case NID_pbe_WithSHA1And3_Key_TripleDES_CBC: keyByteCount = 24
            case NID_pbe_WithSHA1And2_Key_TripleDES_CBC, NID_pbe_WithSHA1And128BitRC2_CBC: keyByteCount = 16
            case NID_pbe_WithSHA1And40BitRC2_CBC: keyByteCount = 5
            default: return nil
            }
            guard type == V_ASN1_SEQUENCE, let value else { return nil }
            let sequence = value.assumingMemoryBound(to: ASN1_STRING.self)
            var position = ASN1_STRING_get0_data(sequence)
            guard let parameters = d2i_PBEPARAM(nil, &position, Int(ASN1_STRING_length(sequence))) else { return nil }
            defer { PBEPARAM_free(parameters) }
            salt = Array(
                UnsafeBufferPointer(
                    start: ASN1_STRING_get0_data(parameters.pointee.salt),
                    count: Int(ASN1_STRING_length(parameters.pointee.salt))))
            var iterations: Int64 = 0
            // Counts that no program writes are the library's to refuse or to run.
            guard ASN1_INTEGER_get_int64(&iterations, parameters.pointee.iter) == 1,
                (1...1_000_000).contains(iterations), !salt.isEmpty
            else { return nil }
            self.iterations = Int(iterations)
        }

        func requests(_ password: SecretBytes) -> [KeyDerivation] {
            [(KeyDerivation.Purpose.encryptionKey, keyByteCount), (.initializationVector, 8)].map {
                KeyDerivation(
                    method: .pkcs12($0), digest: .sha1, password: password, salt: salt, iterations: iterations,
                    byteCount: $1)
            }
        }
    }
}

extension Passphrase {
    /// As `PKCS12_key_gen_utf8_ex` encodes it; nil where there is none or it is not UTF-8.
    fileprivate func bmpString() -> SecretBytes? {
        withCString { text, count in
            var count = count
            guard let text, let encoded = OPENSSL_utf82uni(text, count, nil, &count) else { return nil }
            defer { CRYPTO_clear_free(encoded, Int(count), nil, 0) }
            return SecretBytes(copying: UnsafeRawBufferPointer(start: encoded, count: Int(count)))
        }
    }
}
