import Pipeline
import Reissue

/// The rows of the table of items: one for each key, and one for each item without any.
struct ItemRows {
    private let siteIndexes: [String: Int]
    /// Seconds since 1970.
    private let moment: Double

    init(sites: [String], moment: Double) {
        siteIndexes = Dictionary(uniqueKeysWithValues: sites.enumerated().map { ($1, $0) })
        self.moment = moment
    }

    func rows(_ manifests: [Manifest]) -> [[String: Any]] {
        manifests.flatMap(\.items).flatMap { item in
            item.identities.isEmpty ? [row(item)] : item.identities.map { row(item, $0) }
        }
    }

    private func row(_ item: Manifest.Item) -> [String: Any] {
        var row: [String: Any] = [
            "site": item.site, "siteIndex": siteIndexes[item.site] ?? 0, "file": Self.name(of: item.source),
            "status": item.status.rawValue, "facts": Self.facts(item),
        ]
        if let error = item.error { row["error"] = ["code": error.code, "message": error.message] }
        return row
    }

    private func row(_ item: Manifest.Item, _ identity: IdentityReport) -> [String: Any] {
        var row = row(item)
        row["certificate"] = ["subject": identity.subject, "thumbprint": identity.thumbprint]
        row["date"] = String(identity.notAfter.prefix(10))
        if let end = Timestamp.seconds(identity.notAfter) {
            row["urgency"] = CertificateList.urgency(from: moment, to: end).rawValue
        }
        let placements = ProviderMove.placements(of: identity, in: item)
        row["before"] = placements[0].context
        row["after"] = placements[1].context
        row["facts"] = Self.facts(item) + Self.facts(identity)
        return row
    }

    private static func facts(_ item: Manifest.Item) -> [String] {
        facts([
            ("Source", item.source), ("SHA-256", item.sourceSHA256), ("What to do", item.error?.hint),
            (item.outputSHA256 == nil ? "Earlier output" : "Output", item.output),
            ("SHA-256 of the output", item.outputSHA256), ("Sealed by", item.sealedBy),
            ("Verified by", item.verifiedBy.isEmpty ? nil : item.verifiedBy.joined(separator: ", ")),
            ("Notes", item.notes?.joined(separator: "; ")),
        ])
    }

    private static func facts(_ identity: IdentityReport) -> [String] {
        let placement = identity.after ?? identity.before
        return facts([
            ("Issuer", identity.issuer), ("Serial number", identity.serialNumber),
            ("Key", "RSA \(identity.keyBits), KeySpec \(placement.keySpec.rawValue)"),
            ("Key set", placement.machineKeySet ? "the machine's" : "the user's"),
            ("Encryption", "\(placement.keyEncryption), \(placement.mac), \(placement.iterations) iterations"),
        ])
    }

    /// A line each: elements of their own would be most of a large page.
    private static func facts(_ facts: [(name: String, value: String?)]) -> [String] {
        facts.compactMap { fact in fact.value.map { "\(fact.name): \($0)" } }
    }

    /// The last part of a path; a URI as it is.
    private static func name(of source: String) -> String {
        source.hasPrefix("pkcs11:") ? source : source.split(separator: "/").last.map(String.init) ?? source
    }
}
