import COpenSSL
import PKCS12

/// An OpenSSL integer, overwritten when it is freed.
final class BigNumber: Handle {
    init() throws {
        super.init(takingOwnership: try openSSL("make a number", BN_new()), free: BN_clear_free)
    }

    init(_ bytes: [UInt8]) throws {
        let number = bytes.withUnsafeBytes { BN_bin2bn($0.bytes, Int32(clamping: $0.count), nil) }
        super.init(takingOwnership: try openSSL("make a number", number), free: BN_clear_free)
    }

    /// Copies an unsigned big-endian integer; operations on it avoid branches on its bits.
    init(secret bytes: SecretBytes) throws {
        let number = bytes.withUnsafeBytes { BN_bin2bn($0.bytes, Int32(clamping: $0.count), nil) }
        super.init(takingOwnership: try openSSL("make a number", number), free: BN_clear_free)
        withPointer { BN_set_flags($0, BN_FLG_CONSTTIME) }
    }

    var isZero: Bool { withPointer { BN_is_zero($0) == 1 } }
    var isOne: Bool { withPointer { BN_is_one($0) == 1 } }

    func compared(to other: BigNumber) -> Int32 {
        withPointer { number in other.withPointer { BN_cmp(number, $0) } }
    }

    func subtractOne() throws {
        try openSSL("subtract", withPointer { BN_sub_word($0, 1) })
    }

    /// a·b
    func setProduct(_ a: BigNumber, _ b: BigNumber, _ scratch: BigNumberContext) throws {
        try set(a, b, scratch) { try openSSL("multiply", BN_mul($0, $1, $2, $3)) }
    }

    /// a·b mod `modulus`
    func setProduct(_ a: BigNumber, _ b: BigNumber, modulo modulus: BigNumber, _ scratch: BigNumberContext) throws {
        try set(a, b, scratch) { result, a, b, scratch in
            try openSSL("multiply", modulus.withPointer { BN_mod_mul(result, a, b, $0, scratch) })
        }
    }

    /// a mod `modulus`
    func setRemainder(of a: BigNumber, by modulus: BigNumber, _ scratch: BigNumberContext) throws {
        try set(a, modulus, scratch) { try openSSL("divide", BN_div(nil, $0, $1, $2, $3)) }
    }

    private func set(
        _ a: BigNumber, _ b: BigNumber, _ scratch: BigNumberContext,
        _ operation: (OpaquePointer, OpaquePointer, OpaquePointer, OpaquePointer) throws -> Void
    ) throws {
        try withPointer { result in
            try a.withPointer { a in
                try b.withPointer { b in
                    try scratch.withPointer { try operation(result, a, b, $0) }
                }
            }
        }
    }
}

/// Scratch numbers for operations; OpenSSL overwrites them when it is freed.
final class BigNumberContext: Handle {
    init(_ library: OpenSSLLibrary) throws {
        super.init(
            takingOwnership: try openSSL("make room for numbers", library.withContext { BN_CTX_new_ex($0) }),
            free: BN_CTX_free)
    }
}

extension SecretBytes {
    /// The unsigned big-endian bytes of a number, without leading zeros.
    convenience init(_ number: OpaquePointer) {
        self.init(capacity: Int(BN_num_bits(number) + 7) / 8) { Int(BN_bn2bin(number, $0.bytes)) }
    }
}

/// The unsigned big-endian bytes of a number that is no secret, without leading zeros.
func publicBytes(_ number: OpaquePointer) -> [UInt8] {
    let size = Int(BN_num_bits(number) + 7) / 8
    return [UInt8](unsafeUninitializedCapacity: size) { $1 = Int(BN_bn2bin(number, $0.baseAddress)) }
}
