import Reissue
import TestSupport

@testable import Pipeline

/// Manifests that no run could make in a test: ten thousand items, certificates that have expired, names that attack.
enum Fixture {
    /// Everything that has a meaning in HTML, in XML or to the direction of text, and a quote with a combining mark, which
    /// is one `Character` to Swift and a quote to a parser.
    static let hostile =
        "</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'\"\"\u{301} onmouseover=\"\u{301}"
        + "alert(1)\u{202E}gpj\u{2066}\u{0}\u{1}\u{B}\u{1B}[31m\u{7F}\u{85}\u{2028}\u{FFFE}]]>--><!--{{{script}}}\r\n\t"

    /// The same as the reports show it, without markup.
    static let hostileAsShown =
        "</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'\"\"\u{301} onmouseover=\"\u{301}"
        + "alert(1)⟨U+202E⟩gpj⟨U+2066⟩⟨U+0000⟩⟨U+0001⟩⟨U+000B⟩⟨U+001B⟩[31m⟨U+007F⟩⟨U+0085⟩⟨U+2028⟩⟨U+FFFE⟩]]>--><!--{{{script}}}"
        + "⟨U+000D⟩⟨U+000A⟩⟨U+0009⟩"

    static let moment = "2026-11-24T02:05:00Z"

    static func identity(
        _ number: Int, subject: String? = nil, notAfter: String = "2027-06-01T00:00:00Z",
        before: IdentityReport.ProviderKind = .cng
    ) -> IdentityReport {
        let digits = String(number, radix: 16, uppercase: true)
        let names: [IdentityReport.ProviderKind: String] = [
            .cng: "Microsoft Software Key Storage Provider", .capi1: "Microsoft Enhanced Cryptographic Provider v1.0",
        ]
        return IdentityReport(
            thumbprint: String(repeating: "0", count: 40 - digits.count) + digits,
            thumbprintSHA256: String(repeating: "0", count: 64 - digits.count) + digits, thumbprintUnchanged: true,
            keyMatchesCertificate: true, subject: subject ?? "CN=server\(number).example,O=Example", issuer: "CN=CA",
            serialNumber: "0\(digits)", notAfter: notAfter, keyBits: 2_048,
            before: placement(before, names[before]),
            after: placement(.capi1, "Microsoft RSA SChannel Cryptographic Provider"), chain: [])
    }

    private static func placement(_ kind: IdentityReport.ProviderKind, _ name: String?) -> IdentityReport.Placement {
        IdentityReport.Placement(
            providerName: name, providerKind: kind, keySpec: .exchange, machineKeySet: true,
            keyEncryption: "pbeWithSHA1And3-KeyTripleDES-CBC",
            certificateEncryption: "pbeWithSHA1And3-KeyTripleDES-CBC",
            mac: "hmacWithSHA1", iterations: 2_000)
    }

    static func item(
        _ site: String, _ source: String, _ status: Manifest.Status = .converted, _ identities: [IdentityReport] = [],
        error: Manifest.Failure? = nil
    ) -> Manifest.Item {
        Manifest.Item(
            site: site, source: source, sourceSHA256: nil, status: status, error: error, sealedBy: nil, verifiedBy: [],
            output: nil, outputSHA256: nil, durationMilliseconds: 12.5, identities: identities)
    }

    static func failure(_ code: String, _ message: String = "it went wrong", hint: String? = nil) -> Manifest.Failure {
        Manifest.Failure(code: code, message: message, hint: hint)
    }

    static func manifest(_ items: [Manifest.Item], id: String = "5de1c41f-f2f9-4fff-bdda-3187d0473a64") -> Manifest {
        var counts = Manifest.Counts()
        var bySite: [String: Manifest.Counts] = [:]
        for item in items {
            counts.count(item.status)
            bySite[item.site, default: .init()].count(item.status)
        }
        return Manifest(
            tool: .init(name: "recapi", version: "0.1.0"),
            run: .init(
                id: id, start: "2026-11-24T02:00:03.120Z", end: "2026-11-24T02:04:41.982Z",
                configurationDigest: String(repeating: "A", count: 64)),
            providers: [.init(name: "openssl", library: "OpenSSL 3.0.19", isolated: nil)],
            summary: .init(
                total: counts.total, converted: counts.converted, unchanged: counts.unchanged, failed: counts.failed,
                bySite: bySite),
            notes: nil, items: items)
    }

    /// Three sites; failures of two codes; certificates that have expired, expire soon, and later.
    static let ordinary = manifest([
        item("berlin", "/in/berlin/a.pfx", .converted, [identity(1, notAfter: "2026-11-01T00:00:00Z")]),
        item("berlin", "/in/berlin/b.pfx", .unchanged, [identity(2, notAfter: "2026-12-01T00:00:00Z", before: .capi1)]),
        item("berlin", "/in/berlin/c.pfx", .failed, error: failure("wrongPassword", hint: "give the password")),
        item("paris", "/in/paris/a.pfx", .converted, [identity(3), identity(4, notAfter: "2031-01-01T00:00:00Z")]),
        item("paris", "/in/paris/b.pfx", .failed, error: failure("wrongPassword", hint: "give the password")),
        item("tokyo", "/in/tokyo/a.pfx", .failed, error: failure("verificationMismatch")),
    ])

    /// Every text from outside attacks.
    static var attack: Manifest {
        var item = item(
            hostile, "/in/" + hostile, .converted,
            [identity(1, subject: hostile), identity(2, subject: "CN=" + hostile)])
        item.notes = [hostile]
        item.output = hostile
        item.sealedBy = hostile
        var manifest = manifest([
            item, self.item(hostile, hostile, .failed, error: failure(hostile, hostile, hint: hostile)),
        ])
        manifest.tool.version = hostile
        manifest.notes = [hostile]
        manifest.run.id = hostile
        manifest.run.start = hostile
        manifest.run.configurationDigest = hostile
        manifest.providers[0].library = hostile
        return manifest
    }
}
