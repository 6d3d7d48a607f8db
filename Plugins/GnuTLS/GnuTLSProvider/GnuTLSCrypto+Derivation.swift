import CGnuTLS
import PKCS12
import Providers

extension GnuTLSCrypto {
    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        for request in requests { try require(request.digest) }
        // All chains of PKCS#12 go in one call: they run side by side.
        var pkcs12 = try PKCS12Derivation.derive(requests.filter { $0.method != .pbkdf2 }, hash: GnuTLSHashChain())[...]
        return try requests.map { request in
            if request.method == .pbkdf2 { return try Self.pbkdf2Key(request) }
            guard let key = pkcs12.popFirst() else {
                throw PKCS12Error(.cryptographyFailed, "a derived key is missing")
            }
            return key
        }
    }

    static func pbkdf2Key(_ request: KeyDerivation) throws -> SecretBytes {
        guard let iterations = UInt32(exactly: request.iterations), iterations >= 1, request.byteCount >= 1 else {
            throw PKCS12Error(
                .invalidArgument,
                "GnuTLS cannot derive \(request.byteCount) bytes with \(request.iterations) iterations")
        }
        return try request.password.withUnsafeBytes { password in
            try request.salt.withUnsafeBytes { salt in
                var password = try gnutls_datum_t(reading: password)
                var salt = try gnutls_datum_t(reading: salt)
                return try SecretBytes(capacity: request.byteCount) { output in
                    try gnuTLS(
                        "derive a key with PBKDF2",
                        gnutls_pbkdf2(
                            request.digest.gnuTLSMAC, &password, &salt, iterations, output.baseAddress, output.count))
                    return output.count
                }
            }
        }
    }
}
