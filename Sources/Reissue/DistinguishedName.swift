import PKCS12
import SwiftASN1

/// Names as text (RFC 4514), safe to print: what is not printable is escaped.
package enum DistinguishedName {
    ///     Name ::= SEQUENCE OF RelativeDistinguishedName
    ///     RelativeDistinguishedName ::= SET OF SEQUENCE { type AttributeType, value AttributeValue }  -- RFC 5280 §4.1.2.4
    ///
    /// - Parameter der: the DER of a Name.
    /// - Returns: the last component first, as RFC 4514 §2.1 wants it; a name that cannot be read as `#` and its hex.
    package static func text(_ der: [UInt8]) -> String {
        der.withUnsafeBytes { bytes in
            do {
                var cursor = DERCursor(bytes)
                var name = try cursor.sequence("a name")
                var components: [String] = []
                while !name.isAtEnd {
                    var set = DERCursor(try name.require(DERCursor.Tag.set, "a part of a name").content)
                    var attributes: [String] = []
                    while !set.isAtEnd {
                        var attribute = try set.sequence("an attribute of a name")
                        let type = try attribute.objectIdentifier("the type of an attribute")
                        let value = try attribute.any("the value of an attribute")
                        attributes.append("\(keywords[type] ?? "\(type)")=\(text(value))")
                    }
                    components.append(attributes.joined(separator: "+"))
                }
                return components.reversed().joined(separator: ",")
            } catch {
                return hex(bytes)
            }
        }
    }

    private static func text(_ value: DERCursor.Element) -> String {
        let content = value.content
        switch value.identifier {
        case 0x0C, 0x12, 0x13, 0x16, 0x1A:  // UTF8, Numeric, Printable, IA5, Visible
            return escape(String(decoding: content, as: UTF8.self))
        case 0x14:  // Teletex, in practice Latin-1
            return escape(String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) })))
        case DERCursor.Tag.bmpString:
            return BMPString.units(content).map { escape(String(decoding: $0, as: UTF16.self)) } ?? hex(value.encoded)
        default:
            return hex(value.encoded)
        }
    }

    /// RFC 4514 §2.4, and control and formatting characters besides.
    private static func escape(_ text: String) -> String {
        let space = UInt8(ascii: " ")
        if text.utf8.first != space, text.utf8.last != space, text.utf8.allSatisfy({ isPlain($0) || $0 == space }) {
            return text
        }
        var escaped = ""
        let last = text.unicodeScalars.count - 1
        for (index, scalar) in text.unicodeScalars.enumerated() {
            let isEdge = index == 0 || index == last
            switch scalar {
            case "\"", "+", ",", ";", "<", ">", "\\":
                escaped += "\\\(scalar)"
            case "#" where index == 0, " " where isEdge:
                escaped += "\\\(scalar)"
            case _ where scalar.isUnseen:
                escaped += UTF8.encode(scalar)?.map { "\\" + hexText([$0]) }.joined() ?? ""
            default:
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Letters, digits, and what host names have besides: most names are made of nothing else.
    private static func isPlain(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "*"):
            true
        default: false
        }
    }

    private static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
        "#" + hexText(bytes)
    }

    /// RFC 4514 §3, and emailAddress, which certificates still have.
    private static let keywords: [ASN1ObjectIdentifier: String] = [
        [2, 5, 4, 3]: "CN", [2, 5, 4, 7]: "L", [2, 5, 4, 8]: "ST", [2, 5, 4, 10]: "O", [2, 5, 4, 11]: "OU",
        [2, 5, 4, 6]: "C", [2, 5, 4, 9]: "STREET", [0, 9, 2342, 19_200_300, 100, 1, 25]: "DC",
        [0, 9, 2342, 19_200_300, 100, 1, 1]: "UID", [1, 2, 840, 113549, 1, 9, 1]: "emailAddress",
        [2, 5, 4, 5]: "serialNumber", [2, 5, 4, 4]: "SN", [2, 5, 4, 42]: "GN", [2, 5, 4, 12]: "title",
    ]
}
