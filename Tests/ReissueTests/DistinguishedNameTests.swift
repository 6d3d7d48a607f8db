import PKCS12
import SwiftASN1
import TestSupport
import Testing

@testable import Reissue

/// Names as text, against openssl's `-nameopt RFC2253` where both follow the same rules.
@Suite struct DistinguishedNameTests {
    /// Name and string type: the masks of openssl's `string_mask`.
    @Test(arguments: [
        ("/C=DE/ST=Hessen/L=Frankfurt am Main/O=Contoso/OU=IT/CN=mail.contoso.example", "utf8only"),
        ("/DC=example/DC=contoso/CN=Users/CN=Administrator", "utf8only"),
        ("/CN=Müller & Söhne/O=100 € für Ελλάδα 🔑", "utf8only"),
        ("/CN=Müller/O=Söhne", "MASK:0x4"),  // TeletexString
        ("/CN=Müller/O=100 € für Ελλάδα", "MASK:0x800"),  // BMPString
        ("/O=a,b+c\\\"d;e<f>g\\\\h=i#j/CN=#x", "utf8only"),
        ("/O= led and trailed /CN=  ", "utf8only"),
        ("/O=line\u{A}break\u{1B}[2J\u{7F}/CN=x", "utf8only"),
        ("/emailAddress=a@b.example/serialNumber=12/title=Dr/GN=Ada/SN=Lovelace/UID=al", "utf8only"),
    ])
    func isAsOpenSSLSays(_ subject: String, _ mask: String) throws {
        let (own, openssl) = try Self.texts(subject, mask)
        #expect(own == openssl)
    }

    /// RFC 4514 §2.2 leaves the order of such values open: the file's is kept, and openssl turns it round.
    @Test func keepsTheOrderOfValuesTogether() throws {
        let (own, openssl) = try Self.texts("/CN=a+OU=b+O=c/DC=d", "utf8only")
        #expect(own == "DC=d,CN=a+O=c+OU=b")
        #expect(openssl == "DC=d,OU=b+O=c+CN=a")
    }

    private static func texts(_ subject: String, _ mask: String) throws -> (own: String, openssl: String) {
        let folder = try TemporaryFolder()
        let configuration = "[req]\ndistinguished_name=dn\nstring_mask=\(mask)\n[dn]\n"
        let path = try folder.write(configuration.utf8, to: "openssl.cnf")
        let der = try ExternalTool.openssl.check([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            folder.path("key"), "-config", path, "-utf8", "-multivalue-rdn", "-subj", subject, "-outform", "DER",
        ]).standardOutput
        let fields = try CertificateFields(der: der)
        let text = try ExternalTool.openssl.check(
            ["x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"], input: der
        ).text
        try #require(fields.isSelfIssued)
        return (DistinguishedName.text(fields.subject), String(text.dropFirst("subject=".count).dropLast()))
    }

    /// Each certificate of the vectors, as openssl reads its fields.
    @Test(arguments: ["openssl-chain", "two-keys", "key-ec-p256", "key-rsa-pss", "keytool-default"])
    func readsTheFieldsOfCertificates(_ name: String) throws {
        let vector = Vectors.named(name)
        let inspection = try reissuer().inspect(vector.source, passwords: vector.passwords)
        let listing = try OpenSSLListing(vector.bytes, password: vector.password)
        for (found, certificate) in zip(inspection.certificates, listing.certificates) {
            let text = try ExternalTool.openssl.check(
                [
                    "x509", "-noout", "-subject", "-issuer", "-serial", "-enddate", "-dateopt", "iso_8601",
                    "-fingerprint",
                    "-sha256", "-nameopt", "RFC2253,-esc_msb,utf8",
                ], input: Array(certificate.pem.utf8)
            ).text
            let lines = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1)[1] }
            #expect(found.subject == lines[0])
            #expect(found.issuer == lines[1])
            #expect(found.serialNumber.drop { $0 == "0" } == lines[2].drop { $0 == "0" })
            #expect(found.notAfter == lines[3].replacing(" ", with: "T"))
            #expect(found.thumbprintSHA256 == lines[4].replacing(":", with: ""))
        }
    }

    /// What openssl prints as it is, and a terminal should not get.
    @Test func escapesWhatIsInvisible() {
        func text(_ value: String) -> String { DistinguishedName.text(Self.name(0x0C, Array(value.utf8))) }
        #expect(text("a\u{202E}b") == "CN=a\\E2\\80\\AEb")  // right-to-left override
        #expect(text("a\u{200B}b") == "CN=a\\E2\\80\\8Bb")
        #expect(text("a\u{85}b") == "CN=a\\C2\\85b")
        #expect(text("a\u{0}b") == "CN=a\\00b")
        #expect(text("") == "CN=")
    }

    @Test func showsOtherTypesAsHex() {
        #expect(DistinguishedName.text(Self.name(0x02, [5])) == "CN=#020105")
        #expect(DistinguishedName.text(Self.name(0x1E, [0, 0x41, 0])) == "CN=#1E03004100")  // half a character
        #expect(DistinguishedName.text([0x30, 0x02, 0x05, 0x00]) == "#30020500")
        #expect(DistinguishedName.text([]) == "#")
        #expect(DistinguishedName.text([0x30, 0x00]) == "")
    }

    @Test(
        arguments: [
            ("UTCTime", 0x17, "491231235959Z", "2049-12-31T23:59:59Z"),
            ("UTCTime", 0x17, "500101000000Z", "1950-01-01T00:00:00Z"),
            ("UTCTime without seconds", 0x17, "3001010102Z", "2030-01-01T01:02:00Z"),
            ("GeneralizedTime", 0x18, "99991231235959Z", "9999-12-31T23:59:59Z"),
            ("a fraction", 0x18, "20300102030405.678Z", "2030-01-02T03:04:05Z"),
        ] as [(String, UInt8, String, String)])
    func readsBothKindsOfTime(_ what: String, _ type: UInt8, _ time: String, _ expected: String) throws {
        #expect(
            try CertificateFields(der: Self.certificate(Self.value(type, Array(time.utf8)))).notAfter == expected,
            "\(what)")
    }

    @Test(
        arguments: [(0x17, "30010"), (0x18, "2030"), (0x04, "300101000000Z"), (0x17, ""), (0x18, "wxyz01010000Z")]
            as [(UInt8, String)])
    func refusesTimesThatAreNone(_ type: UInt8, _ time: String) {
        #expect(
            errorCode { try CertificateFields(der: Self.certificate(Self.value(type, Array(time.utf8)))) }
                == "certificateMalformed")
    }

    // MARK: - Certificates by hand

    private static func name(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        value(0x30, value(0x31, value(0x30, [0x06, 0x03, 0x55, 0x04, 0x03] + value(type, content))))
    }

    private static func certificate(_ notAfter: [UInt8]) -> [UInt8] {
        let algorithm = value(0x30, [0x06, 0x03, 0x2B, 0x65, 0x70])
        return value(
            0x30,
            value(
                0x30,
                [0x02, 0x01, 0x07] + algorithm + name(0x0C, [0x41])
                    + value(0x30, value(0x17, Array("300101000000Z".utf8)) + notAfter)
                    + name(0x0C, [0x42]) + value(0x30, algorithm + value(0x03, [0, 1, 2]))) + algorithm
                + value(0x03, [0, 1]))
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        precondition(content.count < 128)
        return [tag, UInt8(content.count)] + content
    }
}
