import Foundation
import PKCS12
import Providers
import TestSupport

/// The PKCS#12 reader, with the primitives of OpenSSL.
///
/// An input is an octet of ``Way`` bits, and an ``UnsealedPFX``.
struct PKCS12Target: FuzzTarget {
    let name = "pkcs12"

    private struct Way: OptionSet {
        let rawValue: UInt8
        /// The bytes are given as they are.
        static let unsealed = Way(rawValue: 1)
        static let wrongMAC = Way(rawValue: 2)
        static let withoutMAC = Way(rawValue: 4)
        static let keysStayShrouded = Way(rawValue: 8)
        /// MAC and encryption have passwords of their own.
        static let twoPasswords = Way(rawValue: 16)
        static let standardEncodings = Way(rawValue: 32)
        static let emptyPassword = Way(rawValue: 64)
    }

    func run(_ input: [UInt8]) {
        guard let way = input.first.map(Way.init) else { return }
        let cryptography = MeteredCryptography(FuzzCrypto.openSSL)
        let password = way.contains(.emptyPassword) ? SecretBytes(copying: []) : Self.password
        let macPassword = way.contains(.twoPasswords) ? Self.macPassword : password
        let file = sealed(input.dropFirst(), way, password, macPassword: macPassword)

        var decoder = PFXDecoder(
            cryptography: cryptography, limits: Self.limits, allowsMissingMAC: way.contains(.withoutMAC))
        decoder.opensShroudedKeys = !way.contains(.keysStayShrouded)
        decoder.triesOtherEncodings = !way.contains(.standardEncodings)
        let candidates = way.contains(.twoPasswords) ? [password, macPassword] : [password]
        do {
            let pfx = try decoder.decode(file, passwords: candidates)
            check(pfx)
            checkSealing(pfx, password)
            exercise(pfx)
        } catch {
            require(error is PKCS12Error, "the reader ends in \(error)")
        }
        require(
            cryptography.iterations <= Self.limits.totalIterations,
            "\(cryptography.iterations) iterations, where \(Self.limits.totalIterations) are the most")
    }

    func mutated(_ input: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        guard let way = input.first else { return nil }
        let changed = random.oneIn(16) ? way ^ 1 << UInt8.random(in: 0...6, using: &random) : way
        return TreeMutation.mutated(Array(input.dropFirst()), &random).map { [changed] + $0 }
    }

    func crossed(_ first: [UInt8], _ second: [UInt8], _ random: inout SeededGenerator) -> [UInt8]? {
        guard let way = first.first else { return nil }
        return TreeMutation.crossed(Array(first.dropFirst()), Array(second.dropFirst()), &random).map { [way] + $0 }
    }

    /// Every vector that opens; each opens again after it was sealed with another password.
    func seeds() throws -> [(name: String, input: [UInt8])] {
        try Vectors.convertible.map { vector in
            do {
                return (vector.name, try seed(vector))
            } catch {
                throw PKCS12Error(.invalidArgument, "\(vector): \(error)")
            }
        }
    }

    private func seed(_ vector: Vector) throws -> [UInt8] {
        let file = try UnsealedPFX(opening: try vector.bytes, passwords: vector.passwords, FuzzCrypto.openSSL)
        let way: Way = vector.mac == nil ? .withoutMAC : []
        let unsealed = file.bytes
        let sealed = sealed(unsealed[...], way, Self.password, macPassword: Self.password)
        let decoder = PFXDecoder(
            cryptography: FuzzCrypto.openSSL, limits: Self.limits, allowsMissingMAC: way.contains(.withoutMAC))
        _ = try decoder.decode(sealed, passwords: [Self.password])
        return [way.rawValue] + unsealed
    }

    private func sealed(
        _ bytes: ArraySlice<UInt8>, _ way: Way, _ password: SecretBytes, macPassword: SecretBytes
    ) -> [UInt8] {
        guard !way.contains(.unsealed), var file = UnsealedPFX(bytes) else { return Array(bytes) }
        do {
            try file.seal(
                password, macPassword: way.contains(.wrongMAC) ? nil : macPassword, limits: Self.limits,
                FuzzCrypto.openSSL)
        } catch {
            // As far as it goes: what the provider cannot do the reader has to refuse.
        }
        return file.bytes
    }

    // MARK: - What holds of a file that opens

    private func check(_ pfx: PFX) {
        let limits = Self.limits
        let bags = pfx.contents.flatMap(\.bags)
        require(bags.reduce(pfx.contents.count) { $0 + $1.count } <= limits.bags, "too many bags")
        let schemes = pfx.contents.compactMap(\.encryption) + pfx.allBags.compactMap(\.scheme)
        let counts = schemes.map(\.iterations) + [pfx.mac?.iterations].compactMap(\.self)
        let salts = schemes.map(\.salt) + [pfx.mac?.salt].compactMap(\.self)
        require(counts.allSatisfy { (1...limits.iterations).contains($0) }, "iterations: \(counts)")
        require(salts.allSatisfy { $0.count <= limits.saltByteCount }, "a salt is too long")
    }

    /// What opens can be sealed, reads back as the same value, and is then sealed to the same bytes.
    private func checkSealing(_ pfx: PFX, _ password: SecretBytes) {
        do {
            let encoder = PFXEncoder(cryptography: FuzzCrypto.openSSL)
            let file = try encoder.encode(pfx, password: password)
            var decoder = PFXDecoder(cryptography: FuzzCrypto.openSSL, allowsMissingMAC: true)
            decoder.opensShroudedKeys = !pfx.allBags.contains {
                if case .shroudedKey = $0.value { true } else { false }
            }
            let again = try decoder.decode(file, passwords: [password])
            require(again.inOrder == pfx.inOrder, "it reads back as something else")
            let same = try encoder.encode(again, password: password)
            require(same == file, "it is sealed to other bytes")
        } catch {
            fatalError("a file that opens cannot be sealed and opened: \(error)")
        }
    }

    /// All that others ask of the value.
    private func exercise(_ pfx: PFX) {
        for bag in pfx.allBags {
            exercise(bag.attributes)
            guard case .privateKey(let key, _) = bag.value else { continue }
            exercise(key.attributes)
            do {
                _ = try RSAPrivateKey(key)
            } catch {
                require(error is PKCS12Error, "an RSA key ends in \(error)")
            }
        }
    }

    private func exercise(_ attributes: BagAttributes) {
        _ = (attributes.friendlyName, attributes.localKeyID, attributes.providerNames, attributes.keyUsage)
        _ = (attributes.isLocalMachineKeySet, attributes.extendedProperties)
    }

    private static let password = SecretBytes(copying: "fuzz ü".utf8)
    private static let macPassword = SecretBytes(copying: "other".utf8)

    /// Low enough that a thousand inputs take a second.
    private static let limits: Limits = {
        var limits = Limits()
        limits.bags = 60
        limits.iterations = 256
        limits.totalIterations = 6_000
        limits.saltByteCount = 64
        limits.fileByteCount = 1 << 16
        return limits
    }()
}

extension SafeBag {
    /// Itself, and those in it.
    fileprivate var count: Int {
        guard case .safeContents(let bags) = value else { return 1 }
        return bags.reduce(1) { $0 + $1.count }
    }

    fileprivate var scheme: EncryptionScheme? {
        switch value {
        case .privateKey(_, let scheme): scheme
        case .shroudedKey(let scheme, _): scheme
        default: nil
        }
    }
}
