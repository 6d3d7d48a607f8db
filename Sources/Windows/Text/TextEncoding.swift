import PKCS12

/// How a text that comes from Windows is encoded.
public enum TextEncoding: String, Codable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    /// What a console of Western Europe writes.
    case oem850 = "cp850"
    case windows1252 = "cp1252"

    /// Decodes a text, by its byte order mark, or else by the encoding given, or else by what it shows: whether it is valid
    /// UTF-8, then which of the two code pages makes plausible letters of it.
    ///
    /// - Throws: ``WindowsError`` `notText`.
    public static func decode(_ bytes: [UInt8], as told: TextEncoding? = nil) throws(WindowsError) -> (
        text: String, encoding: TextEncoding
    ) {
        let mark = byteOrderMark(bytes)
        let content = bytes[(mark?.byteCount ?? 0)...]
        if let encoding = mark?.encoding ?? told { return (encoding.text(content), encoding) }
        guard !content.contains(0) else {
            throw WindowsError(
                .notText, "the file has zero bytes and no byte order mark",
                hint: "if it is UTF-16 without a mark, say so with --encoding utf-16le; a PFX goes with --pfx")
        }
        if let text = String(validating: content, as: UTF8.self) { return (text, .utf8) }
        let candidates = [TextEncoding.oem850, .windows1252].map { (text: $0.text(content), encoding: $0) }
        // Of two that are alike plausible the console's, which is where certutil writes.
        return plausibility(candidates[0].text) >= plausibility(candidates[1].text) ? candidates[0] : candidates[1]
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        switch self {
        case .utf8: String(decoding: bytes, as: UTF8.self)
        case .utf16LittleEndian: String(decoding: Self.units(bytes) { $0 | $1 << 8 }, as: UTF16.self)
        case .utf16BigEndian: String(decoding: Self.units(bytes) { $0 << 8 | $1 }, as: UTF16.self)
        case .oem850: CodePage.oem850.decode(bytes)
        case .windows1252: CodePage.windows1252.decode(bytes)
        }
    }

    private static func units(_ bytes: ArraySlice<UInt8>, _ join: (UInt16, UInt16) -> UInt16) -> [UInt16] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
            join(UInt16(bytes[$0]), UInt16(bytes[$0 + 1]))
        }
    }

    private static func byteOrderMark(_ bytes: [UInt8]) -> (encoding: TextEncoding, byteCount: Int)? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, 2) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, 2) }
        return nil
    }

    /// How much a text looks like words of a Western language: small letters with accents inside words speak for it,
    /// capitals inside words and signs against it.
    private static func plausibility(_ text: String) -> Int {
        var score = 0
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            guard !scalar.isASCII else { continue }
            switch scalar.properties.generalCategory {
            case .lowercaseLetter: score += usualLetters.contains(scalar) ? 2 : -1
            case .uppercaseLetter: score += previous.properties.isLowercase ? -2 : 1
            default: score += usualSigns.contains(scalar) ? 1 : scalar == "\u{FFFD}" ? -3 : -1
            }
        }
        return score
    }

    private static let usualLetters = Set("äöüßàâçéèêëîïôùûœñáíóúåæøìò".unicodeScalars)
    private static let usualSigns = Set("\u{A0}’“”«»–".unicodeScalars)
}
