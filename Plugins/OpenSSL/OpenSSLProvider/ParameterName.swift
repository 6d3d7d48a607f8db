/// Names of OSSL_PARAM parameters as C strings that live for ever (OpenSSL keeps the pointers).
///
/// They are the values of macros of <openssl/core_names.h>.
enum ParameterName {
    static var digest: UnsafePointer<CChar> { pointer("digest") }
    static var password: UnsafePointer<CChar> { pointer("pass") }
    static var salt: UnsafePointer<CChar> { pointer("salt") }
    static var iterations: UnsafePointer<CChar> { pointer("iter") }

    /// The numbers of an RSA key, in the order of RFC 8017 appendix A.1.2.
    static var rsa: [UnsafePointer<CChar>] {
        [
            pointer("n"), pointer("e"), pointer("d"), pointer("rsa-factor1"), pointer("rsa-factor2"),
            pointer("rsa-exponent1"), pointer("rsa-exponent2"), pointer("rsa-coefficient1"),
        ]
    }

    private static func pointer(_ name: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
