import Testing

@testable import Windows

/// The traps of certutil's output, each by its name.
@Suite struct TrapTests {
    private static let schannel = "Microsoft RSA SChannel Cryptographic Provider"
    private static let softwareKSP = "Microsoft Software Key Storage Provider"

    @Test func shortFormOfACSP() throws {
        let certificate = try Dumps.certificate("csp.txt")
        #expect(certificate.store == "My" && certificate.number == 0 && certificate.line == 2)
        #expect(certificate.thumbprint == Thumbprint.csp)
        #expect(certificate.subject == "CN=ex01.corp.example")
        #expect(certificate.provider == Self.schannel && certificate.kind == .capi1)
        #expect(certificate.keySpec == nil && certificate.isExportable == false && certificate.isKeyTested == true)
    }

    @Test func shortFormOfAKSP() throws {
        let certificate = try Dumps.certificate("ksp.txt")
        #expect(certificate.thumbprint == Thumbprint.ksp && certificate.kind == .cng)
        #expect(certificate.provider == Self.softwareKSP)
    }

    @Test func verboseForm() throws {
        let certificate = try Dumps.certificate("verbose-ksp.txt")
        #expect(certificate.subject == "CN=ex01.corp.example, O=Example")
        #expect(certificate.kind == .cng && certificate.keySpec == 0 && certificate.publicKey == "RSA")
    }

    /// 1.
    @Test func numbersAreHexWithTheDecimalValueBehind() throws {
        let certificate = try Dumps.certificate("hex-with-decimal.txt")
        #expect(certificate.kind == .capi1 && certificate.provider == Self.schannel && certificate.keySpec == 1)
        #expect(DumpLine.number("c (12)") == 12 && DumpLine.number("20 (32)") == 32)
        #expect(DumpLine.number("20 (31)") == nil)
    }

    /// 2. 18 is 24 in decimal; only whether it is zero is asked.
    @Test func numbersAreHexWithoutAMark() throws {
        let certificate = try Dumps.certificate("hex-bare.txt")
        #expect(certificate.kind == .capi1 && certificate.keySpec == 1)
        #expect(certificate.provider == "Microsoft Enhanced RSA and AES Cryptographic Provider")
    }

    /// 3.
    @Test func aKSPWithKeySpec2IsCNG() throws {
        let certificate = try Dumps.certificate("ksp-with-keyspec-2.txt")
        #expect(certificate.kind == .cng && certificate.keySpec == 2)
    }

    /// 4.
    @Test func theOldFormatOfHashesHasBlanks() throws {
        #expect(
            try Dumps.certificate("old-hash-format.txt").thumbprint == "32C6B733CE76A2D0423AE31A169F74D03C7F342C")
    }

    /// 5.
    @Test func onlyTheCertificatesSHA1IsItsThumbprint() throws {
        for name in ["verbose-ksp.txt", "hex-with-decimal.txt"] {
            #expect(try Dumps.certificate(name).thumbprint == Thumbprint.csp)
        }
        let others = [
            "Name Hash(sha1)", "Key Id Hash(sha1)", "Key Id Hash(rfc-sha1)", "Cert Hash(md5)", "Signature Hash",
        ]
        for label in others {
            let digits = String(repeating: "ab", count: 20)
            let text = "====== Certificate 0 ======\nSerial Number: 01\n\(label): \(digits)\n"
            #expect(try WindowsText(reading: Array(text.utf8)).dump.certificates[0].thumbprint == nil, "\(label)")
        }
    }

    /// 6. Also with a keyset that is missing, where there never was one.
    @Test func noKeyProviderInformation() throws {
        let dump = try Dumps.text("no-key.txt").dump
        #expect(dump.certificates.map(\.kind) == [.noKey, .noKey])
        #expect(dump.certificates.allSatisfy { $0.store == "CA" && $0.provider == nil })
    }

    /// 7.
    @Test func aKeyThatIsLost() throws {
        let certificate = try Dumps.certificate("key-lost.txt")
        #expect(certificate.kind == .keyMissing && certificate.provider == Self.schannel)
    }

    /// 8.
    @Test func archivedCertificates() throws {
        let certificates = try Dumps.text("archived.txt").dump.certificates
        #expect(certificates.map(\.isArchived) == [true, false])
        #expect(certificates.map(\.thumbprint) == [Thumbprint.archived, Thumbprint.ksp])
    }

    /// 9.
    @Test func aPFXNests() throws {
        let text = try Dumps.text("pfx-dump.txt")
        #expect(text.notUnderstood.isEmpty)
        #expect(text.dump.certificates.map(\.number) == [0, 1])
        #expect(text.dump.certificates.map(\.kind) == [.noKey, .capi1])
        #expect(text.dump.certificates[1].provider == "Microsoft Enhanced RSA and AES Cryptographic Provider")
        let italian = try Dumps.certificate("pfx-dump-italian.txt")
        #expect(italian.kind == .cng && italian.thumbprint == "F4231F8E13C7FA6F2214DD54598E10E4253A407A")
    }

    /// 10.
    @Test func otherTestsNameOtherProviders() throws {
        let certificate = try Dumps.certificate("other-tests.txt")
        #expect(certificate.kind == .capi1 && certificate.provider == Self.schannel)
        #expect(certificate.keySpec == nil && certificate.isKeyTested == true)
    }

    /// 11.
    @Test func smartCardsNameTheProviderFirst() throws {
        let text = try Dumps.text("smart-card.txt")
        #expect(text.notUnderstood.isEmpty)
        #expect(text.dump.certificates.map(\.kind) == [.keyMissing, .cng])
        #expect(
            text.dump.certificates.map(\.provider)
                == ["Microsoft Base Smart Card Crypto Provider", "Microsoft Smart Card Key Storage Provider"])
    }

    /// 12.
    @Test func severalStoresNumberTheirCertificatesAnew() throws {
        let certificates = try Dumps.text("several-stores.txt").dump.certificates
        #expect(certificates.map(\.store) == ["My", "Root", "my"])
        #expect(certificates.map(\.number) == [0, 0, 0])
        #expect(certificates.map(\.kind) == [.cng, .noKey, .capi1])
    }

    /// 13. With CRLF and the marks of a code block as well.
    @Test func tabsInsteadOfSpaces() throws {
        let certificate = try Dumps.certificate("tabs-and-code-block.txt")
        #expect(certificate.thumbprint == "1ABB2AD73583007E9DE803291960146D94AD9A52")
        #expect(certificate.kind == .cng && certificate.keySpec == 0)
        #expect(certificate.subject == "CN=ex01.corp.example, O=CustomOrg")
    }

    /// 14.
    @Test func theFooterSaysWhatFailed() throws {
        let dump = try Dumps.text("failed-command.txt").dump
        #expect(dump.failures.map(\.line) == [9])
        #expect(dump.failures[0].text.hasSuffix("0x80090016 (-2146893802 NTE_BAD_KEYSET)"))
        #expect(dump.certificates.map(\.kind) == [.keyMissing])
    }

    /// 15. The umlauts in either code page, and lost.
    @Test(arguments: ["german-cp850.txt", "german-cp1252.txt", "german-utf8.txt", "german-replaced.txt"])
    func german(_ name: String) throws {
        let certificate = try Dumps.certificate(name)
        #expect(certificate.store == "My" && certificate.number == 14)
        #expect(certificate.thumbprint == Thumbprint.translated)
        #expect(certificate.kind == .cng && certificate.provider == Self.softwareKSP)
        #expect(certificate.isExportable == false && certificate.isKeyTested == true)
        #expect(certificate.subject?.hasPrefix("CN=www.example.com, O=M") == true)
    }

    /// 16. A no-break space stands before the colon and the equals sign, or what became of it.
    @Test(arguments: ["french-cp850.txt", "french-cp1252.txt", "french-replaced.txt"])
    func french(_ name: String) throws {
        let certificate = try Dumps.certificate(name)
        #expect(certificate.thumbprint == Thumbprint.translated)
        #expect(certificate.kind == .cng && certificate.subject == "CN=www.example.com")
        #expect(certificate.isKeyTested == true)
    }

    /// 17.
    @Test func japanese() throws {
        let certificate = try Dumps.certificate("japanese.txt")
        #expect(certificate.thumbprint == "A1B2C3D4E5F678901234567890ABCDEF12345678")
        #expect(certificate.kind == .cng && certificate.subject == "CN=ex01.corp.example")
    }

    /// 18.
    @Test(arguments: ["german-utf16le.txt", "german-utf16be.txt", "german-utf8-bom.txt"])
    func byteOrderMarks(_ name: String) throws {
        #expect(try Dumps.certificate(name).subject == "CN=www.example.com, O=Müller & Söhne")
    }

    /// 19. "Unique container name" stands with CSPs as well.
    @Test func theKindOfContainerNameTellsNothing() throws {
        #expect(try Dumps.certificate("csp-with-unique-container-name.txt").kind == .capi1)
    }

    /// 20. An HSM's provider, in the format of old versions.
    @Test func otherVendorsProviders() throws {
        let certificate = try Dumps.certificate("hsm-old-style.txt")
        #expect(certificate.provider == "nCipher Security World Key Storage Provider" && certificate.kind == .cng)
        #expect(certificate.thumbprint == "37ED7C3EEE76A2D0423AE31A169F74D03C7F342C" && certificate.keySpec == 0)
    }

    // MARK: - What public samples show besides

    /// Spanish translates the labels of type and KeySpec, too; a provider nobody knows is judged by its type.
    @Test func labelsThatAreTranslatedAfterAll() throws {
        let certificate = try Dumps.certificate("spanish-verbose.txt")
        #expect(certificate.provider == "Firma de Ejemplo CSP 3" && certificate.kind == .capi1)
        #expect(certificate.keySpec == 1 && certificate.thumbprint == Thumbprint.csp)
    }

    @Test func aBannerThatWasCutOff() throws {
        let certificate = try Dumps.certificate("without-banner.txt")
        #expect(certificate.number == nil && certificate.kind == .cng && certificate.thumbprint == Thumbprint.csp)
    }

    @Test func ellipticCurves() throws {
        #expect(try Dumps.certificate("elliptic-curve.txt").publicKey == "EC")
    }

    // MARK: - What is not understood is said, not guessed

    @Test func aProviderNobodyKnows() throws {
        let dump = try Dumps.text("unknown-provider.txt").dump
        #expect(dump.certificates.map(\.kind) == [.undetermined])
        #expect(dump.remarks.map(\.line) == [7])
    }

    @Test func aHashThatIsCutShortAndProse() throws {
        let text = try Dumps.text("broken-hash.txt")
        #expect(text.dump.certificates.map(\.thumbprint) == [nil])
        #expect(text.dump.remarks.map(\.line) == [5])
        #expect(text.notUnderstood.map(\.line) == [10])
        #expect(text.notUnderstood[0].text.hasSuffix("(and 1 more lines)"))
    }

    @Test func aFriendlyNameIsNoFact() throws {
        let certificate = try Dumps.certificate("hostile-friendly-name.txt")
        #expect(certificate.kind == .cng && certificate.keySpec == 0)
    }

    @Test func twoProvidersAreNone() throws {
        let dump = try Dumps.text("hostile-second-key-info.txt").dump
        #expect(dump.certificates.map(\.kind) == [.undetermined])
        #expect(dump.remarks.count == 1)
    }

    @Test func whatIsNoDump() {
        #expect(throws: WindowsError.self) { try WindowsText(reading: Array("Dear all,\nsee below.\n".utf8)) }
        #expect(throws: WindowsError.self) { try WindowsText(reading: []) }
        #expect(throws: WindowsError.self) { try WindowsText(reading: [0x30, 0x82, 0, 0, 1, 2]) }
    }
}
