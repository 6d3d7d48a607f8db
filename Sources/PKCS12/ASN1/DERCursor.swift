import SwiftASN1

/// Reads DER values one after the other, in place.
///
/// swift-asn1 parses into arrays that cannot be wiped; what is decrypted from a PFX holds private keys and is read
/// here, where it lies. The same productions (algorithm identifiers, attributes) occur in both parts of a file, so
/// that all reading goes through this cursor. Its pointers are valid only inside the closure that gave the bytes.
package struct DERCursor {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package struct Element {
        package var identifier: UInt8
        package var content: UnsafeRawBufferPointer
        /// The value with its header.
        package var encoded: UnsafeRawBufferPointer
    }

    package var isAtEnd: Bool { offset == bytes.count }

    /// The identifier octet of the next value; nil at the end.
    package var nextIdentifier: UInt8? { isAtEnd ? nil : bytes[offset] }

    /// The next value, of any type.
    package mutating func any(_ what: @autoclosure () -> String) throws(PKCS12Error) -> Element {
        guard !isAtEnd else { throw PKCS12Error(.malformed, "\(what()) is missing") }
        let header = try BERHeader(bytes, at: offset, end: bytes.count)
        guard let count = header.contentByteCount else {
            throw PKCS12Error(.malformed, "\(what()) has an indefinite length")
        }
        let start = offset + header.byteCount
        defer { offset = start + count }
        return Element(
            identifier: header.identifier,
            content: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]),
            encoded: UnsafeRawBufferPointer(rebasing: bytes[offset..<start + count]))
    }

    /// The next value, which must have this identifier.
    package mutating func require(
        _ identifier: UInt8, _ what: @autoclosure () -> String
    ) throws(PKCS12Error) -> Element {
        guard nextIdentifier == nil || nextIdentifier == identifier else {
            throw PKCS12Error(.malformed, "\(what()) is of another type than expected")
        }
        return try any(what())
    }

    /// The next value if it has this identifier.
    package mutating func optional(
        _ identifier: UInt8, _ what: @autoclosure () -> String
    ) throws(PKCS12Error) -> Element? {
        nextIdentifier == identifier ? try any(what()) : nil
    }

    package mutating func sequence(_ what: @autoclosure () -> String) throws(PKCS12Error) -> DERCursor {
        DERCursor(try require(Tag.sequence, what()).content)
    }

    package mutating func objectIdentifier(
        _ what: @autoclosure () -> String
    ) throws(PKCS12Error) -> ASN1ObjectIdentifier {
        let element = try require(Tag.objectIdentifier, what())
        if let usual = UsualObjectIdentifiers.find(element.encoded) { return usual }
        do {
            return try ASN1ObjectIdentifier(derEncoded: Array(element.encoded))
        } catch {
            throw PKCS12Error(.malformed, "\(what()) is not a valid object identifier")
        }
    }

    /// A count that must be positive: iterations, key lengths.
    package mutating func positiveInteger(_ what: @autoclosure () -> String) throws(PKCS12Error) -> Int {
        let content = try require(Tag.integer, what()).content
        guard let first = content.first else { throw PKCS12Error(.malformed, "\(what()) is an empty number") }
        guard first & 0x80 == 0 else { throw PKCS12Error(.malformed, "\(what()) is negative") }
        let digits = content.drop { $0 == 0 }
        guard !digits.isEmpty else { throw PKCS12Error(.malformed, "\(what()) is zero") }
        guard digits.count < 8 else {
            throw PKCS12Error(.limitExceeded, "\(what()) has \(digits.count * 8) bits")
        }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// An OCTET STRING, or one under an implicit tag, which BER may have left in pieces.
    package mutating func octets(
        _ what: @autoclosure () -> String, identifier: UInt8 = Tag.octetString
    ) throws(PKCS12Error) -> [UInt8] {
        guard nextIdentifier == identifier | BERHeader.constructedBit else {
            return Array(try require(identifier, what()).content)
        }
        var pieces = DERCursor(try any(what()).content)
        var joined: [UInt8] = []
        while !pieces.isAtEnd {
            joined += try pieces.octets("a piece of \(what())")
        }
        return joined
    }

    package func requireEnd(of what: @autoclosure () -> String) throws(PKCS12Error) {
        guard isAtEnd else { throw PKCS12Error(.malformed, "\(what()) has more in it than it should") }
    }

    package enum Tag {
        package static let integer: UInt8 = 0x02
        package static let bitString: UInt8 = 0x03
        package static let octetString: UInt8 = 0x04
        package static let null: UInt8 = 0x05
        package static let objectIdentifier: UInt8 = 0x06
        package static let bmpString: UInt8 = 0x1E
        package static let sequence: UInt8 = 0x30
        package static let set: UInt8 = 0x31

        package static func explicit(_ number: UInt8) -> UInt8 { 0xA0 | number }
        package static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
    }
}
