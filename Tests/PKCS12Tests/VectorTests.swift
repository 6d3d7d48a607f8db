import PKCS12
import TestSupport
import Testing

/// Every file of Tests/Vectors against what openssl says of it.
@Suite struct VectorTests {
    @Test(arguments: Vectors.all)
    func opensWithWhatOpenSSLFindsOrIsRefused(_ vector: Vector) throws {
        try check(vector, expect: vector.expect, allowsMissingMAC: false)
    }

    @Test(arguments: Vectors.all.filter { $0.expectAllowingMissingMAC != nil })
    func opensWithoutMACWhereAllowed(_ vector: Vector) throws {
        try check(vector, expect: try #require(vector.expectAllowingMissingMAC), allowsMissingMAC: true)
    }

    private func check(_ vector: Vector, expect: String, allowsMissingMAC: Bool) throws {
        let decoder = PFXDecoder(cryptography: try InstalledProviders.crypto, allowsMissingMAC: allowsMissingMAC)
        let result = Result { try decoder.decode(vector.bytes, passwords: vector.passwords) }
        guard Self.opens(vector, expect) else {
            #expect(errorCode(result.get) == expect)
            return
        }
        let pfx = try result.get()
        guard vector.opensslOpens else { return }
        try expectContents(of: pfx, vector)
        #expect(pfx.mac?.name == vector.mac.map { "hmacWith\($0.uppercased())" })
        #expect(pfx.mostIterations == vector.iterations ?? 0)
    }

    private func expectContents(of pfx: PFX, _ vector: Vector) throws {
        let certificates = pfx.certificates
        #expect(
            try certificates.map { try InstalledProviders.thumbprint($0.der) } == vector.certificates.map(\.thumbprint))
        #expect(certificates.map(\.attributes.friendlyName) == vector.certificates.map(\.friendlyName))
        #expect(certificates.map(\.encryption) == vector.certificates.map { ownName(ofOpenSSLs: $0.encryption) })

        let keys = pfx.keys
        try #require(keys.count == vector.keys.count)
        for (found, key) in zip(keys, vector.keys) {
            #expect(Self.kinds[found.info.algorithm.algorithm.description] == key.kind)
            if key.kind == "RSA", vector.expect != "keyHasMorePrimes" {
                #expect(try RSAPrivateKey(found.info).bitCount == key.bits)
            }
            #expect(found.attributes.providerNames.first == key.cspName)
            #expect(found.attributes.isLocalMachineKeySet == key.machineKeySet)
            #expect(found.info.attributes.keyUsage == key.keyUsage)
            #expect(found.attributes.friendlyName == key.friendlyName)
            #expect(found.encryption == ownName(ofOpenSSLs: key.encryption))
        }
    }

    /// The other codes come from reissuing a file that opens.
    private static func opens(_ vector: Vector, _ expect: String) -> Bool {
        expect == Vector.convertible || expect.hasPrefix("key") || expect.hasPrefix("certificate")
            || ["publicExponentUnfit", "modulusLengthUnfit", "primesUnbalanced"].contains(expect)
    }

    private static let kinds = [
        "1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSASSA-PSS", "1.2.840.10045.2.1": "EC",
        "1.3.101.112": "Ed25519", "1.2.840.10040.4.1": "DSA",
    ]
}

/// The library's name for what openssl prints of an encryption.
private func ownName(ofOpenSSLs name: String) -> String {
    name.replacing("PBKDF2, ", with: "").replacing("PRF ", with: "")
}

extension PFX {
    /// Keys with the name of their encryption.
    var keys: [(info: PrivateKeyInfo, attributes: BagAttributes, encryption: String)] {
        flattened.compactMap { bag, encryption in
            guard case .privateKey(let info, let shroud) = bag.value else { return nil }
            return (info, bag.attributes, (shroud ?? encryption)?.name ?? "none")
        }
    }

    /// Certificates with the name of the encryption of their part.
    var certificates: [(der: [UInt8], attributes: BagAttributes, encryption: String)] {
        flattened.compactMap { bag, encryption in
            guard case .certificate(let der) = bag.value else { return nil }
            return (der, bag.attributes, encryption?.name ?? "none")
        }
    }

    fileprivate var mostIterations: Int {
        let schemes = flattened.flatMap { bag, encryption in
            guard case .privateKey(_, let shroud?) = bag.value else { return [encryption] }
            return [shroud, encryption]
        }
        return (schemes.compactMap { $0?.iterations } + [mac?.iterations ?? 0]).max() ?? 0
    }

    private var flattened: [(SafeBag, EncryptionScheme?)] {
        contents.flatMap { contents in contents.bags.flatMap(\.flattened).map { ($0, contents.encryption) } }
    }
}
