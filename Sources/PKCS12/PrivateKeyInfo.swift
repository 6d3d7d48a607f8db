import SwiftASN1

/// A private key of any kind, in the clear.
///
///     PrivateKeyInfo ::= SEQUENCE {
///         version              INTEGER { v1(0), v2(1) },
///         privateKeyAlgorithm  AlgorithmIdentifier,
///         privateKey           OCTET STRING,
///         attributes       [0] IMPLICIT SET OF Attribute OPTIONAL,
///         publicKey        [1] IMPLICIT BIT STRING OPTIONAL }      -- RFC 5208 §5, RFC 5958 §2
public struct PrivateKeyInfo: Sendable, Equatable {
    public var algorithm: AlgorithmIdentifier
    /// The content of the `privateKey` OCTET STRING.
    public var privateKey: SecretBytes
    /// The attributes inside the PKCS#8, such as ``BagAttributes/keyUsage``; those of the bag are elsewhere.
    public var attributes: BagAttributes
    /// The content of `publicKey`, of version 2.
    public var publicKey: [UInt8]?

    public init(
        algorithm: AlgorithmIdentifier, privateKey: SecretBytes, attributes: BagAttributes = BagAttributes(),
        publicKey: [UInt8]? = nil
    ) {
        self.algorithm = algorithm
        self.privateKey = privateKey
        self.attributes = attributes
        self.publicKey = publicKey
    }

    /// Reads the DER of a PrivateKeyInfo at the start of bytes, and leaves what comes after it: tokens pad.
    ///
    /// - Throws: `malformed`.
    public init(leading bytes: SecretBytes) throws {
        self = try bytes.withUnsafeBytes { try PrivateKeyInfo($0) }
    }

    /// Reads the DER of a PrivateKeyInfo.
    init(_ bytes: UnsafeRawBufferPointer) throws(PKCS12Error) {
        var cursor = DERCursor(bytes)
        var content = try cursor.sequence("the private key")
        _ = try content.require(DERCursor.Tag.integer, "the version of the private key")
        algorithm = try AlgorithmIdentifier(from: &content, "the private key's algorithm")
        privateKey = SecretBytes(
            copying: try content.require(DERCursor.Tag.octetString, "the private key's value").content)
        attributes = BagAttributes()
        if let set = try content.optional(DERCursor.Tag.explicit(0), "the private key's attributes") {
            var set = DERCursor(set.content)
            attributes = try BagAttributes(from: &set)
        }
        if let bits = try content.optional(DERCursor.Tag.implicit(1), "the public key beside the private key") {
            publicKey = Array(bits.content)
        }
    }

    package func encoded() throws(PKCS12Error) -> SecretBytes {
        let publicKey = publicKey.map { DER.value(DERCursor.Tag.implicit(1), $0) } ?? []
        return SecretDER.constructed(
            identifier: DERCursor.Tag.sequence,
            [
                .encoded(DER.integer(publicKey.isEmpty ? 0 : 1)),
                .encoded(try algorithm.encoded()),
                .secret(identifier: DERCursor.Tag.octetString, privateKey),
                .encoded(try attributes.encoded(identifier: DERCursor.Tag.explicit(0))),
                .encoded(publicKey),
            ]
        ).serialized()
    }
}
