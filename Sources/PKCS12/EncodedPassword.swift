@_spi(_Unicode) import Swift

/// A password in the two forms that key derivations take.
struct EncodedPassword {
    /// For RFC 7292 appendix B: UTF-16, big-endian, ending with a zero character.
    var bmp: SecretBytes
    /// For PBKDF2: UTF-8.
    var octets: SecretBytes

    /// As the standards say.
    init(_ password: SecretBytes) {
        bmp = password.withUnsafeBytes { Self.utf16($0) ?? Self.widened($0) }
        octets = password
    }

    private init(bmp: SecretBytes, octets: SecretBytes) {
        self.bmp = bmp
        self.octets = octets
    }

    /// The encodings that files in the wild were made with where the standard one does not fit, the likeliest first.
    ///
    /// - An empty password may have been no password at all (zero octets instead of a terminator alone).
    /// - A password may have been typed in the other Unicode normalization form.
    /// - OpenSSL before 1.1 took each byte for a Latin-1 character, so that UTF-8 was encoded twice.
    /// - For PBES2, programs that wrote Latin-1, and NSS before 3.31, which used the BMPString.
    static func fallbacks(_ password: SecretBytes) -> [EncodedPassword] {
        let standard = EncodedPassword(password)
        guard !password.isEmpty else {
            return [EncodedPassword(bmp: password, octets: password)]
        }
        var fallbacks: [EncodedPassword] = []
        let isASCII = password.withUnsafeBytes { $0.allSatisfy { $0 < 0x80 } }
        if !isASCII {
            fallbacks += [normalized(password, composed: true), normalized(password, composed: false)]
                .map(EncodedPassword.init)
            fallbacks.append(
                EncodedPassword(
                    bmp: password.withUnsafeBytes(widened), octets: password.withUnsafeBytes(latin1) ?? password))
        }
        fallbacks.append(EncodedPassword(bmp: standard.bmp, octets: standard.bmp))
        fallbacks.append(
            EncodedPassword(
                bmp: standard.bmp,
                octets: standard.bmp.withUnsafeBytes {
                    SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0.dropLast(2)))
                }))
        return fallbacks
    }

    /// Big-endian UTF-16 with a terminator; nil where the bytes are not UTF-8.
    private static func utf16(_ password: UnsafeRawBufferPointer) -> SecretBytes? {
        var isValid = true
        let encoded = SecretBytes(capacity: password.count * 2 + 2) { target in
            var count = 0
            let isBroken = transcode(
                password.makeIterator(), from: UTF8.self, to: UTF16.self, stoppingOnError: true
            ) {
                count = append($0, to: target, at: count)
            }
            isValid = !isBroken
            return append(0, to: target, at: count)
        }
        return isValid ? encoded : nil
    }

    /// Each byte as a character of its own.
    private static func widened(_ password: UnsafeRawBufferPointer) -> SecretBytes {
        SecretBytes(capacity: password.count * 2 + 2) { target in
            let count = password.reduce(0) { append(UInt16($1), to: target, at: $0) }
            return append(0, to: target, at: count)
        }
    }

    /// One byte a character; nil where a character has none in Latin-1.
    private static func latin1(_ password: UnsafeRawBufferPointer) -> SecretBytes? {
        var isLatin1 = true
        let encoded = SecretBytes(capacity: password.count) { target in
            var count = 0
            let isBroken = transcode(
                password.makeIterator(), from: UTF8.self, to: UTF32.self, stoppingOnError: true
            ) {
                isLatin1 = isLatin1 && $0 < 0x100
                target[count] = UInt8(truncatingIfNeeded: $0)
                count += 1
            }
            isLatin1 = isLatin1 && !isBroken
            return count
        }
        return isLatin1 ? encoded : nil
    }

    /// Canonical composition or decomposition, a few characters at a time: a `String` of at most 15 bytes keeps
    /// them in itself, and none of the password goes to memory that is not wiped.
    private static func normalized(_ password: SecretBytes, composed: Bool) -> SecretBytes {
        password.withUnsafeBytes { password in
            // No character grows more than threefold in UTF-8 (UAX #15).
            SecretBytes(capacity: password.count * 3) { target in
                var count = 0
                var piece = ""
                func append(_ scalar: Unicode.Scalar) {
                    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter where count < target.count {
                        target[count] = byte
                        count += 1
                    }
                }
                func flush() {
                    if composed {
                        for scalar in piece._nfc { append(scalar) }
                    } else {
                        for scalar in piece._nfd { append(scalar) }
                    }
                    piece = ""
                }
                _ = transcode(password.makeIterator(), from: UTF8.self, to: UTF32.self, stoppingOnError: true) {
                    guard let scalar = Unicode.Scalar($0) else { return }
                    if scalar.properties.canonicalCombiningClass == .notReordered, !isHangulVowelOrFinal(scalar) {
                        flush()
                    }
                    piece.unicodeScalars.append(scalar)
                }
                flush()
                return count
            }
        }
    }

    private static func isHangulVowelOrFinal(_ scalar: Unicode.Scalar) -> Bool {
        (0x1161...0x11FF).contains(scalar.value)
    }

    private static func append(_ unit: UInt16, to target: UnsafeMutableRawBufferPointer, at count: Int) -> Int {
        target[count] = UInt8(unit >> 8)
        target[count + 1] = UInt8(unit & 0xFF)
        return count + 2
    }
}
