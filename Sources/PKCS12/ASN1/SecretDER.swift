/// DER with secrets in it: a tree of parts that is written into ``SecretBytes`` in one go.
struct SecretDER {
    private enum Content {
        case secret(SecretBytes)
        case parts([SecretDER])
    }

    /// What comes first, and is no secret.
    private let prefix: [UInt8]
    private let content: Content
    /// Of both.
    private let byteCount: Int

    private init(_ prefix: [UInt8], _ content: Content, byteCount: Int) {
        self.prefix = prefix
        self.content = content
        self.byteCount = prefix.count + byteCount
    }

    /// Encoded already, and no secret.
    static func encoded(_ bytes: [UInt8]) -> SecretDER { SecretDER(bytes, .parts([]), byteCount: 0) }

    /// Encoded already, and secret.
    static func raw(_ secret: SecretBytes) -> SecretDER { SecretDER([], .secret(secret), byteCount: secret.count) }

    /// A value with a secret as its content.
    static func secret(identifier: UInt8, _ secret: SecretBytes) -> SecretDER {
        let header = BERHeader.encode(identifier: identifier, contentByteCount: secret.count)
        return SecretDER(header, .secret(secret), byteCount: secret.count)
    }

    /// A non-negative INTEGER from big-endian bytes without leading zeros.
    static func integer(_ number: SecretBytes) -> SecretDER {
        let zero = DER.integerPrefix(number.withUnsafeBytes(\.first))
        let header = BERHeader.encode(
            identifier: DERCursor.Tag.integer, contentByteCount: zero.count + number.count)
        return SecretDER(header + zero, .secret(number), byteCount: number.count)
    }

    /// A value with these parts.
    static func constructed(identifier: UInt8, _ parts: [SecretDER]) -> SecretDER {
        let count = parts.reduce(0) { $0 + $1.byteCount }
        return SecretDER(
            BERHeader.encode(identifier: identifier, contentByteCount: count), .parts(parts), byteCount: count)
    }

    func serialized() -> SecretBytes {
        SecretBytes(capacity: byteCount) { target in
            var rest = target[...]
            write(to: &rest)
            return byteCount
        }
    }

    private func write(to target: inout Slice<UnsafeMutableRawBufferPointer>) {
        prefix.withUnsafeBytes { Self.append($0, to: &target) }
        switch content {
        case .secret(let secret): secret.withUnsafeBytes { Self.append($0, to: &target) }
        case .parts(let parts): for part in parts { part.write(to: &target) }
        }
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to target: inout Slice<UnsafeMutableRawBufferPointer>) {
        UnsafeMutableRawBufferPointer(rebasing: target).copyMemory(from: bytes)
        target = target.dropFirst(bytes.count)
    }
}
