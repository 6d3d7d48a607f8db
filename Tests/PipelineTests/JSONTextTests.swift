import Foundation
import Providers
import Reissue
import Testing

@testable import Pipeline

@Suite("JSON of items")
struct JSONTextTests {
    @Test("an item's line is what Codable makes of it")
    func line() throws {
        for item in Self.items {
            let expected = String(decoding: try makeJSONEncoder().encode(item), as: UTF8.self)
            #expect(String(decoding: item.line(), as: UTF8.self) == expected)
            #expect(try JSONDecoder().decode(Manifest.Item.self, from: Data(item.line())) == item)
        }
    }

    /// Every member there and absent, and strings and numbers of every kind.
    private static let items: [Manifest.Item] = {
        let bare = Manifest.Item(
            site: "", source: "", status: .failed, verifiedBy: [], durationMilliseconds: 0, identities: [])
        var full = bare
        full.site = "Köln \u{1F512} e\u{301}"
        full.source = "/a \"quoted\" back\\slash/ü/\u{FFFD}"
        full.sourceBytes = "/a%FF"
        full.sourceSHA256 = "00FF"
        full.keySHA256 = "11"
        full.recipeSHA256 = "22"
        full.status = .converted
        full.error = Manifest.Failure(
            code: "outputExists", message: "tab\tline\nreturn\r\u{8}\u{C}\u{1}\u{7F}\u{2028}", hint: "x")
        full.sealedBy = "gnutls"
        full.verifiedBy = ["openssl", "recapi"]
        full.comparedBy = ["recapi": ["keySpec"], "openssl": [], "Zebra": ["a", "b"], "ä": ["\""]]
        full.output = "out.pfx"
        full.outputBytes = "out%FE.pfx"
        full.outputSHA256 = "33"
        full.earlierOutputSHA256 = "44"
        full.identities = [identity(after: placement(.capi1, .exchange)), identity(after: nil)]
        full.tokenExport = TokenExportReport(way: .shrouded, mechanism: "CKM_AES_CBC_PAD", token: "pkcs11:token=t")
        full.notes = ["one", ""]
        let numbers = [0.001, 1, 12.5, 1e-7, 123_456_789.125, 1e16, 1e300].map { number in
            var item = bare
            item.durationMilliseconds = number
            return item
        }
        let controls = (0..<0x20).map { byte in
            var item = bare
            item.site = "a\(UnicodeScalar(UInt8(byte)))/b"
            return item
        }
        return [bare, full] + numbers + controls
    }()

    private static func identity(after: IdentityReport.Placement?) -> IdentityReport {
        IdentityReport(
            thumbprint: "AB", thumbprintSHA256: "CD", thumbprintUnchanged: true, keyMatchesCertificate: false,
            subject: "CN=x\\,y", issuer: "", serialNumber: "01", notAfter: "2034-01-01T00:00:00Z", keyBits: 2048,
            before: placement(.cng, .both), after: after, chain: ["EF", "01"])
    }

    private static func placement(
        _ kind: IdentityReport.ProviderKind, _ keySpec: IdentityReport.KeySpec
    ) -> IdentityReport.Placement {
        IdentityReport.Placement(
            providerName: kind == .cng ? nil : "Microsoft RSA SChannel Cryptographic Provider", providerKind: kind,
            keySpec: keySpec, machineKeySet: true, keyEncryption: "none", certificateEncryption: "none", mac: "none",
            iterations: 600_000)
    }
}
