import SwiftASN1

/// The outside of a PFX: all that can be read without a password.
///
///     PFX ::= SEQUENCE {
///         version   INTEGER { v3(3) },
///         authSafe  ContentInfo,
///         macData   MacData OPTIONAL }                             -- RFC 7292 §4
///     AuthenticatedSafe ::= SEQUENCE OF ContentInfo                -- RFC 7292 §4.1
struct Envelope: Sendable {
    enum Part: Sendable {
        case plain([SealedBag])
        case encrypted(EncryptionScheme, ciphertext: [UInt8])
    }

    /// The octets under the MAC, in one piece.
    let authenticatedSafe: [UInt8]
    let mac: (scheme: MACScheme, value: [UInt8])?
    var parts: [Part]

    /// - Throws: ``PKCS12Error`` `notPKCS12`, `truncated`, `malformed`, `limitExceeded`, `unsupportedAlgorithm`,
    ///   `publicKeyProtection`.
    init(_ file: [UInt8], bags: inout BagBudget, limits: Limits, allowsTrailingBytes: Bool = true) throws {
        guard file.count <= limits.fileByteCount else {
            throw PKCS12Error(
                .limitExceeded,
                "the file has \(file.count) bytes, more than the limit of \(limits.fileByteCount) (fileByteCount)")
        }
        try Self.recognize(file)
        (authenticatedSafe, mac) = try file.withUnsafeBytes { bytes in
            try BERNormalizer.withDER(of: bytes, limits: limits, allowsTrailingBytes: allowsTrailingBytes) {
                try Self.outer($0, limits)
            }
        }
        parts = try authenticatedSafe.withUnsafeBytes { bytes in
            try insideFile {
                try BERNormalizer.withDER(of: bytes, limits: limits) { try Self.parts($0, &bags, limits) }
            }
        }
    }

    private static func outer(_ bytes: UnsafeRawBufferPointer, _ limits: Limits) throws -> (
        [UInt8], (MACScheme, [UInt8])?
    ) {
        var file = DERCursor(bytes)
        var pfx = try file.sequence("the PFX")
        guard try pfx.require(DERCursor.Tag.integer, "the version").content.elementsEqual([3]) else {
            throw PKCS12Error(.notPKCS12, "the file is not a PFX of version 3")
        }
        var authSafe = try pfx.sequence("the authenticated safe")
        let type = try authSafe.objectIdentifier("the authenticated safe's type")
        guard type != OID.signedData else {
            throw PKCS12Error(
                .publicKeyProtection, "the file is signed with a key instead of a password",
                hint: "export it again with a password")
        }
        guard type == OID.data else {
            throw PKCS12Error(.malformed, "the authenticated safe is of the unknown type \(type)")
        }
        let octets = try explicitOctets(&authSafe, "the authenticated safe")
        let mac = pfx.isAtEnd ? nil : try MACScheme.parse(&pfx, limits: limits)
        // A second MAC, of which readers might believe the one or the other.
        try pfx.requireEnd(of: "the PFX")
        return (octets, mac)
    }

    private static func parts(_ bytes: UnsafeRawBufferPointer, _ bags: inout BagBudget, _ limits: Limits) throws
        -> [Part]
    {
        var safe = DERCursor(bytes)
        var infos = try safe.sequence("the authenticated safe")
        var parts: [Part] = []
        while !infos.isAtEnd {
            var info = try infos.sequence("a part of the file")
            try bags.charge()  // an empty part costs as much as a bag
            switch try info.objectIdentifier("the type of a part") {
            case OID.data:
                let octets = try explicitOctets(&info, "a part of the file")
                parts.append(.plain(try SealedBag.list(octets, &bags, limits)))
            case OID.encryptedData:
                parts.append(try encryptedData(&info, limits))
            case OID.envelopedData:
                throw PKCS12Error(
                    .publicKeyProtection, "a part of the file is encrypted to a public key instead of a password",
                    hint: "export it again with a password")
            case let type:
                throw PKCS12Error(.malformed, "a part of the file is of the unknown type \(type)")
            }
        }
        return parts
    }

    ///     EncryptedData ::= SEQUENCE {
    ///         version               CMSVersion,
    ///         encryptedContentInfo  EncryptedContentInfo }             -- RFC 5652 §8
    ///     EncryptedContentInfo ::= SEQUENCE {
    ///         contentType                 ContentType,
    ///         contentEncryptionAlgorithm  AlgorithmIdentifier,
    ///         encryptedContent        [0] IMPLICIT OCTET STRING OPTIONAL }  -- RFC 5652 §6.1
    private static func encryptedData(_ info: inout DERCursor, _ limits: Limits) throws(PKCS12Error) -> Part {
        var content = DERCursor(try info.require(DERCursor.Tag.explicit(0), "the content of an encrypted part").content)
        var encryptedData = try content.sequence("an encrypted part")
        _ = try encryptedData.require(DERCursor.Tag.integer, "the version of an encrypted part")
        var contentInfo = try encryptedData.sequence("the content of an encrypted part")
        _ = try contentInfo.objectIdentifier("the type of an encrypted part")
        let algorithm = try AlgorithmIdentifier(from: &contentInfo, "the encryption of a part")
        let scheme = try EncryptionScheme(algorithm, limits: limits)
        return .encrypted(
            scheme,
            ciphertext: try scheme.checked(
                try contentInfo.octets("an encrypted part", identifier: DERCursor.Tag.implicit(0))))
    }

    /// The content of a ContentInfo of type data: `[0] EXPLICIT OCTET STRING`.
    private static func explicitOctets(_ info: inout DERCursor, _ what: String) throws(PKCS12Error) -> [UInt8] {
        var content = DERCursor(try info.require(DERCursor.Tag.explicit(0), "the content of \(what)").content)
        return try content.octets("the content of \(what)")
    }

    /// Says what a file is that is no PFX, so that the message is better than an ASN.1 error.
    private static func recognize(_ file: [UInt8]) throws(PKCS12Error) {
        guard let first = file.first else {
            throw PKCS12Error(.notPKCS12, "the file is empty", hint: "copy it again from where it came")
        }
        if file.starts(with: Array("-----BEGIN".utf8)) {
            throw PKCS12Error(
                .notPKCS12, "the file is PEM text, not a PFX",
                hint: "make a PFX of it with `openssl pkcs12 -export` first")
        }
        guard first == DERCursor.Tag.sequence else {
            throw PKCS12Error(.notPKCS12, "the file is not a PFX: it does not begin with an ASN.1 sequence")
        }
        let inner: UInt8? = file.withUnsafeBytes { bytes in
            guard let header = try? BERHeader(bytes, at: 0, end: bytes.count), header.byteCount < bytes.count else {
                return nil
            }
            return bytes[header.byteCount]
        }
        switch inner {
        case DERCursor.Tag.objectIdentifier:
            throw PKCS12Error(.notPKCS12, "the file is a PKCS #7 or CMS structure, not a PFX")
        case DERCursor.Tag.sequence:
            throw PKCS12Error(.notPKCS12, "the file is a certificate or another ASN.1 structure, not a PFX")
        default: break
        }
    }
}

/// Counts the bags of a file against ``Limits/bags``.
struct BagBudget: Sendable {
    private let limit: Int
    private var count = 0

    init(_ limits: Limits) {
        limit = limits.bags
    }

    mutating func charge() throws(PKCS12Error) {
        count += 1
        guard count <= limit else {
            throw PKCS12Error(.limitExceeded, "the file has more bags than the limit of \(limit) (bags)")
        }
    }
}

/// Runs a reader of octets that the file holds completely: data that ends too early is malformed there, not truncated.
func insideFile<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as PKCS12Error where error.code == .truncated {
        throw PKCS12Error(.malformed, error.reason)
    }
}
