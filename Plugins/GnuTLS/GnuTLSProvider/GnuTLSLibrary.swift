import CGnuTLS
import PKCS12

/// The GnuTLS of this process: its state is its own, and set up once.
///
/// GnuTLS reads the machine's crypto policy and knows FIPS mode: what they forbid, it refuses, and so does this provider.
struct GnuTLSLibrary: Sendable {
    /// Such as `GnuTLS 3.7.9`.
    let version: String
    let isInFIPSMode: Bool

    /// - Throws: ``PKCS12Error`` `cryptographyFailed` where the library cannot be set up.
    init() throws {
        try gnuTLS("start", gnutls_global_init())
        version = "GnuTLS " + (gnutls_check_version(nil).map { String(cString: $0) } ?? "of an unknown version")
        isInFIPSMode = gnutls_fips140_mode_enabled() != 0
    }
}
