/// The single-byte code pages of Western Windows: 850 in a console, 1252 elsewhere.
///
/// Source: unicode.org, Public/MAPPINGS/VENDORS/MICSFT/PC/CP850.TXT and WINDOWS/CP1252.TXT.
struct CodePage: Sendable {
    /// What the bytes from 0x80 on mean; U+FFFD for those that mean nothing.
    private let upperHalf: [Unicode.Scalar]

    func decode(_ bytes: some Sequence<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(byte < 0x80 ? Unicode.Scalar(byte) : upperHalf[Int(byte) - 0x80]) }
        return String(text)
    }

    /// - Parameter upperHalf: 128 scalars.
    private init(_ upperHalf: String) {
        self.upperHalf = Array(upperHalf.unicodeScalars)
    }

    static let oem850 = CodePage(
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤"
            + "ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}")

    static let windows1252 = CodePage(
        "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ"
            + String(String.UnicodeScalarView((0xA0...0xFF).map { Unicode.Scalar(UInt8($0)) })))
}
