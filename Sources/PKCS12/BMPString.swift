/// BMPString as Windows and RFC 7292 use it: UTF-16, big-endian, surrogate pairs included.
package enum BMPString {
    /// The DER of a BMPString.
    static func encode(_ text: String) -> [UInt8] {
        var content: [UInt8] = []
        for unit in text.utf16 {
            content.append(UInt8(unit >> 8))
            content.append(UInt8(unit & 0xFF))
        }
        return DER.value(DERCursor.Tag.bmpString, content)
    }

    /// The text of a BMPString's DER; nil where it is of another type or has half a character.
    /// Lone surrogates become U+FFFD.
    static func decode(_ der: [UInt8]) -> String? {
        der.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            guard let content = try? cursor.require(DERCursor.Tag.bmpString, "a name").content,
                let units = units(content)
            else { return nil }
            // Some programs end the string with a zero, as in C.
            let text = units.last == 0 ? units.dropLast() : units[...]
            // Most are ASCII, which needs no look for pairs.
            return text.allSatisfy { $0 < 0x80 }
                ? String(decoding: text.map { UInt8($0) }, as: UTF8.self) : String(decoding: text, as: UTF16.self)
        }
    }

    /// The UTF-16 of a BMPString's content; nil where it has half a character.
    package static func units(_ content: UnsafeRawBufferPointer) -> [UInt16]? {
        guard content.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: content.count, by: 2).map {
            UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
        }
    }
}
