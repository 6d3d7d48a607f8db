import COpenSSL
import COpenSSLHashing
import Dispatch
import PKCS12
import Synchronization
import Testing

/// PKCS12KDF of the OpenSSL plugin's private provider, which its reader derives with: the same keys as RFC 7292 and the
/// default provider give.
@Suite("PKCS12KDF of the OpenSSL plugin")
struct OpenSSLProviderKDFTests {
    /// A library context as `OpenSSLLibrary` makes it.
    private final class Library {
        let context: OpaquePointer

        init() throws {
            context = try #require(OSSL_LIB_CTX_new())
            _ = try #require(OSSL_PROVIDER_load(context, "default"))
            try #require(OSSL_PROVIDER_add_builtin(context, "recapi", recapi_hashing_provider) == 1)
            _ = try #require(OSSL_PROVIDER_load(context, "recapi"))
            try #require(EVP_set_default_properties(context, "?provider=recapi") == 1)
        }

        deinit { OSSL_LIB_CTX_free(context) }

        func derive(_ request: KeyDerivation, properties: String? = nil) throws -> [UInt8] {
            try #require(try deriveIfPossible(request, properties: properties))
        }

        /// Nil where OpenSSL says that it failed.
        func deriveIfPossible(_ request: KeyDerivation, properties: String? = nil) throws -> [UInt8]? {
            let digest = try #require(EVP_MD_fetch(context, Self.name(request.digest), nil))
            defer { EVP_MD_free(digest) }
            var password = request.password.withUnsafeBytes { Array($0) }
            var salt = request.salt
            var key = [UInt8](repeating: 0, count: request.byteCount)
            let status = PKCS12_key_gen_uni_ex(
                &password, Int32(password.count), &salt, Int32(salt.count), request.id,
                Int32(request.iterations), Int32(key.count), &key, digest, context, properties)
            return status == 1 ? key : nil
        }

        private static func name(_ digest: DigestAlgorithm) -> String {
            switch digest {
            case .sha1: "SHA1"
            case .sha224: "SHA224"
            case .sha256: "SHA256"
            case .sha384: "SHA384"
            case .sha512: "SHA512"
            }
        }
    }

    @Test("keys are those that RFC 7292 says")
    func vectors() throws {
        let library = try Library()
        for vector in try DerivationVector.load() {
            #expect(hex(try library.derive(vector.request())) == vector.key, "\(vector)")
        }
    }

    @Test("keys are those of the default provider, whatever the lengths", arguments: [0, 2, 62, 64, 66, 128, 400])
    func lengths(passwordByteCount: Int) throws {
        let library = try Library()
        // OpenSSL does not derive from nothing at all.
        for saltByteCount in [0, 1, 8, 20, 63, 64, 65, 200] where saltByteCount + passwordByteCount > 0 {
            for byteCount in [1, 8, 19, 20, 21, 24, 40, 41, 100] {
                for purpose in [KeyDerivation.Purpose.encryptionKey, .initializationVector, .macKey] {
                    let request = KeyDerivation(
                        method: .pkcs12(purpose), digest: .sha1,
                        password: SecretBytes(
                            copying: (0..<passwordByteCount).map { UInt8(truncatingIfNeeded: 251 &* $0) }),
                        salt: (0..<saltByteCount).map { UInt8(truncatingIfNeeded: 255 - $0) },
                        iterations: 1 + (saltByteCount + byteCount) % 3, byteCount: byteCount)
                    #expect(
                        try library.derive(request) == library.derive(request, properties: "provider=default"),
                        "\(request)")
                }
            }
        }
    }

    /// A shape that no other test has: what is proven is proven for the process.
    private static func request(iterations: Int, salt: [UInt8] = Array(1...13)) -> KeyDerivation {
        KeyDerivation(
            method: .pkcs12(.encryptionKey), digest: .sha1, password: SecretBytes(copying: [0, 97, 0, 0]), salt: salt,
            iterations: iterations, byteCount: 24)
    }

    @Test("a lent key is compared with SHA-1's own the first time, and given from then on")
    func lentKeys() throws {
        let library = try Library()
        let first = Self.request(iterations: 1_001)
        let expected = try library.derive(first)
        lend(expected, for: first)
        #expect(try library.derive(first) == expected)

        // A key that nobody would derive shows that nobody did.
        let second = Self.request(iterations: 1_001, salt: Array(2...14))
        let marked = [UInt8](repeating: 0xa5, count: 24)
        lend(marked, for: second)
        #expect(try library.derive(second) == marked)
        recapi_forget_prepared_keys()
        #expect(try library.derive(second) == library.derive(second, properties: "provider=default"))
    }

    @Test("the key of a MAC is lent as others are, and the default provider's where none is")
    func lentMACKeys() throws {
        let library = try Library()
        var request = Self.request(iterations: 1_004)
        request.method = .pkcs12(.macKey)
        request.byteCount = 20
        let expected = try library.derive(request)
        #expect(try expected == library.derive(request, properties: "provider=default"))
        lend(expected, for: request)
        #expect(try library.derive(request) == expected)
        recapi_forget_prepared_keys()
        let marked = [UInt8](repeating: 0xa5, count: 20)
        lend(marked, for: request)
        #expect(try library.derive(request) == marked)
        recapi_forget_prepared_keys()
        #expect(try library.derive(request) == expected)
    }

    @Test("a lent key that is wrong fails the derivation where its shape is new")
    func wrongKey() throws {
        let library = try Library()
        let request = Self.request(iterations: 1_002)
        for _ in 1...2 {
            lend([UInt8](repeating: 0xa5, count: 24), for: request)
            #expect(try library.deriveIfPossible(request) == nil)
            recapi_forget_prepared_keys()
        }
        #expect(try library.derive(request) == library.derive(request, properties: "provider=default"))
    }

    @Test("a lent key is given for exactly what it was derived from, and on its own thread only")
    func otherRequests() throws {
        let library = try Library()
        let request = Self.request(iterations: 1_003)
        lend(try library.derive(request), for: request)
        _ = try library.derive(request)
        recapi_forget_prepared_keys()
        lend([UInt8](repeating: 0xa5, count: 24), for: request)
        var others = [Self.request(iterations: 1_003, salt: Array(3...15))]
        var other = request
        other.password = SecretBytes(copying: [0, 98, 0, 0])
        others.append(other)
        other = request
        other.method = .pkcs12(.initializationVector)
        others.append(other)
        other = request
        other.method = .pkcs12(.macKey)
        others.append(other)
        other = request
        other.byteCount = 16
        others.append(other)
        for other in others {
            #expect(try library.derive(other) == library.derive(other, properties: "provider=default"), "\(other)")
        }
        let onAnotherThread = Mutex<[UInt8]?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            onAnotherThread.withLock { $0 = try? Library().derive(request) }
            isDone.signal()
        }
        isDone.wait()
        #expect(
            try onAnotherThread.withLock { $0 } == library.derive(request, properties: "provider=default"))
        recapi_forget_prepared_keys()
    }

    private func lend(_ key: [UInt8], for request: KeyDerivation) {
        request.password.withUnsafeBytes { password in
            #expect(
                recapi_lend_prepared_key(
                    password.baseAddress, password.count, request.salt, request.salt.count,
                    UInt64(request.iterations), request.id, key, key.count) == 1)
        }
    }

    @Test("the private provider is the one that derives keys, and not those of the MAC")
    func whoDerives() throws {
        let library = try Library()
        let kdf = try #require(EVP_KDF_fetch(library.context, "PKCS12KDF", nil))
        defer { EVP_KDF_free(kdf) }
        let provider = try #require(EVP_KDF_get0_provider(kdf))
        #expect(String(cString: OSSL_PROVIDER_get0_name(provider)) == "recapi")
    }

    @Test("parameters that come apart, are missing or make no sense give what the default provider gives")
    func oddParameters() throws {
        let library = try Library()
        let kdf = try #require(EVP_KDF_fetch(library.context, "PKCS12KDF", nil))
        defer { EVP_KDF_free(kdf) }
        let context = try #require(EVP_KDF_CTX_new(kdf))
        defer { EVP_KDF_CTX_free(context) }
        var key = [UInt8](repeating: 0, count: 24)
        #expect(EVP_KDF_derive(context, &key, key.count, nil) != 1, "nothing is set")
        EVP_KDF_CTX_reset(context)
        var id: Int32 = 1
        var salt: [UInt8] = [1, 2, 3]
        // The parameters hold pointers, to names as well: those last as long as the closures.
        let takesID = "id".withCString { name in
            withUnsafeMutablePointer(to: &id) { id in
                EVP_KDF_CTX_set_params(context, [OSSL_PARAM_construct_int(name, id), OSSL_PARAM_construct_end()])
            }
        }
        #expect(takesID == 1)
        let takesSalt = "salt".withCString { name in
            salt.withUnsafeMutableBytes { salt in
                EVP_KDF_CTX_set_params(
                    context,
                    [OSSL_PARAM_construct_octet_string(name, salt.baseAddress, salt.count), OSSL_PARAM_construct_end()])
            }
        }
        #expect(takesSalt == 1)
        #expect(EVP_KDF_derive(context, &key, key.count, nil) != 1, "there is no password")
    }
}

extension KeyDerivation {
    /// The ID byte of RFC 7292 appendix B.3; 0 for PBKDF2.
    fileprivate var id: Int32 {
        guard case .pkcs12(let purpose) = method else { return 0 }
        return Int32(purpose.rawValue)
    }
}
