import PKCS12
import Providers

/// A provider without any library: toy primitives that belong together, exported through the C boundary and
/// imported again. Its answers are no one else's; only properties can be tested on it.
public enum FakeProvider {
    /// The password that its reader takes for every file.
    public static let readerPassword = "open sesame"
    /// The file that its reader knows.
    public static let file = Array("a fake PFX".utf8)

    /// What its reader finds in that file: absent, empty and non-ASCII values included.
    public static let report = ReaderReport(
        keys: [
            ReaderReport.Key(
                rsa: FakeRSA.key, providerNames: ["Microsoft Software Key Storage Provider", "Prüfung 🔑"],
                machineKeySet: true, keyUsage: 0x90, localKeyID: [], friendlyName: "Schlüssel"),
            ReaderReport.Key(rsa: FakeRSA.key, providerNames: [], machineKeySet: false, keyUsage: 0),
        ],
        certificates: [
            ReaderReport.Certificate(der: [0x30, 0x00], localKeyID: [1, 2, 3], friendlyName: ""),
            ReaderReport.Certificate(der: []),
        ])

    public static func provider(
        capabilities: CryptoCapabilities = CryptoCapabilities(), reports: ReaderFields = .all
    ) throws -> Provider {
        try ExportedProvider(
            Provider(
                name: "fake", library: "no library 1.0", crypto: FakeCrypto(capabilities: capabilities),
                reader: FakeReader(reports: reports))
        ).reimported()
    }
}

/// "Cryptography" of one mixing function.
struct FakeCrypto: CryptoProvider {
    let capabilities: CryptoCapabilities

    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] {
        requests.map { request in
            var mixer = Mixer("\(request.method) \(request.digest) \(request.iterations)".utf8)
            request.password.withUnsafeBytes { mixer.add($0) }
            mixer.add(request.salt)
            return SecretBytes(copying: mixer.bytes(request.byteCount))
        }
    }

    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    {
        let padding = cipher.blockByteCount - plaintext.count % cipher.blockByteCount
        let padded = plaintext.withUnsafeBytes(Array.init) + Array(repeating: UInt8(padding), count: padding)
        return zip(padded, keystream(padded.count, cipher, key, iv)).map { $0 ^ $1 }
    }

    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    {
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: cipher.blockByteCount) else {
            throw PKCS12Error(.malformed, "not a whole number of blocks")
        }
        let padded = zip(ciphertext, keystream(ciphertext.count, cipher, key, iv)).map { $0 ^ $1 }
        let padding = Int(padded[padded.count - 1])
        guard (1...cipher.blockByteCount).contains(padding), padded.suffix(padding).allSatisfy({ $0 == padding }) else {
            throw PKCS12Error(.decryptionFailed, "the padding is wrong")
        }
        return SecretBytes(copying: padded.dropLast(padding))
    }

    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        var mixer = Mixer("hmac \(digest)".utf8)
        key.withUnsafeBytes { mixer.add($0) }
        mixer.add(data)
        return mixer.bytes(digest.byteCount)
    }

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        var mixer = Mixer("digest \(digest)".utf8)
        mixer.add(data)
        return mixer.bytes(digest.byteCount)
    }

    func randomBytes(_ count: Int) throws -> [UInt8] {
        (0..<count).map { _ in .random(in: .min ... .max) }
    }

    func check(_ key: RSAPrivateKey) throws -> RSADefects {
        FakeRSA.check(key)
    }

    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        guard bitCount == FakeRSA.key.bitCount else {
            throw PKCS12Error(
                .unsupportedAlgorithm, "no key of \(bitCount) bits", hint: "ask for \(FakeRSA.key.bitCount)")
        }
        return FakeRSA.key
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        FakeRSA.sign(try self.digest(message, with: digest), key: key)
    }

    private func keystream(_ count: Int, _ cipher: ContentCipher, _ key: SecretBytes, _ iv: SecretBytes) -> [UInt8] {
        var mixer = Mixer("\(cipher)".utf8)
        key.withUnsafeBytes { mixer.add($0) }
        iv.withUnsafeBytes { mixer.add($0) }
        return mixer.bytes(count)
    }
}

/// FNV-1a for input, SplitMix64 for output.
private struct Mixer {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ label: some Sequence<UInt8>) { add(label) }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        state = (state ^ 0xff) &* 0x100_0000_01b3
    }

    func bytes(_ count: Int) -> [UInt8] {
        var next = state
        return (0..<count).map { _ in
            next &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (next ^ (next >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return UInt8(truncatingIfNeeded: mixed >> 56)
        }
    }
}

struct FakeReader: ReaderProvider {
    let reports: ReaderFields

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        guard file.elementsEqual(FakeProvider.file) else { throw PKCS12Error(.malformed, "not a fake PFX") }
        guard password == SecretBytes(copying: FakeProvider.readerPassword.utf8) else {
            throw PKCS12Error(.wrongPassword, "not the fake password")
        }
        return FakeProvider.report
    }
}
