import SwiftASN1
import TestSupport

@testable import PKCS12

/// Random values of all that a PFX can hold, in the order that DER gives them.
struct RandomPFX {
    var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func pfx() -> PFX {
        PFX(
            contents: (0..<random.pick([0, 1, 2, 2, 3])).map { _ in contents() },
            mac: MACScheme(macAlgorithm(), salt: random.bytes(0...24), iterations: iterations()))
    }

    private mutating func contents() -> SafeContents {
        SafeContents(
            encryption: random.oneIn(3) ? nil : scheme(),
            bags: (0..<random.pick([0, 1, 2, 3])).map { _ in bag(depth: 0) })
    }

    mutating func scheme() -> EncryptionScheme {
        let salt = random.bytes(0...24)
        let iterations = iterations()
        switch random.next() % 8 {
        case 0: return .tripleDESSHA1(salt: salt, iterations: iterations)
        case 1: return .twoKeyTripleDESSHA1(salt: salt, iterations: iterations)
        case 2: return .dangerousRC2SHA1(keyByteCount: random.pick([5, 16]), salt: salt, iterations: iterations)
        default:
            let cipher = random.pick(ContentCipher.allCases)
            return EncryptionScheme(
                derivation: .pbkdf2(
                    prf: random.pick(DigestAlgorithm.allCases),
                    initializationVector: random.bytes(cipher.blockByteCount...cipher.blockByteCount)),
                cipher: cipher, keyByteCount: random.pick(cipher.keyByteCounts), salt: salt, iterations: iterations)
        }
    }

    private mutating func macAlgorithm() -> MACScheme.Algorithm {
        let digest = random.pick(DigestAlgorithm.allCases)
        return random.oneIn(2)
            ? .pkcs12(digest)
            : .pbmac1(
                prf: random.pick(DigestAlgorithm.allCases), hmac: digest,
                keyByteCount: Int.random(in: 20...64, using: &random))
    }

    private mutating func iterations() -> Int { random.pick([1, 2, 127, 128, 255, 256]) }

    private mutating func bag(depth: Int) -> SafeBag {
        SafeBag(value(depth: depth), attributes: attributes())
    }

    private mutating func value(depth: Int) -> SafeBag.Value {
        switch random.next() % 8 {
        case 0, 1: return .privateKey(key(), shroud: scheme())
        case 2: return .privateKey(key(), shroud: nil)
        case 3: return .certificate(random.bytes(0...300))
        case 4: return .crl(random.bytes(0...300))
        case 5: return .secret(type: identifier(), value: SecretBytes(copying: anyValue()))
        case 6 where depth < 3:
            return .safeContents((0..<random.pick([0, 1, 2])).map { _ in bag(depth: depth + 1) })
        default:
            return .other(
                type: [1, 3, 6, 1, 4, 1, UInt(random.next() % 1000)], value: SecretBytes(copying: anyValue()))
        }
    }

    private mutating func key() -> PrivateKeyInfo {
        PrivateKeyInfo(
            algorithm: AlgorithmIdentifier(algorithm: identifier(), parameters: random.oneIn(2) ? nil : anyValue()),
            privateKey: SecretBytes(copying: random.bytes(0...600)), attributes: attributes(),
            publicKey: random.oneIn(4) ? [0] + random.bytes(0...100) : nil)
    }

    private mutating func attributes() -> BagAttributes {
        var attributes = BagAttributes()
        if random.oneIn(2) { attributes.friendlyName = random.pick(Self.names) }
        if random.oneIn(2) { attributes.localKeyID = random.bytes(0...20) }
        if random.oneIn(2) {
            attributes.providerNames = (0..<random.pick([1, 2])).map { _ in random.pick(Self.names) }
        }
        attributes.isLocalMachineKeySet = random.oneIn(2)
        if random.oneIn(2) { attributes.keyUsage = random.pick([0, 0x10, 0x80, 0x90, 0xFF]) }
        for _ in 0..<random.pick([0, 0, 1, 2]) {
            attributes.all.append(
                Attribute(
                    type: identifier(), values: (0..<random.pick([0, 1, 3])).map { _ in anyValue() }))
        }
        return attributes.inOrderOfDER
    }

    private mutating func identifier() -> ASN1ObjectIdentifier {
        random.oneIn(2)
            ? .AlgorithmIdentifier.rsaEncryption
            : [1, 3, 6, 1, 4, 1, 311, 17, 3, UInt(random.next() % (1 << 40))]
    }

    private mutating func anyValue() -> [UInt8] {
        random.pick([
            TestDER.null, TestDER.octets(random.bytes(0...200)),
            TestDER.integer(Int(truncatingIfNeeded: random.next())),
            TestDER.sequence(TestDER.octets([1]), TestDER.set(TestDER.null)), TestDER.bmp("x"), TestDER.sequence(),
        ])
    }

    /// Also such as no program would write.
    static let names = [
        "", "a", "Exchange 2019", "Müller & Söhne", "100 € für Ελλάδα", "🔑 𝔘 👩‍👩‍👧", "\u{0}x", "\u{FFFE}", "e\u{301}",
        String(repeating: "lang ", count: 60), "Microsoft Software Key Storage Provider",
    ]
}

extension BagAttributes {
    /// SET OF has no order of its own; DER sorts it (X.690 §11.6).
    fileprivate var inOrderOfDER: BagAttributes {
        BagAttributes(
            all.map { Attribute(type: $0.type, values: $0.values.sorted { $0.lexicographicallyPrecedes($1) }) }
                .sorted { $0.der.lexicographicallyPrecedes($1.der) })
    }
}

extension Attribute {
    fileprivate var der: [UInt8] {
        TestDER.sequence(TestDER.oid("\(type)"), TestDER.set(values.flatMap { $0 }))
    }
}
