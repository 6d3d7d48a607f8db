import COpenSSL
import PKCS12
import Providers

extension OpenSSLCrypto {
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        OpenSSLError.clear()
        let context = try openSSL("set up RSA", EVP_PKEY_CTX_new_from_name(library.context, "RSA", nil))
        defer { EVP_PKEY_CTX_free(context) }
        try openSSL("set up RSA", EVP_PKEY_keygen_init(context))
        try openSSL(
            "make an RSA key of \(bitCount) bits", EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(clamping: bitCount)))
        var handle: OpaquePointer?
        try openSSL("make an RSA key of \(bitCount) bits", EVP_PKEY_generate(context, &handle))
        let key = PrivateKey(takingOwnership: try openSSL("make an RSA key", handle))
        let names = ParameterName.rsa
        return RSAPrivateKey(
            modulus: publicBytes(try key.number(names[0]).handle),
            publicExponent: publicBytes(try key.number(names[1]).handle),
            privateExponent: SecretBytes(try key.number(names[2]).handle),
            prime1: SecretBytes(try key.number(names[3]).handle),
            prime2: SecretBytes(try key.number(names[4]).handle),
            exponent1: SecretBytes(try key.number(names[5]).handle),
            exponent2: SecretBytes(try key.number(names[6]).handle),
            coefficient: SecretBytes(try key.number(names[7]).handle))
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        OpenSSLError.clear()
        let key = try PrivateKey(key, in: library)
        let context = try openSSL("set up a signature", EVP_MD_CTX_new())
        defer { EVP_MD_CTX_free(context) }
        try openSSL(
            "set up a signature",
            EVP_DigestSignInit_ex(context, nil, digest.openSSLName, library.context, nil, key.handle, nil))
        var count = Int(EVP_PKEY_get_size(key.handle))
        return try message.withUnsafeBytes { message in
            try [UInt8](unsafeUninitializedCapacity: count) { output, written in
                try openSSL(
                    "sign", EVP_DigestSign(context, output.baseAddress, &count, message.bytes, message.count))
                written = count
            }
        }
    }
}

/// An RSA key as OpenSSL's high-level functions want it.
private final class PrivateKey {
    let handle: OpaquePointer

    init(takingOwnership handle: OpaquePointer) {
        self.handle = handle
    }

    init(_ key: RSAPrivateKey, in library: OpenSSLLibrary) throws {
        let context = try openSSL("set up RSA", EVP_PKEY_CTX_new_from_name(library.context, "RSA", nil))
        defer { EVP_PKEY_CTX_free(context) }
        try openSSL("set up RSA", EVP_PKEY_fromdata_init(context))
        let numbers =
            [SecretBytes(copying: key.modulus), SecretBytes(copying: key.publicExponent)]
            + [key.privateExponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient]
        var made: OpaquePointer?
        // OSSL_PARAM wants numbers in the machine's byte order: they are turned round in one wiped block.
        _ = try SecretBytes(capacity: numbers.reduce(0) { $0 + $1.count }) { block in
            var start = 0
            var parameters = zip(ParameterName.rsa, numbers).map { name, number in
                let part = UnsafeMutableRawBufferPointer(rebasing: block[start..<start + number.count])
                start += number.count
                number.withUnsafeBytes { copy($0, inNativeOrderTo: part) }
                return OSSL_PARAM_construct_BN(name, part.bytes, part.count)
            }
            parameters.append(OSSL_PARAM_construct_end())
            let keyPair = OSSL_KEYMGMT_SELECT_PRIVATE_KEY | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
            try openSSL("take over an RSA key", EVP_PKEY_fromdata(context, &made, keyPair, &parameters))
            return 0
        }
        handle = try openSSL("take over an RSA key", made)
    }

    deinit { EVP_PKEY_free(handle) }

    func number(_ name: UnsafePointer<CChar>) throws -> BigNumber {
        let number = try BigNumber()
        var handle: OpaquePointer? = number.handle
        try openSSL("read an RSA key", EVP_PKEY_get_bn_param(self.handle, name, &handle))
        return number
    }
}

/// Copies a big-endian number.
private func copy(_ number: UnsafeRawBufferPointer, inNativeOrderTo target: UnsafeMutableRawBufferPointer) {
    let isLittleEndian = 1.littleEndian == 1
    for index in number.indices {
        target[isLittleEndian ? number.count - 1 - index : index] = number[index]
    }
}
