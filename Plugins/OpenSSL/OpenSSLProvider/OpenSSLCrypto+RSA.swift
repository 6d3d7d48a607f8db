import COpenSSL
import PKCS12
import Providers

extension OpenSSLCrypto {
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey {
        OpenSSLError.clear()
        let what = "make an RSA key of \(bitCount) bits"
        let context = try openSSL(what, library.withContext { EVP_PKEY_CTX_new_from_name($0, "RSA", nil) })
        defer { EVP_PKEY_CTX_free(context) }
        try openSSL(what, EVP_PKEY_keygen_init(context))
        try openSSL(what, EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(clamping: bitCount)))
        var made: OpaquePointer?
        try openSSL(what, EVP_PKEY_generate(context, &made))
        let key = RSAKey(takingOwnership: try openSSL(what, made))
        let names = ParameterName.rsa
        return RSAPrivateKey(
            modulus: try key.withNumber(names[0], publicBytes),
            publicExponent: try key.withNumber(names[1], publicBytes),
            privateExponent: try key.withNumber(names[2]) { SecretBytes($0) },
            prime1: try key.withNumber(names[3]) { SecretBytes($0) },
            prime2: try key.withNumber(names[4]) { SecretBytes($0) },
            exponent1: try key.withNumber(names[5]) { SecretBytes($0) },
            exponent2: try key.withNumber(names[6]) { SecretBytes($0) },
            coefficient: try key.withNumber(names[7]) { SecretBytes($0) })
    }

    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        OpenSSLError.clear()
        let context = try openSSL("set up a signature", EVP_MD_CTX_new())
        defer { EVP_MD_CTX_free(context) }
        return try RSAKey(key, in: library).withPointer { key in
            try openSSL(
                "set up a signature",
                library.withContext { EVP_DigestSignInit_ex(context, nil, digest.openSSLName, $0, nil, key, nil) })
            var count = Int(EVP_PKEY_get_size(key))
            return try message.withUnsafeBytes { message in
                try [UInt8](unsafeUninitializedCapacity: count) { output, written in
                    try openSSL(
                        "sign", EVP_DigestSign(context, output.baseAddress, &count, message.bytes, message.count))
                    written = count
                }
            }
        }
    }
}

extension OpenSSLCrypto {
    var verifiesSignatures: Bool { true }

    func verify(
        _ signature: [UInt8], of message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPublicKey
    ) throws {
        OpenSSLError.clear()
        let context = try openSSL("set up a signature", EVP_MD_CTX_new())
        defer { EVP_MD_CTX_free(context) }
        let result = try RSAKey(key, in: library).withPointer { key in
            try openSSL(
                "set up a signature",
                library.withContext { EVP_DigestVerifyInit_ex(context, nil, digest.openSSLName, $0, nil, key, nil) })
            return message.withUnsafeBytes {
                EVP_DigestVerify(context, signature, signature.count, $0.bytes, $0.count)
            }
        }
        guard result == 1 else {
            OpenSSLError.clear()
            throw PKCS12Error(.signatureInvalid, "the signature was not made with this key")
        }
    }
}

/// An RSA key as OpenSSL's high-level functions want it.
private final class RSAKey: Handle {
    init(takingOwnership key: OpaquePointer) {
        super.init(takingOwnership: key, free: EVP_PKEY_free)
    }

    convenience init(_ key: RSAPrivateKey, in library: OpenSSLLibrary) throws {
        try self.init(
            [SecretBytes(copying: key.modulus), SecretBytes(copying: key.publicExponent)]
                + [key.privateExponent, key.prime1, key.prime2, key.exponent1, key.exponent2, key.coefficient],
            OSSL_KEYMGMT_SELECT_PRIVATE_KEY | OSSL_KEYMGMT_SELECT_PUBLIC_KEY, in: library)
    }

    convenience init(_ key: RSAPublicKey, in library: OpenSSLLibrary) throws {
        try self.init(
            [SecretBytes(copying: key.modulus), SecretBytes(copying: key.exponent)],
            OSSL_KEYMGMT_SELECT_PUBLIC_KEY, in: library)
    }

    /// - Parameters:
    ///   - numbers: as many as there are, in the order of ``ParameterName/rsa``.
    ///   - selection: what these are.
    private init(_ numbers: [SecretBytes], _ selection: Int32, in library: OpenSSLLibrary) throws {
        let what = "take over an RSA key"
        let context = try openSSL(what, library.withContext { EVP_PKEY_CTX_new_from_name($0, "RSA", nil) })
        defer { EVP_PKEY_CTX_free(context) }
        try openSSL(what, EVP_PKEY_fromdata_init(context))
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
            try openSSL(what, EVP_PKEY_fromdata(context, &made, selection, &parameters))
            return 0
        }
        super.init(takingOwnership: try openSSL(what, made), free: EVP_PKEY_free)
    }

    func withNumber<Result>(_ name: UnsafePointer<CChar>, _ body: (OpaquePointer) -> Result) throws -> Result {
        try BigNumber().withPointer { number in
            var target: OpaquePointer? = number
            try openSSL("read an RSA key", withPointer { EVP_PKEY_get_bn_param($0, name, &target) })
            return body(number)
        }
    }
}

/// Copies a big-endian number.
private func copy(_ number: UnsafeRawBufferPointer, inNativeOrderTo target: UnsafeMutableRawBufferPointer) {
    let isLittleEndian = 1.littleEndian == 1
    for index in number.indices {
        target[isLittleEndian ? number.count - 1 - index : index] = number[index]
    }
}
