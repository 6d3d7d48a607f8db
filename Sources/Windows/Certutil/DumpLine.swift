/// The shapes that lines of a dump have, whatever language they are in.
enum DumpLine {
    /// `================ Certificate 0 ================`
    struct Banner: Equatable {
        /// What stands before the number.
        var words: Substring
        var number: Int
    }

    static func banner(_ line: TextLine) -> Banner? {
        let text = line.trimmed
        guard text.utf8.first == UInt8(ascii: "="), text.hasPrefix("==="), text.hasSuffix("===") else { return nil }
        let middle = text.drop { $0 == "=" }.reversed().drop { $0 == "=" }.reversed()
        let words = Substring(String(middle)).trimmingBlanks
        guard let space = words.lastIndex(where: \.isBlank), let number = Int(words[space...].dropFirst()) else {
            return nil
        }
        return Banner(words: words[..<space].trimmingBlanks, number: number)
    }

    /// `My "Personal"` before a banner; old versions leave the quoted part out for stores without a name to show.
    static func storeHeader(_ line: TextLine) -> String? {
        let text = line.trimmed
        let name = text.prefix { !$0.isBlank }
        let rest = text.dropFirst(name.count).trimmingBlanks
        guard !name.isEmpty, !name.contains(":"), !name.contains("="), !name.contains("\"") else { return nil }
        if rest.isEmpty { return name.allSatisfy { $0.isLetter && $0.isASCII } ? String(name) : nil }
        return rest.count > 1 && rest.hasPrefix("\"") && rest.hasSuffix("\"") ? String(name) : nil
    }

    /// `Cert Hash(sha1): 5619…`; a no-break space, or what became of it, may stand before the colon.
    struct Hash: Equatable {
        var label: Substring
        var algorithm: Substring
        var value: Substring
    }

    static func hash(_ line: TextLine) -> Hash? {
        let text = line.trimmed
        guard line.has("("), line.has(":"), let open = text.firstIndex(of: "("),
            let close = text[open...].firstIndex(of: ")"),
            text[close...].dropFirst().drop(while: { $0.isBlank || $0 == "\u{FFFD}" }).hasPrefix(":")
        else { return nil }
        let label = text[..<open].trimmingBlanks
        let value = text[close...].drop { $0 != ":" }.dropFirst().trimmingBlanks
        guard !label.isEmpty, !label.contains(":"), !label.contains("=") else { return nil }
        return Hash(label: label, algorithm: text[open..<close].dropFirst(), value: value)
    }

    /// `Provider = Microsoft …`: a label without `:` or `=`, an equals sign between blanks, a value.
    struct Pair: Equatable {
        var label: Substring
        var value: Substring
    }

    static func pair(_ line: TextLine) -> Pair? {
        let text = line.trimmed
        guard line.has("="), let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
        let before = text[..<equals]
        let after = text[equals...].dropFirst()
        guard before.last?.isBlank == true || before.last == "\u{FFFD}", after.first?.isBlank ?? true,
            !before.contains(":")
        else { return nil }
        var label = before.trimmingBlanks
        if label.last == "\u{FFFD}" { label = label.dropLast().trimmingBlanks }
        return Pair(label: label, value: after.trimmingBlanks)
    }

    /// The label before a colon, and what follows that.
    static func labelled(_ line: TextLine) -> Pair? {
        let text = line.trimmed
        guard line.has(":"), let colon = text.firstIndex(of: ":") else { return nil }
        var label = text[..<colon].trimmingBlanks
        if label.last == "\u{FFFD}" { label = label.dropLast().trimmingBlanks }
        return Pair(label: label, value: text[colon...].dropFirst().trimmingBlanks)
    }

    /// The number of `CERT_KEY_PROV_INFO_PROP_ID(2):`, which is not translated.
    static func property(_ line: TextLine) -> Int? {
        let text = line.trimmed
        guard line.has("_"), let range = text.firstRange(of: "_PROP_ID("),
            let close = text[range.upperBound...].firstIndex(of: ")")
        else { return nil }
        return Int(text[range.upperBound..<close])
    }

    /// The properties that are looked at.
    ///
    /// Source: wincrypt.h, CERT_KEY_PROV_INFO_PROP_ID and the like.
    enum Property {
        static let keyInfo = 2
        static let sha1 = 3
        static let friendlyName = 11
    }

    /// By the object identifiers of RFC 3279 §2.3.
    ///
    /// - Returns: `EC` or `RSA`.
    static func publicKey(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: ".")) else { return nil }
        let words = text.split(whereSeparator: \.isBlank)
        if words.contains("1.2.840.10045.2.1") { return "EC" }
        if words.contains("1.2.840.113549.1.1.1") { return "RSA" }
        return nil
    }

    /// A sentence, as certutil has few and people write them.
    static func isProse(_ text: Substring) -> Bool {
        let words = text.split(whereSeparator: \.isBlank)
        guard words.count >= 4, !text.hasPrefix("Cannot find the certificate") else { return false }
        return words.count >= 8 || text.hasSuffix(".")
    }

    /// SHA-1 as 40 digits, or as pairs with blanks between them, in upper case.
    static func thumbprint(_ text: some StringProtocol) -> String? {
        let digits = String(text.filter { !$0.isBlank })
        guard digits.utf8.count == 40, digits.utf8.allSatisfy(\.isHexDigit) else { return nil }
        return digits.uppercased()
    }

    /// A number as certutil writes it: hex without a mark, in newer versions with the decimal value in parentheses.
    ///
    /// - Returns: nil where it is none, or where the two disagree.
    static func number(_ text: Substring) -> Int? {
        let digits = text.prefix { !$0.isBlank }
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isHexDigit), let number = Int(digits, radix: 16) else {
            return nil
        }
        let rest = text.dropFirst(digits.count).trimmingBlanks
        guard rest.hasPrefix("("), let close = rest.firstIndex(of: ")") else { return number }
        return Int(rest[..<close].dropFirst()) == number ? number : nil
    }
}

extension UInt8 {
    var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
