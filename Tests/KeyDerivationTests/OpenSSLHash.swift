import COpenSSL
import PKCS12
import Providers

/// The plainest hash there is to test against: one call of the library for each iteration.
struct OpenSSLHash: HashChain {
    func iterate(
        _ digest: DigestAlgorithm, message: UnsafeRawBufferPointer, iterations: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws {
        var current = Array(message)
        for _ in 0..<iterations { current = try Self.hash(digest, current) }
        output.copyBytes(from: current)
    }

    static func hash(_ digest: DigestAlgorithm, _ message: [UInt8]) throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: digest.byteCount)
        guard EVP_Digest(message, message.count, &result, nil, function(digest), nil) == 1 else {
            throw PKCS12Error(.cryptographyFailed, "EVP_Digest failed")
        }
        return result
    }

    static func hmac(_ digest: DigestAlgorithm, key: [UInt8], _ message: [UInt8]) throws -> [UInt8] {
        var result = [UInt8](repeating: 0, count: digest.byteCount)
        guard HMAC(function(digest), key, Int32(key.count), message, message.count, &result, nil) != nil else {
            throw PKCS12Error(.cryptographyFailed, "HMAC failed")
        }
        return result
    }

    /// The key that OpenSSL derives, whatever the method.
    static func derive(_ request: KeyDerivation) throws -> [UInt8] {
        var password = request.password.withUnsafeBytes { Array($0) }
        var salt = request.salt
        var key = [UInt8](repeating: 0, count: request.byteCount)
        let (passwordCount, saltCount) = (Int32(password.count), Int32(salt.count))
        let (iterations, keyCount) = (Int32(request.iterations), Int32(key.count))
        let status =
            switch request.method {
            case .pkcs12(let purpose):
                PKCS12_key_gen_uni(
                    &password, passwordCount, &salt, saltCount, Int32(purpose.rawValue), iterations, keyCount, &key,
                    function(request.digest))
            case .pbkdf2:
                password.withUnsafeBytes {
                    PKCS5_PBKDF2_HMAC(
                        $0.baseAddress?.assumingMemoryBound(to: CChar.self), passwordCount, salt, saltCount, iterations,
                        function(request.digest), keyCount, &key)
                }
            }
        guard status == 1 else { throw PKCS12Error(.cryptographyFailed, "OpenSSL derives no key") }
        return key
    }

    private static func function(_ digest: DigestAlgorithm) -> OpaquePointer? {
        switch digest {
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

/// Refuses to hash: whoever calls it gets its error back.
struct FailingHash: HashChain {
    static let error = PKCS12Error(.cryptographyFailed, "this hash always fails")

    func iterate(
        _ digest: DigestAlgorithm, message: UnsafeRawBufferPointer, iterations: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws {
        throw Self.error
    }
}
