import CPKCS11
import PKCS12
import Providers

extension Session {
    /// RSASSA-PKCS1-v1_5 over a message: by the mechanism that digests as well, or over a DigestInfo that is made here.
    func signature(
        of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: CK_OBJECT_HANDLE, login: TokenLogin
    ) throws -> [UInt8] {
        let combined = Mechanism.rsa(with: digest)
        let isCombined = token.has(combined, CK_FLAGS(CKF_SIGN))
        let data = isCombined ? Array(message) : try digest.digestInfo(of: message)
        let asksAgain = try values(of: [CKA_ALWAYS_AUTHENTICATE], key)[0]?.contains { $0 != 0 } ?? false
        if asksAgain { try token.requireSafe(login, try token.freshFlags()) }
        return try sign(data, with: key, isCombined ? combined : .rsa) {
            if asksAgain { try logIn(as: CK_USER_TYPE(CKU_CONTEXT_SPECIFIC), pin: login.pin) }
        }
    }
}

extension DigestAlgorithm {
    /// DigestInfo (RFC 8017 §9.2), DER.
    fileprivate func digestInfo(of message: ArraySlice<UInt8>) throws -> [UInt8] {
        let digest = try LibCrypto.digest(message, with: self)
        return DER.sequence(
            DER.sequence(try DER.objectIdentifier(digestIdentifier), DER.null), DER.octetString(digest))
    }
}
