import CProviderABI
import PKCS12

extension recapi_bytes {
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: UInt64(bytes.count))
    }

    /// The bytes, where the pointer and the size make sense.
    ///
    /// - Throws: ``PKCS12Error`` `invalidArgument`.
    func checked() throws -> UnsafeRawBufferPointer {
        guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let data, size <= Self.largest else {
            throw PKCS12Error(.invalidArgument, "a span of \(size) bytes is without memory or too large")
        }
        return UnsafeRawBufferPointer(start: data, count: Int(size))
    }

    /// The text.
    ///
    /// - Throws: ``PKCS12Error`` `invalidArgument` where it is not UTF-8.
    func text() throws -> String {
        guard let text = String(validating: try checked(), as: UTF8.self) else {
            throw PKCS12Error(.invalidArgument, "a text that is not UTF-8")
        }
        return text
    }

    /// The bytes as a value that may be absent, which an empty one is not.
    func ifPresent<Value>(_ value: (recapi_bytes) throws -> Value) rethrows -> Value? {
        data == nil ? nil : try value(self)
    }

    /// Far above any limit on files, far below anything that overflows.
    private static let largest: UInt64 = 1 << 32
}

extension recapi_buffer {
    init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.init(
            data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), capacity: UInt64(bytes.count), size: 0)
    }

    /// Copies bytes into the room there is.
    mutating func fill(with bytes: UnsafeRawBufferPointer) throws {
        guard UInt64(bytes.count) <= capacity, data != nil || bytes.isEmpty else { throw BufferTooSmall() }
        UnsafeMutableRawBufferPointer(start: data, count: bytes.count).copyMemory(from: bytes)
        size = UInt64(bytes.count)
    }
}

extension RSAPrivateKey {
    /// Calls `body` with the numbers, which are valid only until it returns.
    func withCKey<Result>(_ body: (recapi_rsa_key) throws -> Result) rethrows -> Result {
        try modulus.withUnsafeBytes { modulus in
            try publicExponent.withUnsafeBytes { publicExponent in
                try privateExponent.withUnsafeBytes { privateExponent in
                    try prime1.withUnsafeBytes { prime1 in
                        try prime2.withUnsafeBytes { prime2 in
                            try exponent1.withUnsafeBytes { exponent1 in
                                try exponent2.withUnsafeBytes { exponent2 in
                                    try coefficient.withUnsafeBytes { coefficient in
                                        try body(
                                            recapi_rsa_key(
                                                modulus: recapi_bytes(modulus),
                                                public_exponent: recapi_bytes(publicExponent),
                                                private_exponent: recapi_bytes(privateExponent),
                                                prime1: recapi_bytes(prime1), prime2: recapi_bytes(prime2),
                                                exponent1: recapi_bytes(exponent1),
                                                exponent2: recapi_bytes(exponent2),
                                                coefficient: recapi_bytes(coefficient)))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Copies a key that came across the boundary.
    ///
    /// - Throws: ``PKCS12Error`` `invalidArgument` for spans that make no sense.
    init(_ key: recapi_rsa_key) throws {
        self.init(
            modulus: Array(try key.modulus.checked()),
            publicExponent: Array(try key.public_exponent.checked()),
            privateExponent: try SecretBytes(key.private_exponent), prime1: try SecretBytes(key.prime1),
            prime2: try SecretBytes(key.prime2), exponent1: try SecretBytes(key.exponent1),
            exponent2: try SecretBytes(key.exponent2), coefficient: try SecretBytes(key.coefficient))
    }
}

/// Calls `body` with one span for each array, in order; an absent array has no memory, an empty one has.
func withSpans<Result>(of arrays: [[UInt8]?], _ body: ([recapi_bytes]) throws -> Result) rethrows -> Result {
    // One byte more than needed, so that an empty array at the end points to something.
    let joined = arrays.reduce(into: [UInt8]()) { $0 += $1 ?? [] } + [0]
    return try joined.withUnsafeBufferPointer { joined in
        var position = 0
        let spans = arrays.map { array in
            guard let array else { return recapi_bytes(data: nil, size: 0) }
            defer { position += array.count }
            return recapi_bytes(data: joined.baseAddress.map { $0 + position }, size: UInt64(array.count))
        }
        return try body(spans)
    }
}

extension SecretBytes {
    /// Copies a secret that came across the boundary.
    ///
    /// - Throws: ``PKCS12Error`` `invalidArgument` for spans that make no sense.
    convenience init(_ bytes: recapi_bytes) throws {
        self.init(copying: try bytes.checked())
    }
}

extension KeyDerivation.Method {
    /// The number of the method at the boundary.
    var boundaryNumber: UInt32 {
        switch self {
        case .pkcs12(let purpose): UInt32(purpose.rawValue)
        case .pbkdf2: UInt32(RECAPI_PBKDF2)
        }
    }

    init?(boundaryNumber: UInt32) {
        if boundaryNumber == UInt32(RECAPI_PBKDF2) {
            self = .pbkdf2
        } else if let purpose = UInt8(exactly: boundaryNumber).flatMap(KeyDerivation.Purpose.init(rawValue:)) {
            self = .pkcs12(purpose)
        } else {
            return nil
        }
    }
}

extension Set where Element: RawRepresentable & CaseIterable, Element.RawValue == UInt32 {
    /// The elements whose bit, 1 << rawValue, is set; other bits are ignored.
    init(boundaryBits: UInt32) {
        self = Set(Element.allCases.filter { boundaryBits & (1 << $0.rawValue) != 0 })
    }

    var boundaryBits: UInt32 {
        reduce(0) { $0 | (1 << $1.rawValue) }
    }
}
