/// DER with secrets in it: a tree of parts that is written into ``SecretBytes`` in one go.
indirect enum SecretDER {
    /// Encoded already, and no secret.
    case encoded([UInt8])
    /// Encoded already, and secret.
    case raw(SecretBytes)
    /// A value with a secret as its content.
    case secret(identifier: UInt8, SecretBytes)
    /// A non-negative INTEGER from big-endian bytes without leading zeros.
    case integer(SecretBytes)
    /// A value with these parts.
    case constructed(identifier: UInt8, [SecretDER])

    func serialized() -> SecretBytes {
        SecretBytes(capacity: byteCount) { target in
            var position = 0
            write(to: target, at: &position)
            return position
        }
    }

    private var byteCount: Int {
        let content = contentByteCount
        return switch self {
        case .raw(let secret): secret.count
        case .encoded, .secret, .integer, .constructed: header(contentByteCount: content).count + content
        }
    }

    private var contentByteCount: Int {
        switch self {
        case .encoded, .raw: 0
        case .secret(_, let secret): secret.count
        case .integer(let number): integerPrefix.count + number.count
        case .constructed(_, let parts): parts.reduce(0) { $0 + $1.byteCount }
        }
    }

    /// - Parameter contentByteCount: asked for, because working it out at each level anew doubles the work with each.
    private func header(contentByteCount: Int) -> [UInt8] {
        switch self {
        case .encoded(let bytes): bytes
        case .raw: []
        case .secret(let identifier, _), .constructed(let identifier, _):
            BERHeader.encode(identifier: identifier, contentByteCount: contentByteCount)
        case .integer:
            BERHeader.encode(identifier: DERCursor.Tag.integer, contentByteCount: contentByteCount)
        }
    }

    private var integerPrefix: [UInt8] {
        guard case .integer(let number) = self else { return [] }
        return DER.integerPrefix(number.withUnsafeBytes(\.first))
    }

    private func write(to target: UnsafeMutableRawBufferPointer, at position: inout Int) {
        append(header(contentByteCount: contentByteCount), to: target, at: &position)
        append(integerPrefix, to: target, at: &position)
        switch self {
        case .encoded: break
        case .raw(let secret), .secret(_, let secret), .integer(let secret):
            secret.withUnsafeBytes { append($0, to: target, at: &position) }
        case .constructed(_, let parts):
            for part in parts { part.write(to: target, at: &position) }
        }
    }

    private func append(
        _ bytes: some Collection<UInt8>, to target: UnsafeMutableRawBufferPointer, at position: inout Int
    ) {
        UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyBytes(from: bytes)
        position += bytes.count
    }
}
