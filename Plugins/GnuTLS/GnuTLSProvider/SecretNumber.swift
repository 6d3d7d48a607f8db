import CGnuTLS
import PKCS12

/// An unsigned integer whose limbs are secret: in memory of its own, computed with by those functions of GMP that do not
/// tell by their time or their memory what they compute with. Only sizes show.
struct SecretNumber {
    /// Least significant limb first. (Secrets lie at addresses that suit any type.)
    private let limbs: SecretBytes
    /// Without leading zeros; at least 1.
    let limbCount: Int

    private static let limbByteCount = MemoryLayout<mp_limb_t>.size

    /// - Parameter bytes: big-endian.
    init(_ bytes: SecretBytes) {
        let limbCount = max(1, (bytes.count + Self.limbByteCount - 1) / Self.limbByteCount)
        self.init(limbCount: limbCount) { limbs in
            bytes.withUnsafeBytes { bytes in
                for (index, byte) in bytes.reversed().enumerated() {
                    limbs[index / Self.limbByteCount] |= mp_limb_t(byte) << (index % Self.limbByteCount * 8)
                }
            }
        }
    }

    /// Makes room for `limbCount` limbs, zeros, and lets `fill` change them.
    private init(limbCount: Int, fill: (UnsafeMutablePointer<mp_limb_t>) -> Void) {
        var used = 1
        limbs = SecretBytes(capacity: limbCount * Self.limbByteCount) { memory in
            let limbs = memory.bindMemory(to: mp_limb_t.self)
            limbs.initialize(repeating: 0)
            guard let start = limbs.baseAddress else { return 0 }
            fill(start)
            used = (limbs.lastIndex { $0 != 0 } ?? 0) + 1
            return memory.count
        }
        self.limbCount = used
    }

    /// Whether it is more than 1.
    var isUsableAsModulus: Bool {
        withLimbs { limbCount > 1 || $0[0] > 1 }
    }

    var isOne: Bool {
        withLimbs { limbCount == 1 && $0[0] == 1 }
    }

    /// One less; the number is not 0.
    var predecessor: SecretNumber {
        withLimbs { limbs in
            SecretNumber(limbCount: limbCount) { result in
                Self.withScratch(limbCount: __gmpn_sec_sub_1_itch(limbCount)) {
                    _ = __gmpn_sec_sub_1(result, limbs, limbCount, 1, $0)
                }
            }
        }
    }

    func multiplied(by other: SecretNumber) -> SecretNumber {
        // GMP wants the longer one first.
        guard limbCount >= other.limbCount else { return other.multiplied(by: self) }
        return withLimbs { limbs in
            other.withLimbs { others in
                SecretNumber(limbCount: limbCount + other.limbCount) { result in
                    Self.withScratch(limbCount: __gmpn_sec_mul_itch(limbCount, other.limbCount)) {
                        __gmpn_sec_mul(result, limbs, limbCount, others, other.limbCount, $0)
                    }
                }
            }
        }
    }

    /// The remainder of a division by a number that is not 0.
    func remainder(dividingBy divisor: SecretNumber) -> SecretNumber {
        guard limbCount >= divisor.limbCount else { return self }
        return withLimbs { limbs in
            divisor.withLimbs { divisorLimbs in
                SecretNumber(limbCount: limbCount) { result in
                    result.update(from: limbs, count: limbCount)
                    Self.withScratch(limbCount: __gmpn_sec_div_r_itch(limbCount, divisor.limbCount)) {
                        __gmpn_sec_div_r(result, limbCount, divisorLimbs, divisor.limbCount, $0)
                    }
                    // The remainder is as long as the divisor; what lies above it is left over.
                    (result + divisor.limbCount).update(repeating: 0, count: limbCount - divisor.limbCount)
                }
            }
        }
    }

    private func withLimbs<Result>(_ body: (UnsafePointer<mp_limb_t>) -> Result) -> Result {
        limbs.withUnsafeBytes { limbs in
            // There is always a limb, and so memory.
            guard let start = limbs.baseAddress else { preconditionFailure("a number without limbs") }
            return body(start.assumingMemoryBound(to: mp_limb_t.self))
        }
    }

    private static func withScratch(limbCount: Int, _ body: (UnsafeMutablePointer<mp_limb_t>?) -> Void) {
        SecretBytes.withScratch(byteCount: limbCount * limbByteCount) {
            body($0.bindMemory(to: mp_limb_t.self).baseAddress)
        }
    }
}

extension SecretNumber: Equatable {
    static func == (left: SecretNumber, right: SecretNumber) -> Bool {
        guard left.limbCount == right.limbCount else { return false }
        return left.withLimbs { leftLimbs in
            right.withLimbs { rightLimbs in
                (0..<left.limbCount).reduce(mp_limb_t(0)) { $0 | (leftLimbs[$1] ^ rightLimbs[$1]) } == 0
            }
        }
    }
}
