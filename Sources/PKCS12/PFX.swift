import SwiftASN1

/// The content of a PKCS#12 file (RFC 7292), opened.
///
/// ``PFXDecoder`` reads one, ``PFXEncoder`` writes one. The value says all that the file says: with the same
/// password it is written to the same bytes again, since salts and initialization vectors are part of it.
public struct PFX: Sendable, Equatable {
    /// The parts of the file, each protected by itself.
    public var contents: [SafeContents]
    /// How the file is protected against changes; nil where it is not.
    public var mac: MACScheme?

    public init(contents: [SafeContents], mac: MACScheme?) {
        self.contents = contents
        self.mac = mac
    }

    /// All bags in the order of the file, those inside nested safe contents included.
    public var allBags: [SafeBag] {
        contents.flatMap { $0.bags.flatMap(\.flattened) }
    }
}

/// A list of bags, encrypted as a whole or not.
public struct SafeContents: Sendable, Equatable {
    /// Nil where the list is in the clear; the keys in it may be shrouded all the same.
    public var encryption: EncryptionScheme?
    public var bags: [SafeBag]

    public init(encryption: EncryptionScheme?, bags: [SafeBag]) {
        self.encryption = encryption
        self.bags = bags
    }
}

/// One thing in a PFX, and what is said about it.
public struct SafeBag: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// A key, shrouded (encrypted by itself) or in the clear.
        case privateKey(PrivateKeyInfo, shroud: EncryptionScheme?)
        /// A key in its shroud, unopened: the encryption of a PrivateKeyInfo. A token can write one whose key nobody else
        /// sees; ``PFXDecoder/opensShroudedKeys`` says whether they are left so.
        case shroudedKey(EncryptionScheme, ciphertext: [UInt8])
        /// The DER of an X.509 certificate, byte for byte.
        case certificate([UInt8])
        /// The DER of an X.509 CRL, byte for byte.
        case crl([UInt8])
        /// Something else that its owner keeps secret.
        case secret(type: ASN1ObjectIdentifier, value: SecretBytes)
        /// Bags inside a bag.
        case safeContents([SafeBag])
        /// A bag of another type, and certificates and CRLs that are not of X.509: the DER of the value.
        case other(type: ASN1ObjectIdentifier, value: SecretBytes)
    }

    public var value: Value
    public var attributes: BagAttributes

    public init(_ value: Value, attributes: BagAttributes = BagAttributes()) {
        self.value = value
        self.attributes = attributes
    }

    /// The bag itself, or what is in it where it holds bags.
    public var flattened: [SafeBag] {
        guard case .safeContents(let bags) = value else { return [self] }
        return bags.flatMap(\.flattened)
    }
}
