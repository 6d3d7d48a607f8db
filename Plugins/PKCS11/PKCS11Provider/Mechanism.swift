import CPKCS11
import PKCS12

/// A mechanism, by its constant's name, with its parameter.
struct Mechanism {
    let type: CK_MECHANISM_TYPE
    let name: String
    var parameter: SecretBytes?
    /// How much of the parameter is its structure; the rest is what that points to. nil for all.
    var structureByteCount: Int?

    init(_ type: CK_MECHANISM_TYPE, _ name: String, parameter: SecretBytes? = nil) {
        (self.type, self.name, self.parameter) = (type, name, parameter)
    }

    func withMechanism<Result>(_ body: (UnsafeMutablePointer<CK_MECHANISM>) throws -> Result) rethrows -> Result {
        func lend(_ bytes: UnsafeRawBufferPointer) throws -> Result {
            var mechanism = CK_MECHANISM(
                mechanism: type, pParameter: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                ulParameterLen: CK_ULONG(structureByteCount ?? bytes.count))
            return try body(&mechanism)
        }
        guard let parameter else { return try lend(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try parameter.withUnsafeBytes(lend)
    }

    /// RFC 5649; what 0x210A does differs from module to module: see ``AESKeyWrap``.
    static let keyWrapKWP = Mechanism(CK_MECHANISM_TYPE(CKM_AES_KEY_WRAP_KWP), "CKM_AES_KEY_WRAP_KWP")
    static let keyWrapPad = Mechanism(CK_MECHANISM_TYPE(CKM_AES_KEY_WRAP_PAD), "CKM_AES_KEY_WRAP_PAD")
    /// RFC 3394
    static let keyWrap = Mechanism(CK_MECHANISM_TYPE(CKM_AES_KEY_WRAP), "CKM_AES_KEY_WRAP")
    static let tripleDESCBC = Mechanism(CK_MECHANISM_TYPE(CKM_DES3_CBC_PAD), "CKM_DES3_CBC_PAD")
    static let aesCBC = Mechanism(CK_MECHANISM_TYPE(CKM_AES_CBC_PAD), "CKM_AES_CBC_PAD")
    static let rsa = Mechanism(CK_MECHANISM_TYPE(CKM_RSA_PKCS), "CKM_RSA_PKCS")

    static let rsaAESKeyWrap = Mechanism(CK_MECHANISM_TYPE(CKM_RSA_AES_KEY_WRAP), "CKM_RSA_AES_KEY_WRAP")

    /// Those that wrap a private key under a key of the session, in the order in which they are tried.
    static let keyWraps = [keyWrapKWP, keyWrapPad, keyWrap, rsaAESKeyWrap]
    /// Those that make the ciphertext of a shroud.
    static let shrouds = [tripleDESCBC, aesCBC]

    static func rsa(with digest: DigestAlgorithm) -> Mechanism {
        switch digest {
        case .sha1: Mechanism(CK_MECHANISM_TYPE(CKM_SHA1_RSA_PKCS), "CKM_SHA1_RSA_PKCS")
        case .sha224: Mechanism(CK_MECHANISM_TYPE(CKM_SHA224_RSA_PKCS), "CKM_SHA224_RSA_PKCS")
        case .sha256: Mechanism(CK_MECHANISM_TYPE(CKM_SHA256_RSA_PKCS), "CKM_SHA256_RSA_PKCS")
        case .sha384: Mechanism(CK_MECHANISM_TYPE(CKM_SHA384_RSA_PKCS), "CKM_SHA384_RSA_PKCS")
        case .sha512: Mechanism(CK_MECHANISM_TYPE(CKM_SHA512_RSA_PKCS), "CKM_SHA512_RSA_PKCS")
        }
    }
}
