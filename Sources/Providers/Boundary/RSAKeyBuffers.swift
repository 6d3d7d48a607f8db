import CProviderABI
import PKCS12

/// Room for an RSA key that a provider makes.
enum RSAKeyBuffers {
    /// Lets `fill` write a key of this size, and copies it out.
    ///
    /// - Returns: nil where a reported size does not fit its room, or a number has a leading zero or is empty.
    static func filled(bitCount: Int, _ fill: (inout recapi_rsa_buffers) throws -> Void) throws -> RSAPrivateKey? {
        let whole = (bitCount + 7) / 8
        let half = (whole + 1) / 2
        let rooms = [whole, 8, whole, half, half, half, half, half]
        var key: RSAPrivateKey?
        // The numbers are used only after their copies are made, so that the block itself keeps nothing.
        _ = try SecretBytes(capacity: rooms.reduce(0, +)) { block in
            var start = 0
            let parts = rooms.map { room in
                defer { start += room }
                return UnsafeMutableRawBufferPointer(rebasing: block[start..<start + room])
            }
            var buffers = recapi_rsa_buffers(
                modulus: recapi_buffer(parts[0]), public_exponent: recapi_buffer(parts[1]),
                private_exponent: recapi_buffer(parts[2]), prime1: recapi_buffer(parts[3]),
                prime2: recapi_buffer(parts[4]), exponent1: recapi_buffer(parts[5]),
                exponent2: recapi_buffer(parts[6]), coefficient: recapi_buffer(parts[7]))
            try fill(&buffers)
            key = copied(buffers, from: parts)
            return 0
        }
        return key
    }

    private static func copied(
        _ buffers: recapi_rsa_buffers, from parts: [UnsafeMutableRawBufferPointer]
    ) -> RSAPrivateKey? {
        let sizes = [
            buffers.modulus.size, buffers.public_exponent.size, buffers.private_exponent.size, buffers.prime1.size,
            buffers.prime2.size, buffers.exponent1.size, buffers.exponent2.size, buffers.coefficient.size,
        ]
        var numbers: [UnsafeRawBufferPointer] = []
        for (part, size) in zip(parts, sizes) {
            guard size > 0, size <= part.count, part[0] != 0 else { return nil }
            numbers.append(UnsafeRawBufferPointer(rebasing: part[..<Int(size)]))
        }
        return RSAPrivateKey(
            modulus: Array(numbers[0]), publicExponent: Array(numbers[1]),
            privateExponent: SecretBytes(copying: numbers[2]), prime1: SecretBytes(copying: numbers[3]),
            prime2: SecretBytes(copying: numbers[4]), exponent1: SecretBytes(copying: numbers[5]),
            exponent2: SecretBytes(copying: numbers[6]), coefficient: SecretBytes(copying: numbers[7]))
    }
}
