import SwiftASN1

/// Writes DER that is no secret, from parts that are encoded already.
package enum DER {
    package static func value(_ identifier: UInt8, _ parts: [UInt8]...) -> [UInt8] {
        value(identifier, parts: parts)
    }

    package static func sequence(_ parts: [UInt8]...) -> [UInt8] {
        value(DERCursor.Tag.sequence, parts: parts)
    }

    /// SET OF, its elements sorted as X.690 §11.6 wants them.
    package static func set(_ elements: [[UInt8]]) -> [UInt8] {
        value(DERCursor.Tag.set, parts: elements.sorted { $0.lexicographicallyPrecedes($1) })
    }

    package static func value(_ identifier: UInt8, parts: [[UInt8]]) -> [UInt8] {
        let count = parts.reduce(0) { $0 + $1.count }
        var encoded: [UInt8] = []
        encoded.reserveCapacity(BERHeader.mostOctets + count)
        BERHeader.append(identifier: identifier, contentByteCount: count, to: &encoded)
        for part in parts { encoded += part }
        return encoded
    }

    package static func octetString(_ content: [UInt8]) -> [UInt8] {
        value(DERCursor.Tag.octetString, content)
    }

    package static func objectIdentifier(_ identifier: ASN1ObjectIdentifier) throws(PKCS12Error) -> [UInt8] {
        if let encoding = UsualObjectIdentifiers.encoding(of: identifier) { return encoding }
        do {
            return try encode(identifier)
        } catch {
            throw PKCS12Error(.invalidArgument, "\(identifier) cannot be written as an object identifier")
        }
    }

    /// As swift-asn1 writes it.
    static func encode(_ identifier: ASN1ObjectIdentifier) throws -> [UInt8] {
        var serializer = SwiftASN1.DER.Serializer()
        try serializer.serialize(identifier)
        return serializer.serializedBytes
    }

    /// A number that is not negative.
    package static func integer(_ number: Int) -> [UInt8] {
        let bytes = withUnsafeBytes(of: number.bigEndian) { Array($0.drop { $0 == 0 }) }
        return unsignedInteger(bytes)
    }

    /// A number from its big-endian bytes.
    package static func unsignedInteger(_ bytes: [UInt8]) -> [UInt8] {
        value(DERCursor.Tag.integer, integerPrefix(bytes.first), bytes)
    }

    /// The zero octet that keeps a number from reading as negative, or stands for zero.
    package static func integerPrefix(_ first: UInt8?) -> [UInt8] {
        first.map { $0 & 0x80 == 0 } ?? false ? [] : [0]
    }

    package static let null: [UInt8] = [DERCursor.Tag.null, 0]
}
