import CPKCS11
import PKCS12

/// An attribute of an object with a value to give (CK_ATTRIBUTE).
struct Attribute {
    let type: CK_ATTRIBUTE_TYPE
    let value: Value

    enum Value {
        case bytes([UInt8])
        case secret(SecretBytes)
    }

    init(_ type: CK_ATTRIBUTE_TYPE, _ bytes: [UInt8]) { (self.type, value) = (type, .bytes(bytes)) }

    init(_ type: CK_ATTRIBUTE_TYPE, _ secret: SecretBytes) { (self.type, value) = (type, .secret(secret)) }

    init(_ type: CK_ATTRIBUTE_TYPE, _ flag: Bool) { self.init(type, [flag ? 1 : 0]) }

    init(_ type: CK_ATTRIBUTE_TYPE, _ number: CK_ULONG) { self.init(type, withUnsafeBytes(of: number, Array.init)) }

    fileprivate var count: Int {
        switch value {
        case .bytes(let bytes): bytes.count
        case .secret(let secret): secret.count
        }
    }

    fileprivate func copy(to target: UnsafeMutableRawBufferPointer) {
        switch value {
        case .bytes(let bytes): target.copyBytes(from: bytes)
        case .secret(let secret): secret.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }
}

extension [Attribute] {
    /// Calls `body` with a template for C, whose values lie in memory that is wiped.
    func withTemplate<Result>(
        _ body: (UnsafeMutablePointer<CK_ATTRIBUTE>, CK_ULONG) throws -> Result
    ) rethrows -> Result {
        // Each value begins where any C type may.
        let unit = MemoryLayout<CK_ULONG>.alignment
        var positions: [Int] = []
        let size = reduce(0) { end, attribute in
            positions.append(end)
            return end + (attribute.count + unit - 1) / unit * unit
        }
        let values = SecretBytes(capacity: size) { block in
            for (attribute, position) in zip(self, positions) {
                attribute.copy(
                    to: UnsafeMutableRawBufferPointer(rebasing: block[position..<position + attribute.count]))
            }
            return size
        }
        return try values.withUnsafeBytes { values in
            let start = UnsafeMutableRawPointer(mutating: values.baseAddress)
            var template = zip(self, positions).map { attribute, position in
                CK_ATTRIBUTE(
                    type: attribute.type, pValue: start.map { $0 + position }, ulValueLen: CK_ULONG(attribute.count))
            }
            return try template.withUnsafeMutableBufferPointer { template in
                guard let start = template.baseAddress else {
                    var none = CK_ATTRIBUTE()
                    return try body(&none, 0)
                }
                return try body(start, CK_ULONG(template.count))
            }
        }
    }
}
