import COpenSSL
import COpenSSLHashing
import PKCS12

/// The keys of a file, derived side by side before OpenSSL's reader asks for them one after the other.
///
/// Only those of PBES1 and of MACs with SHA-1 (RFC 7292 appendices B and C): a PKCS12KDF can be lent keys, OpenSSL's
/// PBKDF2 is left alone.
struct PreparedKeys {
    private var requests: [KeyDerivation] = []
    private var keys: [SecretBytes] = []

    /// Derives the keys of several files together.
    ///
    /// - Returns: those of each; none where it cannot be done: then each is derived when its turn comes.
    static func derive(_ requests: [[KeyDerivation]], by crypto: OpenSSLCrypto) -> [PreparedKeys] {
        guard var keys = try? crypto.deriveAll(Array(requests.joined()))[...] else {
            return requests.map { _ in PreparedKeys() }
        }
        return requests.map { requests in
            defer { keys = keys.dropFirst(requests.count) }
            return PreparedKeys(requests: requests, keys: Array(keys.prefix(requests.count)))
        }
    }

    /// What PKCS12KDF will be asked for.
    ///
    /// - Parameters:
    ///   - algorithms: X509_ALGOR, as they stand in the file. What cannot be prepared is skipped: the library judges it.
    ///   - mac: as it stands in the file; nil where its key is to be the library's alone.
    ///   - password: As OpenSSL's functions get it.
    static func requests(
        for algorithms: [UnsafePointer<X509_ALGOR>], mac: MACParameters?, password: Passphrase
    ) -> [KeyDerivation] {
        // More bags than this are no file of Windows, and are derived when their turn comes.
        let parameters = algorithms.prefix(16).compactMap(Parameters.init)
        guard !parameters.isEmpty || mac != nil, let password = password.bmpString() else { return [] }
        return parameters.flatMap { $0.requests(password) } + [mac].compactMap { $0?.request(password) }
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
            salt = octets(of: parameters.pointee.salt)
            guard !salt.isEmpty, let iterations = preparedIterations(parameters.pointee.iter) else { return nil }
            self.iterations = iterations
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

/// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
struct MACParameters {
    private let salt: [UInt8]
    private let iterations: Int

    /// Nil where there is no MAC, or one that cannot be prepared.
    ///
    /// - Parameter pfx: PKCS12.
    init?(_ pfx: OpaquePointer) {
        var algorithm: UnsafePointer<X509_ALGOR>?
        var salt: UnsafePointer<ASN1_OCTET_STRING>?
        var count: UnsafePointer<ASN1_INTEGER>?
        PKCS12_get0_mac(nil, &algorithm, &salt, &count, pfx)
        guard let algorithm, let salt, let count else { return nil }
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        guard OBJ_obj2nid(object) == NID_sha1, let iterations = preparedIterations(count) else {
            return nil
        }
        self.salt = octets(of: salt)
        self.iterations = iterations
        if self.salt.isEmpty { return nil }
    }

    func request(_ password: SecretBytes) -> KeyDerivation {
        KeyDerivation(
            method: .pkcs12(.macKey), digest: .sha1, password: password, salt: salt, iterations: iterations,
            byteCount: DigestAlgorithm.sha1.byteCount)
    }
}

/// Nil for counts that no program writes: they are the library's to refuse or to run.
private func preparedIterations(_ number: UnsafePointer<ASN1_INTEGER>?) -> Int? {
    var iterations: Int64 = 0
    guard ASN1_INTEGER_get_int64(&iterations, number) == 1, (1...1_000_000).contains(iterations) else { return nil }
    return Int(iterations)
}

private func octets(of string: UnsafePointer<ASN1_OCTET_STRING>?) -> [UInt8] {
    Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
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
