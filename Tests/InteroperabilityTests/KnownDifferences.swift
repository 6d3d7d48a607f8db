extension KnownDifference {
    static let vectors = [
        KnownDifference(
            [.ownReader], ["gnutls"], found: "unsupportedAlgorithm", ["openssl-rc2-128", "openssl-2des"],
            because: "GnuTLS 3.7.9 knows RC2 of 40 bits and 3DES with three keys only (lib/x509/pkcs7-crypt.c)"),
        KnownDifference(
            [.ownReader], ["openssl", "gnutls"], found: "wrongPassword", ["openssl-password-double-encoded"],
            because:
                "OpenSSL before 1.1 wrote each byte of a UTF-8 password as one character; recapi tries this form as "
                + "well, the libraries' readers only the password as it is given"),
        KnownDifference(
            [.ownReader], ["gnutls"], found: "malformed", ["trailing-bytes", "trailing-zeros"],
            because: "GnuTLS takes no bytes behind the PFX"),
    ]

    /// What the tools make today, both libraries read.
    static let fresh: [KnownDifference] = []

    static let corpus = [
        KnownDifference(
            [.opens, .thumbprints, .converts], both, found: "unsupportedAlgorithm", ["openjdk-17-3d5a61e95061.p12"],
            because: "recapi has no RC4, which is broken (RFC 7465); the file's key is DSA besides"),
        KnownDifference(
            [.opens, .thumbprints, .converts, .readsOther], both, found: "unsupportedAlgorithm",
            ["formats-b4e368ad222b.pfx"],
            because: "recapi has no MAC with BLAKE2b, which no standard of PKCS#12 names and Windows does not read"),
        KnownDifference(
            [.ownReader], ["gnutls"], found: "unsupportedAlgorithm", ["formats-b4e368ad222b.pfx"],
            because: "GnuTLS has no MAC with BLAKE2b either"),
    ]

    private static let both = ["openssl", "gnutls"]
}
