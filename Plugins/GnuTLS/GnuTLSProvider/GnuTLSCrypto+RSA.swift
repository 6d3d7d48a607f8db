import CGnuTLS
import PKCS12
import Providers

extension GnuTLSCrypto {
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        guard let bits = UInt32(exactly: bitCount) else {
            throw PKCS12Error(.invalidArgument, "there is no RSA key of \(bitCount) bits")
        }
        let key = try X509PrivateKey()
        try gnuTLS(
            "make an RSA key of \(bits) bits",
            key.withHandle { gnutls_x509_privkey_generate($0, GNUTLS_PK_RSA, bits, 0) })
        return try key.rsaNumbers()
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        try require(digest)
        let key = try SigningKey(key)
        return try message.withUnsafeBytes { try key.sign($0, with: digest) }
    }
}

extension GnuTLSCrypto {
    var verifiesSignatures: Bool { true }

    func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws {
        try require(digest)
        let handle: gnutls_pubkey_t = try gnuTLS("set up a key") { gnutls_pubkey_init(&$0) }
        defer { gnutls_pubkey_deinit(handle) }
        let status = try withDatums(
            of: [SecretBytes(copying: key.modulus), SecretBytes(copying: key.exponent)]
        ) { numbers in
            gnutls_pubkey_import_rsa_raw(handle, numbers, numbers + 1)
        }
        try gnuTLS("take over an RSA key", status)
        let result = try message.withUnsafeBytes { message in
            try signature.withUnsafeBytes { signature in
                var (message, signature) = (
                    try gnutls_datum_t(reading: message), try gnutls_datum_t(reading: signature)
                )
                // What is weak for a certificate on the internet is no matter here: whose key it is, is asked.
                return gnutls_pubkey_verify_data2(
                    handle, digest.gnuTLSSignature, UInt32(GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1.rawValue), &message,
                    &signature)
            }
        }
        guard result >= 0 else {
            guard result == GNUTLS_E_PK_SIG_VERIFY_FAILED else {
                try gnuTLS("verify a signature", result)
                return
            }
            throw PKCS12Error(.signatureInvalid, "the signature was not made with this key")
        }
    }
}

extension DigestAlgorithm {
    fileprivate var gnuTLSSignature: gnutls_sign_algorithm_t {
        gnutls_pk_to_sign(GNUTLS_PK_RSA, gnuTLSDigest)
    }
}

/// An RSA key that GnuTLS signs with.
private final class SigningKey {
    private let handle: gnutls_privkey_t

    init(_ key: RSAPrivateKey) throws {
        handle = try gnuTLS("set up a key") { gnutls_privkey_init(&$0) }
        let status = try withDatums(
            of: [SecretBytes(copying: key.modulus), SecretBytes(copying: key.publicExponent)] + [
                key.privateExponent, key.prime1, key.prime2, key.coefficient, key.exponent1, key.exponent2,
            ]
        ) { numbers in
            gnutls_privkey_import_rsa_raw(
                handle, numbers, numbers + 1, numbers + 2, numbers + 3, numbers + 4, numbers + 5, numbers + 6,
                numbers + 7)
        }
        try gnuTLS("take over an RSA key", status)
    }

    deinit { gnutls_privkey_deinit(handle) }

    func sign(_ message: UnsafeRawBufferPointer, with digest: DigestAlgorithm) throws -> [UInt8] {
        var message = try gnutls_datum_t(reading: message)
        let signature = try OwnedDatum("sign") {
            gnutls_privkey_sign_data(handle, digest.gnuTLSDigest, 0, &message, $0)
        }
        return signature.withUnsafeBytes(Array.init)
    }
}

/// Calls `body` with one datum for each secret, in order.
private func withDatums<Result>(
    of secrets: [SecretBytes], _ body: (UnsafePointer<gnutls_datum_t>) throws -> Result
) throws -> Result {
    func lend(_ rest: ArraySlice<SecretBytes>, _ datums: [gnutls_datum_t]) throws -> Result {
        guard let next = rest.first else { return try body(datums) }
        return try next.withUnsafeBytes { try lend(rest.dropFirst(), datums + [try gnutls_datum_t(reading: $0)]) }
    }
    return try lend(secrets[...], [])
}
