import Reissue

/// The contents of a token for people.
enum TokenText {
    static func text(_ token: TokenInventory) -> String {
        let description = [token.manufacturer, token.model].map(\.printable).filter { !$0.isEmpty }
        var lines = [
            "token \(token.label.printable) (\(description.joined(separator: ", ")); serial number "
                + "\(token.serialNumber.printable); module \(token.module.printable))",
            "  \(token.uri)",
        ]
        lines += token.notes.map { "  note: \($0)" }
        if let error = token.error {
            lines.append("  failed (\(error.code)): \(error.message.printable)")
            if let hint = error.hint { lines.append("    hint: \(hint.printable)") }
            return lines.joined(separator: "\n")
        }
        if !token.showsPrivateObjects {
            lines.append(
                "  note: only public objects are shown: \(token.entersPINItself ? "name the token by its URI" : "give --pin")"
                    + " to see all keys")
        }
        if token.showsPrivateObjects, token.keys.isEmpty { lines.append("  no private keys") }
        for key in token.keys { lines += self.key(key) }
        for certificate in token.otherCertificates {
            lines.append("  certificate without a key here: \(certificate.subject)")
            lines.append("    thumbprint: \(certificate.thumbprint); valid to \(certificate.notAfter)")
        }
        return lines.joined(separator: "\n")
    }

    private static func key(_ key: TokenInventory.Key) -> [String] {
        let name = key.label.isEmpty ? key.id : key.label
        var lines = ["  key \(name): \(key.kind)\(key.bits.map { " \($0) bits" } ?? "")", "    \(key.uri)"]
        if let certificate = key.certificate {
            lines.append("    certificate: \(certificate.subject)")
            lines.append("    thumbprint: \(certificate.thumbprint); valid to \(certificate.notAfter)")
        }
        if !key.ways.isEmpty { lines.append("    can leave: \(key.ways.map(\.rawValue).joined(separator: ", "))") }
        if let refusal = key.refusal {
            lines.append("    cannot be converted (\(refusal.code)): \(refusal.message.printable)")
            if let hint = refusal.hint { lines.append("      hint: \(hint.printable)") }
        }
        return lines
    }
}
