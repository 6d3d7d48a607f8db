import PKCS12

extension KeyDerivation {
    /// Throws ``PKCS12Error`` with `invalidArgument` for less than one iteration or byte.
    func checkCounts() throws {
        guard iterations >= 1, byteCount >= 1 else {
            throw PKCS12Error(.invalidArgument, "a key derivation needs at least one iteration and one byte to derive")
        }
    }
}

extension SecretBytes {
    /// The first bytes of all blocks together: a derived key.
    convenience init(joining blocks: some Sequence<SecretBytes>, byteCount: Int) {
        self.init(capacity: byteCount) { key in
            var count = 0
            for block in blocks {
                block.withUnsafeBytes { block in
                    let part = UnsafeRawBufferPointer(rebasing: block.prefix(key.count - count))
                    UnsafeMutableRawBufferPointer(rebasing: key[count...]).copyMemory(from: part)
                    count += part.count
                }
            }
            return count
        }
    }
}
