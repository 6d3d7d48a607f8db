import PKCS12
import Providers
import TestSupport
import Testing

/// From the same salts every provider writes the same bytes, and each reads what the others wrote.
@Suite struct DifferentialEncodingTests {
    private static let passwords = ["recapi", "", "Schlüssel€", "🔑 key", String(repeating: "long", count: 30)]

    /// Over all passwords, each scheme meets each MAC once.
    @Test(arguments: passwords.indices)
    func everySchemeAndMACGivesTheSameBytes(index: Int) throws {
        var generator = SeededGenerator(seed: UInt64(index))
        let sample = try DifferentialSample(password: Self.passwords[index])
        let providers = try Differential.providers
        let encoders = try providers.map { PFXEncoder(cryptography: try #require($0.crypto)) }
        let decoders = try providers.map { PFXDecoder(cryptography: try #require($0.crypto), allowsMissingMAC: true) }
        let schemes = DifferentialScheme.encryption(&generator)
        for (row, mac) in DifferentialScheme.macs(&generator).enumerated() {
            for (column, scheme) in schemes.enumerated() where (row + column) % Self.passwords.count == index {
                let what = Comment(rawValue: "\(scheme.name), \(mac?.name ?? "no MAC")")
                let pfx = sample.pfx(key: scheme, certificates: generator.pick(schemes), mac: mac)
                let files = try encoders.map { try $0.encode(pfx, password: sample.password) }
                #expect(files.allSatisfy { $0 == files[0] }, what)
                // The bytes are the same: the turn to open them goes round.
                let decoder = decoders[(row + column) % decoders.count]
                #expect(try decoder.decode(files[0], passwords: [sample.password]) == pfx, what)
            }
        }
    }

    @Test(arguments: ["openssl", "gnutls"])
    func aLibrarysReaderReadsWhatOthersWrote(name: String) throws {
        var generator = SeededGenerator(seed: 99)
        let sample = try DifferentialSample()
        let providers = try Differential.providers
        let reader = try #require(providers.first { $0.name == name }?.reader)
        let writers = try providers.filter { $0.name != name }
            .map { PFXEncoder(cryptography: try #require($0.crypto)) }
        let rsa = try RSAPrivateKey(try #require(sample.privateKey))
        let schemes = DifferentialScheme.encryption(&generator)
        let macs = DifferentialScheme.macs(&generator)
        let plainMACs = macs.filter { if case .pkcs12 = $0?.algorithm { true } else { false } }
        let pairs =
            schemes.enumerated().map { ($1, plainMACs[$0 % plainMACs.count]) }
            + macs.map { (schemes[2], $0) }
        for (scheme, mac) in pairs {
            let what = Comment(rawValue: "\(scheme.name), \(mac?.name ?? "no MAC")")
            let pfx = sample.pfx(key: scheme, certificates: scheme, mac: mac)
            for writer in writers {
                let file = try writer.encode(pfx, password: sample.password)
                let report = Result { try reader.read(file[...], password: sample.password) }
                if Self.isUnknown(scheme, mac, to: name) {
                    #expect(throws: PKCS12Error.self, what) { try report.get() }
                    continue
                }
                #expect(try report.get().keys.map(\.rsa) == [rsa], what)
                #expect(try report.get().certificates.map { .certificate($0.der) } == [sample.certificate.value], what)
            }
        }
    }

    /// What a library's own reader of Debian 12 does not know: both learned PBMAC1 later.
    private static func isUnknown(_ scheme: EncryptionScheme, _ mac: MACScheme?, to reader: String) -> Bool {
        if case .pbmac1 = mac?.algorithm { return true }
        guard reader == "gnutls" else { return false }
        return scheme.cipher == .rc2CBC && (scheme.keyByteCount != 5 || scheme.derivation != .pkcs12)
            || scheme.cipher == .tripleDESCBC && scheme.keyByteCount == 16
    }
}
