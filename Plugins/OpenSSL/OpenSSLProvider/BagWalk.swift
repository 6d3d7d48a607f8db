import COpenSSL
import PKCS12
import Providers

/// One walk over all bags of a PFX with one password.
struct BagWalk {
    let library: OpenSSLLibrary
    let password: Passphrase
    private var found = ReaderReport()

    init(library: OpenSSLLibrary, password: Passphrase) {
        self.library = library
        self.password = password
    }

    func report(of parts: PFXParts) throws -> ReaderReport {
        var walk = self
        try parts.forEach { safe, contents in
            let contents = try contents ?? SafeContents(decrypting: safe, with: password)
            try contents.withPointer { try walk.visit($0, depth: 0) }
        }
        return walk.found
    }

    /// - Parameter bags: a STACK_OF(PKCS12_SAFEBAG) that outlives the call.
    private mutating func visit(_ bags: OpaquePointer, depth: Int) throws {
        guard depth < 32 else { throw PKCS12Error(.malformed, "safe contents are nested too deeply") }
        for bag in elements(bags) {
            try visit(bag: OpaquePointer(bag), depth: depth)
        }
    }

    private mutating func visit(bag: OpaquePointer, depth: Int) throws {
        switch PKCS12_SAFEBAG_get_nid(bag) {
        case NID_keyBag:
            try addKey(try openSSL("read a key bag", PKCS12_SAFEBAG_get0_p8inf(bag)), of: bag)
        case NID_pkcs8ShroudedKeyBag:
            let key = try password.withCString {
                try decryptKey(bag, $0, $1)
            }
            defer { PKCS8_PRIV_KEY_INFO_free(key) }  // overwrites the key
            try addKey(key, of: bag)
        case NID_certBag where PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate:
            let attributes = Attributes(PKCS12_SAFEBAG_get0_attrs(bag))
            found.certificates.append(
                ReaderReport.Certificate(
                    der: try CertificateBag.certificate(in: bag), localKeyID: attributes.localKeyID,
                    friendlyName: attributes.friendlyName))
        case NID_safeContentsBag:
            guard let nested = PKCS12_SAFEBAG_get0_safes(bag) else { return }
            try visit(nested, depth: depth + 1)
        default:
            return  // CRLs and secrets: not what this reader is asked for
        }
    }

    private func decryptKey(_ bag: OpaquePointer, _ password: UnsafePointer<CChar>?, _ count: Int32) throws
        -> OpaquePointer
    {
        try openSSL(
            "decrypt a key", library.withContext { PKCS12_decrypt_skey_ex(bag, password, count, $0, nil) })
    }

    private mutating func addKey(_ key: OpaquePointer, of bag: OpaquePointer) throws {
        let attributes = Attributes(PKCS12_SAFEBAG_get0_attrs(bag))
        found.keys.append(
            ReaderReport.Key(
                rsa: try rsaNumbers(of: key), providerNames: attributes.providerNames,
                machineKeySet: attributes.has(NID_LocalKeySet),
                keyUsage: Attributes(PKCS8_pkey_get0_attrs(key)).keyUsage, localKeyID: attributes.localKeyID,
                friendlyName: attributes.friendlyName))
    }
}

/// The safes of a PFX, and the bags of those that are not encrypted.
struct PFXParts {
    private let safes: AuthenticatedSafe
    private let unencrypted: [SafeContents?]

    init(_ pfx: PFX) throws {
        safes = try AuthenticatedSafe(pfx)
        unencrypted = try safes.withPointer { try Self.list($0).map(SafeContents.init(unencrypted:)) }
    }

    /// How safes and keys are encrypted, as far as that is not encrypted itself; valid as long as this lives.
    var algorithms: [UnsafePointer<X509_ALGOR>] {
        safes.withPointer { Self.list($0).compactMap(algorithm(of:)) }
            + unencrypted.flatMap { $0?.withPointer(keyAlgorithms(in:)) ?? [] }
    }

    /// - Parameter body: gets each safe, and its bags where it is not encrypted.
    fileprivate func forEach(_ body: (UnsafeMutablePointer<PKCS7>, SafeContents?) throws -> Void) throws {
        try safes.withPointer { safes in
            for (safe, contents) in zip(Self.list(safes), unencrypted) { try body(safe, contents) }
        }
    }

    private static func list(_ safes: OpaquePointer) -> [UnsafeMutablePointer<PKCS7>] {
        elements(safes).map { $0.assumingMemoryBound(to: PKCS7.self) }
    }
}

/// STACK_OF(PKCS7): the safes of a PFX, encrypted or not.
private final class AuthenticatedSafe: Handle {
    init(_ pfx: PFX) throws {
        let safes = try pfx.withPointer { try openSSL("read the authenticated safe", PKCS12_unpack_authsafes($0)) }
        super.init(takingOwnership: safes) {
            OPENSSL_sk_pop_free($0) { PKCS7_free($0?.assumingMemoryBound(to: PKCS7.self)) }
        }
    }
}

/// STACK_OF(PKCS12_SAFEBAG): the bags of one safe.
private final class SafeContents: Handle {
    /// Nil where the safe is encrypted or of another kind.
    init?(unencrypted safe: UnsafeMutablePointer<PKCS7>) throws {
        guard OBJ_obj2nid(safe.pointee.type) == NID_pkcs7_data else { return nil }
        super.init(takingOwnership: try openSSL("read a safe", PKCS12_unpack_p7data(safe)), free: freeBags)
    }

    init(decrypting safe: UnsafeMutablePointer<PKCS7>, with password: Passphrase) throws {
        guard OBJ_obj2nid(safe.pointee.type) == NID_pkcs7_encrypted else {
            throw PKCS12Error(.unsupportedAlgorithm, "OpenSSL's reader opens only safes protected by a password")
        }
        let bags = try password.withCString { try openSSL("decrypt a safe", PKCS12_unpack_p7encdata(safe, $0, $1)) }
        super.init(takingOwnership: bags, free: freeBags)
    }
}

private func freeBags(_ bags: OpaquePointer?) {
    OPENSSL_sk_pop_free(bags) { PKCS12_SAFEBAG_free($0.map { OpaquePointer($0) }) }
}

/// How a safe is encrypted; nil where it is not.
private func algorithm(of safe: UnsafeMutablePointer<PKCS7>) -> UnsafePointer<X509_ALGOR>? {
    guard OBJ_obj2nid(safe.pointee.type) == NID_pkcs7_encrypted else { return nil }
    return UnsafePointer(safe.pointee.d.encrypted?.pointee.enc_data?.pointee.algorithm)
}

/// How the keys in these bags are encrypted.
private func keyAlgorithms(in bags: OpaquePointer) -> [UnsafePointer<X509_ALGOR>] {
    elements(bags).compactMap { bag in
        let bag = OpaquePointer(bag)
        guard PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag else { return nil }
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nil)
        return algorithm
    }
}

/// The elements of a STACK_OF anything.
func elements(_ stack: OpaquePointer) -> some Sequence<UnsafeMutableRawPointer> {
    (0..<max(OPENSSL_sk_num(stack), 0)).lazy.compactMap { OPENSSL_sk_value(stack, $0) }
}

/// The numbers of the RSA key in a PKCS#8 structure.
private func rsaNumbers(of key: OpaquePointer) throws -> RSAPrivateKey {
    var algorithm: OpaquePointer?
    var bytes: UnsafePointer<UInt8>?
    var count: Int32 = 0
    try openSSL("read a key", PKCS8_pkey_get0(&algorithm, &bytes, &count, nil, key))
    guard OBJ_obj2nid(algorithm) == NID_rsaEncryption else {
        let name = OBJ_nid2sn(OBJ_obj2nid(algorithm)).map { String(cString: $0) } ?? "unknown"
        throw PKCS12Error(.unsupportedAlgorithm, "a key is not RSA (\(name))")
    }
    guard let rsa = d2i_RSAPrivateKey(nil, &bytes, Int(count)) else {
        throw OpenSSLError.drain("read an RSA key", code: .malformed)
    }
    defer { RSA_free(rsa) }
    guard RSA_get_multi_prime_extra_count(rsa) == 0 else {
        throw PKCS12Error(.unsupportedAlgorithm, "an RSA key has more than two primes")
    }
    guard let n = RSA_get0_n(rsa), let e = RSA_get0_e(rsa), let d = RSA_get0_d(rsa), let p = RSA_get0_p(rsa),
        let q = RSA_get0_q(rsa), let dP = RSA_get0_dmp1(rsa), let dQ = RSA_get0_dmq1(rsa),
        let qInv = RSA_get0_iqmp(rsa)
    else { throw PKCS12Error(.malformed, "an RSA key lacks numbers") }
    return RSAPrivateKey(
        modulus: publicBytes(n), publicExponent: publicBytes(e), privateExponent: SecretBytes(d),
        prime1: SecretBytes(p), prime2: SecretBytes(q), exponent1: SecretBytes(dP), exponent2: SecretBytes(dQ),
        coefficient: SecretBytes(qInv))
}
