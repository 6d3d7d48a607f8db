import PKCS12
import SwiftASN1
import TestSupport

@testable import PKCS12

/// The BER normaliser, against the parser of swift-asn1.
struct BERTarget: FuzzTarget {
    let name = "ber"

    func run(_ input: [UInt8]) {
        guard let der = normalized(input) else { return }
        require(der.count <= input.count + 16, "\(der.count) bytes of DER from \(input.count) of BER")
        require(normalized(der) == der, "what is DER is changed")
        // A constructed value of string type cannot be left, and an implicit one cannot be told.
        guard let before = try? BER.parse(input) else { return }
        guard let after = try? BER.parse(der) else {
            return require(false, "swift-asn1 reads the BER, and not the DER")
        }
        require(Leaves(before) == Leaves(after), "the values differ from those that swift-asn1 finds")
    }

    func mutated(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        TreeMutation.mutated(input, &random)
    }

    func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        TreeMutation.crossed(first, second, &random)
    }

    /// Whole files: their parts, in DER and in the BER of NSS.
    func seeds() throws -> [(name: String, input: [UInt8])] {
        try Vectors.all.map { ($0.name, try $0.bytes) }
    }

    private func normalized(_ input: [UInt8]) -> [UInt8]? {
        do {
            return try input.withUnsafeBytes { bytes in
                try BERNormalizer.withDER(of: bytes, limits: Limits()) { Array($0) }
            }
        } catch {
            require(error is PKCS12Error, "the normaliser ends in \(error)")
            return nil
        }
    }
}

/// The contents of all primitive values, and the types of those that are no strings, whose pieces have been joined.
private struct Leaves: Equatable {
    var content: [UInt8] = []
    var types: [ASN1Identifier] = []

    init(_ node: ASN1Node) { add(node) }

    private mutating func add(_ node: ASN1Node) {
        switch node.content {
        case .primitive(let bytes):
            content += bytes
            if node.identifier.tagClass != .universal || !Self.strings.contains(node.identifier.tagNumber) {
                types.append(node.identifier)
            }
        case .constructed(let nodes):
            for node in nodes { add(node) }
        }
    }

    private static let strings: Set<UInt> = [
        0x04, 0x0C, 0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E,
    ]
}
