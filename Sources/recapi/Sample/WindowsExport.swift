import PKCS12
import Providers

/// A PFX as Windows exports it from CNG: the key first, under its KSP's name, with both usages and the container's
/// name; the certificate and its chain encrypted behind it, all with 3DES and 2000 iterations.
struct WindowsExport {
    var key: RSAPrivateKey
    /// The leaf first.
    var certificates: [[UInt8]]
    var friendlyName: String
    var containerName: String
    var machineKeySet: Bool

    func pfx(_ crypto: any CryptoProvider) throws -> PFX {
        // Windows numbers the keys of a file from 1, in four bytes, little-endian.
        let localKeyID: [UInt8] = [1, 0, 0, 0]
        var keyAttributes = BagAttributes()
        keyAttributes.localKeyID = localKeyID
        keyAttributes.friendlyName = containerName
        keyAttributes.providerNames = ["Microsoft Software Key Storage Provider"]
        keyAttributes.isLocalMachineKeySet = machineKeySet
        var usage = BagAttributes()
        usage.keyUsage = 0x90
        let shroudedKey = SafeBag(
            .privateKey(key.privateKeyInfo(attributes: usage), shroud: try scheme(crypto)), attributes: keyAttributes)

        var bags = certificates.map { SafeBag(.certificate($0)) }
        bags[0].attributes.localKeyID = localKeyID
        bags[0].attributes.friendlyName = friendlyName
        // CERT_SUBJECT_PUB_KEY_BIT_LENGTH_PROP_ID, little-endian
        bags[0].attributes.all.append(
            Attribute(
                type: [1, 3, 6, 1, 4, 1, 311, 17, 3, 92],
                values: [DER.octetString([UInt8(key.bitCount & 0xFF), UInt8(key.bitCount >> 8 & 0xFF), 0, 0])]))
        return PFX(
            contents: [
                SafeContents(encryption: nil, bags: [shroudedKey]),
                SafeContents(encryption: try scheme(crypto), bags: bags),
            ],
            mac: MACScheme(.pkcs12(.sha1), salt: try crypto.randomBytes(20), iterations: 2000))
    }

    private func scheme(_ crypto: any CryptoProvider) throws -> EncryptionScheme {
        .tripleDESSHA1(salt: try crypto.randomBytes(20), iterations: 2000)
    }
}
