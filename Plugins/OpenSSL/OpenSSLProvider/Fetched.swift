import COpenSSL
import PKCS12

// One class for each kind of EVP object: fetched once (a fetch costs 160 ns and a lock), kept, freed with its owner.
// They are never changed after `init`, and OpenSSL counts their uses atomically: hence `@unchecked Sendable`.

/// A message digest.
final class Digest: Handle, @unchecked Sendable {
    // Sendable: see above.
    init(_ algorithm: DigestAlgorithm, in library: OpenSSLLibrary) throws {
        super.init(
            takingOwnership: try openSSL(
                "find \(algorithm)", library.withContext { EVP_MD_fetch($0, algorithm.openSSLName, nil) }),
            free: EVP_MD_free)
    }
}

/// A block cipher with a fixed key size.
final class Cipher: Handle, @unchecked Sendable {
    // Sendable: see above.

    /// nil where the loaded OpenSSL providers do not have it.
    init?(_ algorithm: ContentCipher, keyByteCount: Int, in library: OpenSSLLibrary) {
        let name = algorithm.openSSLName(keyByteCount: keyByteCount)
        guard let cipher = library.withContext({ EVP_CIPHER_fetch($0, name, nil) }) else {
            OpenSSLError.clear()
            return nil
        }
        super.init(takingOwnership: cipher, free: EVP_CIPHER_free)
    }
}

/// HMAC with a digest, ready to be copied and given a key.
final class HMACTemplate: Handle, @unchecked Sendable {
    // Sendable: see above.
    init(_ digest: DigestAlgorithm, in library: OpenSSLLibrary) throws {
        let mac = try openSSL("find HMAC", library.withContext { EVP_MAC_fetch($0, "HMAC", nil) })
        defer { EVP_MAC_free(mac) }  // the context keeps its own count
        super.init(takingOwnership: try openSSL("set up HMAC", EVP_MAC_CTX_new(mac)), free: EVP_MAC_CTX_free)
        try withPointer { context in
            try digest.withOpenSSLParameter { digest in
                var parameters = [digest, OSSL_PARAM_construct_end()]
                try openSSL("set up HMAC", EVP_MAC_CTX_set_params(context, &parameters))
            }
        }
    }
}

/// A key derivation function.
final class KeyDerivationFunction: Handle, @unchecked Sendable {
    // Sendable: see above.
    init(_ name: String, in library: OpenSSLLibrary) throws {
        super.init(
            takingOwnership: try openSSL("find \(name)", library.withContext { EVP_KDF_fetch($0, name, nil) }),
            free: EVP_KDF_free)
    }
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
