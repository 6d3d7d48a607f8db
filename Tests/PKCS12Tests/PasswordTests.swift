import TestSupport
import Testing

@testable import PKCS12

/// Passwords in all the encodings that programs have used.
@Suite struct PasswordTests {
    static let schemes: [EncryptionScheme] = [
        .tripleDESSHA1(salt: [1, 2, 3], iterations: 2),
        .pbes2(
            .aes256CBC, prf: .sha256, salt: [4, 5], initializationVector: Array(repeating: 6, count: 16), iterations: 3),
    ]
    static let macs = [
        MACScheme(.pkcs12(.sha256), salt: [7], iterations: 2),
        MACScheme(.pbmac1(prf: .sha256, hmac: .sha256, keyByteCount: 32), salt: [8], iterations: 2),
    ]
    static let texts = [
        "", " ", "a", "Grüße", "100 € für Ελλάδα", "key 🔑 𝔘", "pass\u{0}word", "e\u{301}\u{327}o", "각 각",
        String(repeating: "ünïcödé ", count: 100),
    ]

    @Test(arguments: schemes, macs)
    func opensWithTheSamePassword(_ scheme: EncryptionScheme, _ mac: MACScheme) throws {
        for text in Self.texts {
            let pfx = Self.pfx(scheme, mac)
            let file = try encode(pfx, text)
            #expect(try decode(file, text) == pfx, "\(text)")
            #expect(try refusal(file, text + "x").hasPrefix("wrongPassword: "), "\(text)")
        }
    }

    @Test(arguments: schemes, macs)
    func opensWithTheOtherNormalizationForm(_ scheme: EncryptionScheme, _ mac: MACScheme) throws {
        let forms = [
            ("Grüße", "Gru\u{308}ße"), ("Ångström", "A\u{30A}ngstro\u{308}m"), ("각", "\u{1100}\u{1161}\u{11A8}"),
        ]
        for (composed, decomposed) in forms {
            let pfx = Self.pfx(scheme, mac)
            // String compares canonically: the bytes are what differs.
            try #require(Array(composed.utf8) != Array(decomposed.utf8))
            #expect(try decode(encode(pfx, composed), decomposed) == pfx)
            #expect(try decode(encode(pfx, decomposed), composed) == pfx)
        }
    }

    /// OpenSSL before 1.1 took each byte of the UTF-8 for a character.
    @Test func opensWhatWasEncodedTwice() throws {
        let twice = String(String.UnicodeScalarView("Grüße".utf8.map { Unicode.Scalar($0) }))
        let pfx = Self.pfx(Self.schemes[0], Self.macs[0])
        #expect(try decode(encode(pfx, twice), "Grüße") == pfx)
    }

    @Test func opensLatin1UnderPBKDF2() throws {
        let latin1 = SecretBytes(copying: [0x47, 0x72, 0xFC, 0xDF, 0x65])
        for mac in Self.macs {
            let pfx = Self.pfx(Self.schemes[1], mac)
            let file = try PFXEncoder(cryptography: InstalledProviders.crypto).encode(pfx, password: latin1)
            #expect(try decode(file, "Grüße") == pfx)
        }
    }

    /// NSS before 3.31 gave PBKDF2 the BMPString, with its terminator.
    @Test(arguments: [true, false])
    func opensBMPStringsUnderPBKDF2(terminated: Bool) throws {
        let units = Array("Grüße".utf16) + (terminated ? [0] : [])
        let bmp: [UInt8] = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        var pfx = Self.pfx(Self.schemes[1], nil)
        let withoutMAC = try PFXEncoder(cryptography: InstalledProviders.crypto)
            .encode(pfx, password: SecretBytes(copying: bmp))
        let safe = try #require(TestNode.parse(withoutMAC[...]).first?.children[1].children[1].children.first).content
        pfx.mac = MACScheme(.pkcs12(.sha1), salt: [8, 7, 6, 5, 4, 3, 2, 1], iterations: 1)
        #expect(try decode(CraftedPFX(authenticatedSafe: safe, password: "Grüße").bytes, "Grüße") == pfx)
    }

    @Test func tellsEmptyFromAbsentAndTriesBoth() throws {
        let safe = TestDER.sequence(CraftedPFX.plain(CraftedPFX.certificate()))
        let scheme = MACScheme(.pkcs12(.sha1), salt: [1], iterations: 1)
        let crypto = try InstalledProviders.crypto
        let forms = [EncodedPassword(secret(""))] + EncodedPassword.fallbacks(secret(""))
        #expect(forms.map(\.bmp.count) == [2, 0])
        for form in forms {
            let key = try crypto.derive([scheme.derivation(form)])[0]
            let macData = try scheme.encoded(value: crypto.hmac(safe[...], with: .sha1, key: key))
            let file = try CraftedPFX(macData: macData, authenticatedSafe: safe).bytes
            #expect(try decode(file, "").certificates.count == 1)
            #expect(try decode(file).certificates.count == 1)
            #expect(try refusal(file, "x").hasPrefix("macMismatch: "))
        }
    }

    @Test func triesAllCandidates() throws {
        let candidates = ["first", "Zweites", "троица", "🔑", "Grüße"]
        for scheme in Self.schemes {
            for mac in Self.macs {
                let pfx = Self.pfx(scheme, mac)
                for right in candidates {
                    let file = try encode(pfx, right)
                    let decoder = PFXDecoder(cryptography: try InstalledProviders.crypto)
                    #expect(try decoder.decode(file, passwords: candidates.map(secret)) == pfx)
                    let wrong = candidates.filter { $0 != right }.map(secret)
                    let error = thrown { try decoder.decode(file, passwords: wrong) } as? PKCS12Error
                    #expect(error?.code == .wrongPassword)
                    #expect(error?.reason.contains("4 passwords") == true)
                }
            }
        }
    }

    @Test func findsTheFallbackEncodingOfTheLastCandidate() throws {
        let pfx = Self.pfx(Self.schemes[0], Self.macs[0])
        #expect(try decode(encode(pfx, "Gru\u{308}ße"), "first", "Zweites", "Grüße") == pfx)
    }

    /// The MAC under one password, the contents under another (openssl pkcs12 -twopass).
    @Test func takesTwoPasswordsInAnyOrder() throws {
        let vector = Vectors.named("two-passwords")
        let file = try vector.bytes
        let mac = try #require(vector.macPassword)
        let pfx = try decode(file, vector.password, mac)
        #expect(try decode(file, mac, vector.password) == pfx)
        #expect(try decode(file, "x", mac, "y", vector.password, "z") == pfx)
        #expect(try refusal(file, mac).hasPrefix("decryptionFailed: "))
        #expect(try refusal(file, vector.password).hasPrefix("macMismatch: "))
        #expect(try refusal(file, "x", "y").hasPrefix("wrongPassword: "))
    }

    /// Parts under three passwords, of which the MAC has one.
    @Test func takesAPasswordForEachPart() throws {
        let text = TestDER.sequence(CraftedPFX.certificate())
        let file = try CraftedPFX(
            parts: [
                CraftedPFX.encrypted(text, password: "one"), CraftedPFX.encrypted(text, password: "two"),
                CraftedPFX.encrypted(text),
            ]
        ).bytes
        #expect(try decode(file, "two", CraftedPFX.password, "one").certificates.count == 3)
        #expect(try refusal(file, CraftedPFX.password, "one").hasPrefix("decryptionFailed: "))
    }

    private static func pfx(_ scheme: EncryptionScheme, _ mac: MACScheme?) -> PFX {
        let info = PrivateKeyInfo(
            algorithm: AlgorithmIdentifier(algorithm: [1, 2, 3]), privateKey: SecretBytes(copying: [1, 2, 3]))
        return PFX(
            contents: [
                SafeContents(encryption: nil, bags: [SafeBag(.privateKey(info, shroud: scheme))]),
                SafeContents(encryption: scheme, bags: [SafeBag(.certificate([9, 9]))]),
            ], mac: mac)
    }
}
