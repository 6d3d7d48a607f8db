import CGnuTLS
import PKCS12
import SwiftASN1

/// A private key as GnuTLS keeps it; overwritten when it is freed.
final class X509PrivateKey {
    private let handle: gnutls_x509_privkey_t

    init() throws {
        handle = try gnuTLS("set up a key") { gnutls_x509_privkey_init(&$0) }
    }

    deinit { gnutls_x509_privkey_deinit(handle) }

    func withHandle<Result>(_ body: (gnutls_x509_privkey_t) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(handle)
    }

    /// The numbers of an RSA key with two primes.
    ///
    /// They are taken from the key's encoding, which GnuTLS keeps as it came: `gnutls_x509_privkey_export_rsa_raw2` gives
    /// dP, dQ and qInv as GnuTLS computed them, whatever the file says.
    ///
    /// - Throws: ``PKCS12Error`` `unsupportedAlgorithm` for another key, `malformed`, `cryptographyFailed`.
    func rsaNumbers() throws -> RSAPrivateKey {
        let kind = gnutls_x509_privkey_get_pk_algorithm(handle)
        guard kind == GNUTLS_PK_RSA.rawValue else {
            let name = gnutls_pk_get_name(gnutls_pk_algorithm_t(UInt32(bitPattern: kind))).map { String(cString: $0) }
            throw PKCS12Error(.unsupportedAlgorithm, "a key is not RSA (\(name ?? "unknown"))")
        }
        let encoded = try OwnedDatum("encode a key") {
            gnutls_x509_privkey_export2(handle, GNUTLS_X509_FMT_DER, $0)
        }
        do {
            let pkcs1 = encoded.withUnsafeBytes { SecretBytes(copying: $0) }
            let algorithm = AlgorithmIdentifier(algorithm: .AlgorithmIdentifier.rsaEncryption)
            return try RSAPrivateKey(PrivateKeyInfo(algorithm: algorithm, privateKey: pkcs1))
        } catch let error as PKCS12Error where error.code == .unsupportedKey {
            throw PKCS12Error(.unsupportedAlgorithm, error.reason)
        }
    }
}
