import CGnuTLS
import PKCS12
import Providers

extension GnuTLSCrypto {
    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        for request in requests { try require(request.digest) }
        return try KeyDerivations.derive(requests, hash: GnuTLSHashChain(), pbkdf2: Self.pbkdf2Key)
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
