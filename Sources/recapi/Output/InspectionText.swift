import Reissue

/// An inspection for people.
enum InspectionText {
    static func text(_ file: InspectCommand.File) -> String {
        let title = file.path.printable
        guard let inspection = file.inspection else {
            return title + "\n" + (file.error.map { refusal($0, label: "cannot be read") } ?? "")
        }
        var lines = [title]
        lines.append("  MAC: \(inspection.mac)\(inspection.macIterations.map { ", \($0) iterations" } ?? "")")
        for key in inspection.keys { lines += self.key(key) }
        for certificate in inspection.certificates { lines += self.certificate(certificate) }
        lines += inspection.notes.map { "  note: \($0.printable)" }
        lines.append("  verdict: \(verdict(inspection))")
        return lines.joined(separator: "\n")
    }

    private static func key(_ key: Inspection.Key) -> [String] {
        let placement = key.placement
        var lines = ["  key: \(key.kind)\(key.bits.map { " \($0) bits" } ?? ""), \(placement.keyEncryption)"]
        lines.append("    provider: \(names(key)) (\(placement.providerKind.rawValue))")
        lines.append(
            "    KeySpec: \(placement.keySpec.rawValue); machine key set: \(placement.machineKeySet ? "yes" : "no")"
                + (key.containerName.map { "; container: \($0)" } ?? ""))
        lines.append("    certificate: \(certificate(of: key))")
        lines.append("    on Windows:")
        let width = key.importers.map(\.importer.count).max() ?? 0
        for verdict in key.importers {
            let importer = verdict.importer + String(repeating: " ", count: width - verdict.importer.count)
            lines.append("      \(importer)  \(verdict.providerKind.rawValue): \(verdict.provider) (\(verdict.why))")
        }
        if let refusal = key.refusal { lines.append(self.refusal(refusal, label: "  cannot be converted")) }
        return lines
    }

    /// Of the file as a whole: it is converted with all its keys, or not at all.
    private static func verdict(_ inspection: Inspection) -> String {
        if inspection.keys.isEmpty { return "cannot be converted: there is no private key in it" }
        if inspection.keys.contains(where: { $0.refusal != nil }) { return "cannot be converted" }
        let isCAPI1 = inspection.keys.allSatisfy { $0.placement.providerKind == .capi1 }
        return (isCAPI1 ? "under CAPI1 already; can be converted to another profile" : "can be converted")
            + (inspection.mac == "none" ? ", if files without a MAC are allowed (--allow-missing-mac)" : "")
    }

    private static func names(_ key: Inspection.Key) -> String {
        key.providerNames.isEmpty ? "none named" : key.providerNames.joined(separator: " and ")
    }

    private static func certificate(of key: Inspection.Key) -> String {
        guard let thumbprint = key.certificate else { return "none in the file" }
        switch key.matchesCertificate {
        case true?: return "\(thumbprint), which the key belongs to"
        case false?: return "\(thumbprint), which the key does NOT belong to"
        case nil: return "\(thumbprint), by its localKeyID"
        }
    }

    private static func certificate(_ certificate: Inspection.Certificate) -> [String] {
        [
            "  certificate: \(certificate.subject)",
            "    thumbprint: \(certificate.thumbprint)",
            "    issuer: \(certificate.issuer)",
            "    serial number: \(certificate.serialNumber); valid to \(certificate.notAfter); \(certificate.encryption)"
                + (certificate.friendlyName.map { "; friendly name: \($0)" } ?? ""),
        ]
    }

    private static func refusal(_ refusal: Inspection.Refusal, label: String) -> String {
        "  \(label) (\(refusal.code)): \(refusal.message.printable)"
            + (refusal.hint.map { "\n    hint: \($0.printable)" } ?? "")
    }
}
