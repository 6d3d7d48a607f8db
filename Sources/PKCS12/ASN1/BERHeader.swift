/// The identifier and length octets of one BER value (X.690 §8.1).
struct BERHeader {
    /// Only low tag numbers occur in PKCS#12, so that one octet holds class, form and number.
    var identifier: UInt8
    var byteCount: Int
    /// Nil for the indefinite form.
    var contentByteCount: Int?
    /// The length is definite and in its shortest form (X.690 §10.1).
    var isDER: Bool

    var isConstructed: Bool { identifier & BERHeader.constructedBit != 0 }

    static let constructedBit: UInt8 = 0x20
    /// The two zero octets that end an indefinite length begin with this identifier (X.690 §8.1.5).
    static let endOfContents: UInt8 = 0

    /// Reads the header at `offset`; the value must end at or before `end`.
    ///
    /// - Throws: `truncated` where the whole of `bytes` ends too early, `malformed` where only the surrounding value does.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int, end: Int) throws(PKCS12Error) {
        var position = offset
        func next() throws(PKCS12Error) -> UInt8 {
            guard position < end else { throw Self.tooShort(bytes, at: offset, end: end) }
            defer { position += 1 }
            return bytes[position]
        }
        identifier = try next()
        guard identifier & 0x1F != 0x1F else {
            throw PKCS12Error(.malformed, "a tag number of more than 30 at offset \(offset)")
        }
        let first = try next()
        switch first {
        case 0...0x7F:
            contentByteCount = Int(first)
            isDER = true
        case 0x80:
            guard identifier & Self.constructedBit != 0 else {
                throw PKCS12Error(.malformed, "a primitive value of indefinite length at offset \(offset)")
            }
            contentByteCount = nil
            isDER = false
        default:
            let lengthByteCount = Int(first & 0x7F)
            var length = 0
            for _ in 0..<lengthByteCount {
                let byte = try next()
                guard length <= Int.max >> 9 else { throw Self.tooShort(bytes, at: offset, end: end) }
                length = length << 8 | Int(byte)
            }
            contentByteCount = length
            isDER = length > 0x7F && length >> (8 * (lengthByteCount - 1)) != 0
        }
        byteCount = position - offset
        if let contentByteCount, contentByteCount > end - position {
            throw Self.tooShort(bytes, at: offset, end: end)
        }
    }

    private static func tooShort(_ bytes: UnsafeRawBufferPointer, at offset: Int, end: Int) -> PKCS12Error {
        end == bytes.count
            ? PKCS12Error(
                .truncated, "the data ends inside the value at offset \(offset)",
                hint: "the file is not complete: copy it again from where it came")
            : PKCS12Error(.malformed, "the value at offset \(offset) is longer than the value around it")
    }

    /// The octets of a DER header.
    static func encode(identifier: UInt8, contentByteCount: Int) -> [UInt8] {
        var encoded: [UInt8] = []
        append(identifier: identifier, contentByteCount: contentByteCount, to: &encoded)
        return encoded
    }

    /// Appends the octets of a DER header: at most ``mostOctets``.
    static func append(identifier: UInt8, contentByteCount: Int, to encoded: inout [UInt8]) {
        encoded.append(identifier)
        let lengthByteCount = lengthByteCount(contentByteCount)
        if lengthByteCount > 0 { encoded.append(0x80 | UInt8(lengthByteCount)) }
        for index in (0..<max(lengthByteCount, 1)).reversed() {
            encoded.append(UInt8(truncatingIfNeeded: contentByteCount >> (8 * index)))
        }
    }

    /// The size of what ``encode(identifier:contentByteCount:)`` gives.
    static func byteCount(contentByteCount: Int) -> Int { 2 + lengthByteCount(contentByteCount) }

    static let mostOctets = 2 + Int.bitWidth / 8

    /// The octets of a length after the first; none for the short form.
    private static func lengthByteCount(_ count: Int) -> Int {
        count > 0x7F ? (Int.bitWidth - count.leadingZeroBitCount + 7) / 8 : 0
    }
}
