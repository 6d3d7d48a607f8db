/// BMPString as Windows and RFC 7292 use it: UTF-16, big-endian, surrogate pairs included.
enum BMPString {
    /// The DER of a BMPString.
    static func encode(_ text: String) -> [UInt8] {
        DER.value(DERCursor.Tag.bmpString, text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }

    /// The text of a BMPString's DER; nil where it is of another type or has half a character.
    /// Lone surrogates become U+FFFD.
    static func decode(_ der: [UInt8]) -> String? {
        der.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            guard let content = try? cursor.require(DERCursor.Tag.bmpString, "a name").content,
                content.count.isMultiple(of: 2)
            else { return nil }
            let units = stride(from: 0, to: content.count, by: 2).map {
                UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
            }
            // Some programs end the string with a zero, as in C.
            return String(decoding: units.last == 0 ? units.dropLast() : units[...], as: UTF16.self)
        }
    }
}
