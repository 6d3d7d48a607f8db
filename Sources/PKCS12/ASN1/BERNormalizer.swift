/// Turns the BER that other programs write into DER: definite, shortest lengths, and strings in one piece.
///
/// NSS (`pk12util`) writes indefinite lengths and constructed OCTET STRINGs; RFC 7292 §4 allows all of BER.
/// The output may hold decrypted keys, so that it lives in ``SecretBytes``. An implicitly tagged string in pieces
/// cannot be told from its tag: it stays constructed, and ``DERCursor/octets(_:)`` joins it.
enum BERNormalizer {
    /// Calls `body` with the DER of the first value in `bytes`; what follows it is left out.
    ///
    /// - Parameter allowsTrailingBytes: whether anything may follow it.
    static func withDER<Result>(
        of bytes: UnsafeRawBufferPointer, limits: Limits, allowsTrailingBytes: Bool = true,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        var scan = Scan(bytes: bytes, nesting: limits.nesting)
        scan.nodes.reserveCapacity(usualValues)
        let end = try scan.value(at: 0, end: bytes.count, depth: 1)
        guard allowsTrailingBytes || end == bytes.count else {
            throw PKCS12Error(.malformed, "\(bytes.count - end) bytes follow the end of the PFX")
        }
        if scan.isDER {
            return try body(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        }
        try scan.sumUp()
        let total = scan.nodes[0].byteCount
        let normalized = SecretBytes(capacity: total) { target in
            var writer = Writer(nodes: scan.nodes, source: bytes, target: target)
            writer.write(0)
            return writer.position
        }
        return try normalized.withUnsafeBytes(body)
    }

    /// More values than any real file has; keeps the bookkeeping of a hostile one small.
    private static let mostValues = 200_000

    /// As many as a part with one certificate or key has.
    private static let usualValues = 32

    private struct Node {
        var identifier: UInt8
        /// The content in the source, of a primitive value.
        var content: Range<Int>
        var contentByteCount: Int
        /// The index after the last node inside this one.
        var end: Int
        /// A string in pieces, to be joined.
        var isSegmented = false

        var byteCount: Int {
            BERHeader.byteCount(contentByteCount: contentByteCount) + contentByteCount
        }
    }

    /// Walks through the source once: checks it, and notes every value in the order of the file.
    private struct Scan {
        let bytes: UnsafeRawBufferPointer
        let nesting: Int
        var nodes: [Node] = []
        var isDER = true

        /// - Returns: the offset after the value.
        mutating func value(at offset: Int, end: Int, depth: Int) throws(PKCS12Error) -> Int {
            guard depth <= nesting else {
                throw PKCS12Error(.limitExceeded, "values are nested deeper than the limit of \(nesting) (nesting)")
            }
            guard nodes.count < BERNormalizer.mostValues else {
                throw PKCS12Error(.limitExceeded, "more than \(BERNormalizer.mostValues) ASN.1 values")
            }
            let header = try BERHeader(bytes, at: offset, end: end)
            isDER = isDER && header.isDER
            let start = offset + header.byteCount
            let index = nodes.count
            guard header.isConstructed else {
                let content = start..<start + (header.contentByteCount ?? 0)
                nodes.append(
                    Node(
                        identifier: header.identifier, content: content, contentByteCount: content.count,
                        end: index + 1))
                return content.upperBound
            }
            let primitive = header.identifier & ~BERHeader.constructedBit
            let isSegmented = BERNormalizer.isString(primitive)
            isDER = isDER && !isSegmented
            nodes.append(
                Node(
                    identifier: isSegmented ? primitive : header.identifier, content: start..<start,
                    contentByteCount: 0, end: 0, isSegmented: isSegmented))
            let next = try children(of: header, from: start, end: end, depth: depth)
            nodes[index].end = nodes.count
            return next
        }

        private mutating func children(of header: BERHeader, from start: Int, end: Int, depth: Int) throws(PKCS12Error)
            -> Int
        {
            var position = start
            guard let count = header.contentByteCount else {
                while true {
                    let child = try BERHeader(bytes, at: position, end: end)
                    if child.identifier == BERHeader.endOfContents {
                        guard child.contentByteCount == 0 else {
                            throw PKCS12Error(.malformed, "broken end of contents at offset \(position)")
                        }
                        return position + child.byteCount
                    }
                    position = try value(at: position, end: end, depth: depth + 1)
                }
            }
            while position < start + count {
                position = try value(at: position, end: start + count, depth: depth + 1)
            }
            return position
        }

        /// Works out how long constructed values become, the innermost first, for those that are not DER yet.
        mutating func sumUp() throws(PKCS12Error) {
            for index in nodes.indices.reversed() where nodes[index].end > index + 1 {
                var child = index + 1
                while child < nodes[index].end {
                    if nodes[index].isSegmented {
                        guard nodes[child].identifier == nodes[index].identifier else {
                            throw PKCS12Error(.malformed, "a string is made of pieces of another type")
                        }
                        nodes[index].contentByteCount += nodes[child].contentByteCount
                    } else {
                        nodes[index].contentByteCount += nodes[child].byteCount
                    }
                    child = nodes[child].end
                }
            }
        }
    }

    private struct Writer {
        let nodes: [Node]
        let source: UnsafeRawBufferPointer
        let target: UnsafeMutableRawBufferPointer
        var position = 0

        mutating func write(_ index: Int) {
            let node = nodes[index]
            append(BERHeader.encode(identifier: node.identifier, contentByteCount: node.contentByteCount))
            writeContent(index)
        }

        private mutating func writeContent(_ index: Int) {
            let node = nodes[index]
            append(source[node.content])
            var child = index + 1
            while child < node.end {
                if node.isSegmented { writeContent(child) } else { write(child) }
                child = nodes[child].end
            }
        }

        private mutating func append(_ bytes: some Collection<UInt8>) {
            UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyBytes(from: bytes)
            position += bytes.count
        }
    }

    /// OCTET STRING and the character strings of X.680, in their primitive form.
    private static func isString(_ identifier: UInt8) -> Bool {
        switch identifier {
        case 0x04, 0x0C, 0x12...0x16, 0x19...0x1E: true
        default: false
        }
    }
}
