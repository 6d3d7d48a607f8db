import PKCS12
import Synchronization

/// Keys of one output: those that were derived for it beforehand together with other files', and those that it derives itself.
///
/// Hashing a password is most of the work of opening a file. The library's reader that proves an output hashes for itself;
/// our second reading only looks at attributes that such a reader does not report, and need not hash once more.
/// The keys go with this object, as soon as the output is verified.
final class RememberedDerivations: PKCS12Cryptography {
    private let cryptography: any PKCS12Cryptography
    /// What was derived so far. The mutex owns it.
    private let derived: Mutex<[(request: KeyDerivation, key: SecretBytes)]>

    /// - Parameter known: keys that `cryptography` has derived already.
    init(_ cryptography: any PKCS12Cryptography, known: some Sequence<(KeyDerivation, SecretBytes)>) {
        self.cryptography = cryptography
        derived = Mutex(known.map { ($0, $1) })
    }

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        let known = derived.withLock { derived in
            requests.compactMap { request in derived.first { $0.request.isSame(as: request) }?.key }
        }
        if known.count == requests.count { return known }
        let keys = try cryptography.derive(requests)
        derived.withLock { $0 += zip(requests, keys).map { ($0, $1) } }
        return keys
    }

    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        try cryptography.encrypt(plaintext, with: cipher, key: key, iv: iv)
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        try cryptography.decrypt(ciphertext, with: cipher, key: key, iv: iv)
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        try cryptography.hmac(data, with: digest, key: key)
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        try cryptography.digest(data, with: digest)
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        try cryptography.randomBytes(count)
    }
}

extension KeyDerivation {
    fileprivate func isSame(as other: KeyDerivation) -> Bool {
        method == other.method && digest == other.digest && salt == other.salt && iterations == other.iterations
            && byteCount == other.byteCount && password == other.password
    }
}
