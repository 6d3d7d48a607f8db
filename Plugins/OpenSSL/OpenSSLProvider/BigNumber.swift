import COpenSSL
import PKCS12

/// An OpenSSL integer, overwritten when it is freed.
final class BigNumber {
    let handle: OpaquePointer

    init() throws {
        handle = try openSSL("make a number", BN_new())
    }

    /// Copies an unsigned big-endian integer; operations on it avoid branches on its bits.
    init(secret bytes: SecretBytes) throws {
        handle = try openSSL(
            "make a number", bytes.withUnsafeBytes { BN_bin2bn($0.bytes, Int32(clamping: $0.count), nil) })
        BN_set_flags(handle, BN_FLG_CONSTTIME)
    }

    init(_ bytes: [UInt8]) throws {
        handle = try openSSL(
            "make a number", bytes.withUnsafeBytes { BN_bin2bn($0.bytes, Int32(clamping: $0.count), nil) })
    }

    deinit { BN_clear_free(handle) }
}

/// Scratch numbers for operations; its numbers are overwritten when it is freed.
final class BigNumberContext {
    let handle: OpaquePointer

    init(_ library: OpenSSLLibrary) throws {
        handle = try openSSL("make room for numbers", BN_CTX_new_ex(library.context))
    }

    deinit { BN_CTX_free(handle) }
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
