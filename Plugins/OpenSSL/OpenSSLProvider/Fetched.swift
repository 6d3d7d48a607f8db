import COpenSSL
import PKCS12

// One class for each kind of EVP object: fetched once (a fetch costs 160 ns and a lock), kept, freed with its owner.
// They are never changed after `init`, and OpenSSL counts their uses atomically: hence `@unchecked Sendable`.

/// A message digest.
final class Digest: @unchecked Sendable {
    // Sendable: see above.
    let handle: OpaquePointer

    init(_ algorithm: DigestAlgorithm, in library: OpenSSLLibrary) throws {
        handle = try openSSL("find \(algorithm)", EVP_MD_fetch(library.context, algorithm.openSSLName, nil))
    }

    deinit { EVP_MD_free(handle) }
}

/// A block cipher with a fixed key size.
final class Cipher: @unchecked Sendable {
    // Sendable: see above.
    let handle: OpaquePointer

    /// nil where the loaded OpenSSL providers do not have it.
    init?(_ algorithm: ContentCipher, keyByteCount: Int, in library: OpenSSLLibrary) {
        guard let cipher = EVP_CIPHER_fetch(library.context, algorithm.openSSLName(keyByteCount: keyByteCount), nil) else {
            OpenSSLError.clear()
            return nil
        }
        handle = cipher
    }

    deinit { EVP_CIPHER_free(handle) }
}

/// HMAC with a digest, ready to be copied and given a key.
final class HMACTemplate: @unchecked Sendable {
    // Sendable: see above.
    let context: OpaquePointer

    init(_ digest: DigestAlgorithm, in library: OpenSSLLibrary) throws {
        let mac = try openSSL("find HMAC", EVP_MAC_fetch(library.context, "HMAC", nil))
        defer { EVP_MAC_free(mac) }
        context = try openSSL("set up HMAC", EVP_MAC_CTX_new(mac))
        let status = digest.withOpenSSLParameter { digest in
            var parameters = [digest, OSSL_PARAM_construct_end()]
            return EVP_MAC_CTX_set_params(context, &parameters)
        }
        guard status == 1 else {
            EVP_MAC_CTX_free(context)
            throw OpenSSLError.drain("set up HMAC with \(digest)")
        }
    }

    deinit { EVP_MAC_CTX_free(context) }
}

/// A key derivation function.
final class KeyDerivationFunction: @unchecked Sendable {
    // Sendable: see above.
    let handle: OpaquePointer

    init(_ name: String, in library: OpenSSLLibrary) throws {
        handle = try openSSL("find \(name)", EVP_KDF_fetch(library.context, name, nil))
    }

    deinit { EVP_KDF_free(handle) }
}

extension DigestAlgorithm {
    var openSSLName: String {
        switch self {
        case .sha1: "SHA1"
        case .sha224: "SHA2-224"
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        }
    }

    /// Calls `body` with the parameter that names the digest.
    func withOpenSSLParameter<Result>(_ body: (OSSL_PARAM) throws -> Result) rethrows -> Result {
        var name = openSSLName.utf8CString.map { $0 }
        return try name.withUnsafeMutableBufferPointer { name in
            try body(OSSL_PARAM_construct_utf8_string(ParameterName.digest, name.baseAddress, 0))
        }
    }
}

extension ContentCipher {
    fileprivate func openSSLName(keyByteCount: Int) -> String {
        switch self {
        case .tripleDESCBC: "DES-EDE3-CBC"
        // Named by the effective key size, which OpenSSL does not take from the key's length.
        case .rc2CBC: keyByteCount == 16 ? "RC2-CBC" : "RC2-\(keyByteCount * 8)-CBC"
        case .aes128CBC: "AES-128-CBC"
        case .aes192CBC: "AES-192-CBC"
        case .aes256CBC: "AES-256-CBC"
        }
    }
}
