import COpenSSL
import PKCS12
import Providers

extension OpenSSLCrypto {
    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        try KeyDerivations.derive(requests, hash: LowLevelHashChain(), pbkdf2: pbkdf2Key)
    }

    private func pbkdf2Key(_ request: KeyDerivation) throws -> SecretBytes {
        OpenSSLError.clear()
        let context = try openSSL("set up PBKDF2", pbkdf2.withPointer { EVP_KDF_CTX_new($0) })
        defer { EVP_KDF_CTX_free(context) }
        return try request.password.withUnsafeBytes { password in
            try request.salt.withUnsafeBytes { salt in
                try SecretBytes(capacity: request.byteCount) { output in
                    var iterations = UInt64(request.iterations)
                    // OpenSSL takes the length 0 of a parameter only with a pointer.
                    var nothing: UInt8 = 0
                    let status = withUnsafeMutablePointers(&iterations, &nothing) { iterations, nothing in
                        request.digest.withOpenSSLParameter { digest in
                            func octets(_ name: UnsafePointer<CChar>, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
                                OSSL_PARAM_construct_octet_string(
                                    name, UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? .init(nothing),
                                    bytes.count)
                            }
                            var parameters = [
                                octets(ParameterName.password, password), octets(ParameterName.salt, salt),
                                OSSL_PARAM_construct_uint64(ParameterName.iterations, iterations), digest,
                                OSSL_PARAM_construct_end(),
                            ]
                            return EVP_KDF_derive(context, output.bytes, output.count, &parameters)
                        }
                    }
                    try openSSL("derive a key with PBKDF2", status)
                    return output.count
                }
            }
        }
    }
}

private func withUnsafeMutablePointers<A, B, Result>(
    _ a: inout A, _ b: inout B, _ body: (UnsafeMutablePointer<A>, UnsafeMutablePointer<B>) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &a) { a in withUnsafeMutablePointer(to: &b) { b in body(a, b) } }
}
