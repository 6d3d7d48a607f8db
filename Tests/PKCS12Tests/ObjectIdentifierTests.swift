import SwiftASN1
import Testing

@testable import PKCS12

/// Object identifiers that are looked up read and write as swift-asn1 has them.
@Suite struct ObjectIdentifierTests {
    private static let usual = AlgorithmName.identifiers + [OID.data, OID.shroudedKeyBag, OID.friendlyName, [2, 5, 4, 3]]
    private static let others: [ASN1ObjectIdentifier] = [[1, 2], [2, 999, 3], [1, 3, 6, 1, 4, 1, 311, 17, 3, 20]]

    @Test func areTheSameBothWays() throws {
        for identifier in Self.usual + Self.others {
            let encoded = try DER.encode(identifier)
            #expect(try DER.objectIdentifier(identifier) == encoded)
            #expect(try read(encoded) == identifier)
            #expect((UsualObjectIdentifiers.encoding(of: identifier) != nil) == !Self.others.contains(identifier))
        }
    }

    /// With the last octets of one that is looked up, and something else before them.
    @Test func anotherWithTheSameEndIsItself() throws {
        let encoded = try DER.encode([1, 2, 840, 113549, 1, 12, 10, 1, 2])
        var other = encoded
        other[2] = 0x2B
        #expect(try read(other) != read(encoded))
        #expect(try DER.encode(read(other)) == other)
    }

    @Test func aLengthThatIsNotTheShortestIsNotLookedUp() throws {
        let encoded = try DER.encode(OID.data)
        let longer = [encoded[0], 0x81, encoded[1]] + encoded[2...]
        #expect(throws: PKCS12Error.self) { try read(longer) }
    }

    private func read(_ encoded: [UInt8]) throws -> ASN1ObjectIdentifier {
        try encoded.withUnsafeBytes { bytes in
            var cursor = DERCursor(bytes)
            return try cursor.objectIdentifier("an object identifier")
        }
    }
}
