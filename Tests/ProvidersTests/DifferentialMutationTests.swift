import PKCS12
import Providers
import TestSupport
import Testing

/// Damaged files get the same verdict under every provider: they open to the same value, or fail with the same code.
@Suite struct DifferentialMutationTests {
    private static let roundsPerSeed = 400

    @Test(arguments: 0..<8)
    func damagedFilesGetTheSameVerdict(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(1000 + seed))
        let base = try MutationBase(&generator)
        let decoders = try Differential.providers.map { provider in
            var decoder = PFXDecoder(cryptography: try #require(provider.crypto), allowsMissingMAC: true)
            // Damage makes large counts of iterations: they cost the same verdict less time.
            decoder.limits.iterations = 5_000
            decoder.limits.totalIterations = 20_000
            return decoder
        }
        var verdicts: [String: Int] = [:]
        for round in 0..<Self.roundsPerSeed {
            let file = try base.damaged(&generator)
            let opened = decoders.map { decoder in Result { try decoder.decode(file, passwords: [base.password]) } }
            let codes = opened.map { result in errorCode { try result.get() } }
            let isSame = codes.allSatisfy { $0 == codes[0] }
            #expect(isSame, "seed \(seed), round \(round): \(codes)")
            if isSame, let first = try? opened[0].get() {
                #expect(try opened.allSatisfy { try $0.get() == first }, "seed \(seed), round \(round)")
            }
            verdicts[codes[0] ?? "opens", default: 0] += 1
        }
        // The damage is of many kinds, and not all of it is fatal.
        #expect(verdicts["opens"] ?? 0 > 0 && verdicts.count >= 5, "\(verdicts)")
    }

    /// Two libraries may draw the line between odd and broken elsewhere. What both open has the same keys.
    @Test(arguments: 0..<4)
    func damagedFilesThatBothReadersOpenHoldTheSame(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(2000 + seed))
        let base = try MutationBase(&generator, schemes: [.tripleDESSHA1(salt: [1, 2, 3, 4], iterations: 2)])
        let readers = try Differential.providers.map { try #require($0.reader) }
        var openedCount = 0
        for round in 0..<Self.roundsPerSeed {
            let file = try base.damaged(&generator)
            let reports = readers.compactMap { try? $0.read(file[...], password: base.password) }
            guard reports.count == readers.count else { continue }
            openedCount += 1
            let isSame = reports.allSatisfy {
                $0.keys.map(\.rsa) == reports[0].keys.map(\.rsa)
                    && $0.certificates.map(\.der) == reports[0].certificates.map(\.der)
            }
            #expect(isSame, "seed \(seed), round \(round)")
        }
        #expect(openedCount > 0)
    }
}

/// A good file, and damage to it.
private struct MutationBase {
    let password: SecretBytes
    private let authenticatedSafe: DERTree
    private let mac: MACScheme
    private let crypto: any CryptoProvider
    private let file: [UInt8]

    init(_ generator: inout SeededGenerator, schemes: [EncryptionScheme]? = nil) throws {
        let sample = try DifferentialSample()
        let schemes = schemes ?? DifferentialScheme.encryption(&generator)
        crypto = try InstalledProviders.crypto
        password = sample.password
        mac = sample.mac
        file = try sample.encode(
            sample.pfx(key: generator.pick(schemes), certificates: generator.pick(schemes), mac: sample.mac))
        // PFX → authSafe → content [0] → OCTET STRING → AuthenticatedSafe
        let pfx = try #require(DERTree(file[...]))
        authenticatedSafe = try #require(pfx.children[1].children[1].children[0].children.first)
    }

    /// A damaged file: anywhere, with the MAC left as it was; or in what the MAC covers, with the MAC made anew.
    func damaged(_ generator: inout SeededGenerator) throws -> [UInt8] {
        switch generator.pick([0, 1, 2, 2, 2]) {
        case 0: return damagedBytes(&generator)
        case 1: return damage(try #require(DERTree(file[...])), &generator).serialized
        default: return try sealed(damage(authenticatedSafe, &generator).serialized)
        }
    }

    private func damage(_ tree: DERTree, _ generator: inout SeededGenerator) -> DERTree {
        var tree = tree
        for _ in 0..<generator.pick([1, 1, 1, 2]) {
            tree.damage(node: Int.random(in: 0..<tree.nodeCount, using: &generator), &generator)
        }
        return tree
    }

    /// Damage that knows no structure, in tags and lengths as well.
    private func damagedBytes(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = file
        // Most of a file is ciphertext: half of the damage goes where the structure is.
        let range = generator.oneIn(2) ? bytes.indices : 0..<120
        bytes[Int.random(in: range, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        if generator.oneIn(10) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
        return bytes
    }

    private func sealed(_ authenticatedSafe: [UInt8]) throws -> [UInt8] {
        let key = try crypto.derive([
            KeyDerivation(
                method: .pkcs12(.macKey), digest: .sha1, password: bmpPassword, salt: mac.salt,
                iterations: mac.iterations, byteCount: 20)
        ])
        let value = try crypto.hmac(authenticatedSafe[...], with: .sha1, key: try #require(key.first))
        let sha1 = DERTree.sequence([.value(0x06, [0x2b, 0x0e, 0x03, 0x02, 0x1a]), .value(0x05, [])])
        let data = DERTree.value(0x06, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01])
        return DERTree.sequence([
            .value(0x02, [3]),
            .sequence([data, .value(0xa0, DERTree.value(0x04, authenticatedSafe).serialized)]),
            .sequence([
                .sequence([sha1, .value(0x04, value)]), .value(0x04, mac.salt),
                .value(0x02, [UInt8(mac.iterations)]),
            ]),
        ]).serialized
    }

    private var bmpPassword: SecretBytes {
        secret(Array(password.withUnsafeBytes { $0.flatMap { [0, $0] } }) + [0, 0])
    }
}
