import CPKCS11
import Providers

/// A private key on a token, and what decides whether it can leave.
struct PrivateKeyObject {
    let handle: CK_OBJECT_HANDLE
    let label: [UInt8]
    let id: [UInt8]
    private let objectClass: CK_OBJECT_CLASS?
    let type: CK_KEY_TYPE?
    /// Without leading zeros; empty where the key is not RSA.
    let modulus: [UInt8]
    let publicExponent: [UInt8]
    let isExtractable: Bool
    let isSensitive: Bool
    let needsTrustedKey: Bool

    /// The one key that a URI's attributes match.
    ///
    /// - Parameter likely: where it was, which is looked at first, if the URI is one that names a key alone.
    /// - Throws: ``TokenError`` `keyNotFound`, `keyAmbiguous`.
    init(matching attributes: [Attribute], _ uri: String, _ session: Session, likely: CK_OBJECT_HANDLE?) throws {
        if let likely, let key = try? PrivateKeyObject(likely, session), key.has(attributes) {
            self = key
            return
        }
        let found = try session.objects(with: Self.template(attributes), limit: 2)
        guard let handle = found.first else {
            throw TokenError(
                .keyNotFound, "no private key on the token matches \(uri)",
                hint: "recapi tokens lists those that there are")
        }
        guard found.count == 1 else {
            throw TokenError(
                .keyAmbiguous, "several private keys on the token match \(uri)", hint: "add id=… or object=… to the URI"
            )
        }
        try self.init(handle, session)
    }

    init(_ handle: CK_OBJECT_HANDLE, _ session: Session) throws {
        let values = try session.values(
            of: [
                CKA_LABEL, CKA_ID, CKA_KEY_TYPE, CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EXTRACTABLE, CKA_SENSITIVE,
                CKA_WRAP_WITH_TRUSTED, CKA_CLASS,
            ], handle)
        self.handle = handle
        label = values[0] ?? []
        id = values[1] ?? []
        type = values[2].flatMap(number)
        modulus = Array((values[3] ?? []).drop { $0 == 0 })
        publicExponent = Array((values[4] ?? []).drop { $0 == 0 })
        // A token that does not tell keeps the key in.
        isExtractable = values[5].map(flag) ?? false
        isSensitive = values[6].map(flag) ?? true
        needsTrustedKey = values[7].map(flag) ?? false
        objectClass = values[8].flatMap(number)
    }

    /// What finds private keys with a URI's attributes, whatever `type` the URI says.
    static func template(_ attributes: [Attribute]) -> [Attribute] {
        [Attribute(CKA_CLASS, CK_ULONG(CKO_PRIVATE_KEY))] + attributes.filter { $0.type != CKA_CLASS }
    }

    private func has(_ attributes: [Attribute]) -> Bool {
        objectClass == CK_ULONG(CKO_PRIVATE_KEY)
            && attributes.allSatisfy { attribute in
                guard case .bytes(let value) = attribute.value else { return false }
                switch attribute.type {
                case CKA_LABEL: return value == label
                case CKA_ID: return value == id
                default: return attribute.type == CKA_CLASS
                }
            }
    }

    var isRSA: Bool { type == CK_KEY_TYPE(CKK_RSA) }

    /// CKA_KEY_TYPE by the name of its constant.
    var kind: TokenKey.Kind {
        guard let type else { return Self.unknownKind }
        return TokenKey.Kind(rawValue: Self.names[type] ?? "0x\(String(type, radix: 16, uppercase: true))")
    }

    static let unknownKind = TokenKey.Kind(rawValue: "unknown")

    private static let names: [CK_KEY_TYPE: String] = [
        CK_KEY_TYPE(CKK_RSA): "RSA", CK_KEY_TYPE(CKK_DSA): "DSA", CK_KEY_TYPE(CKK_DH): "DH",
        CK_KEY_TYPE(CKK_EC): "EC", CK_KEY_TYPE(CKK_X9_42_DH): "X9_42_DH", 0x40: "EC_EDWARDS", 0x41: "EC_MONTGOMERY",
    ]
}

extension Session {
    /// CKA_PUBLIC_EXPONENT of the key, or of its public key: tokens need not keep it with the private one. Empty where there is neither.
    func publicExponent(of key: PrivateKeyObject) throws -> [UInt8] {
        guard key.isRSA, key.publicExponent.isEmpty, !key.modulus.isEmpty else { return key.publicExponent }
        let publicKey = [Attribute(CKA_CLASS, CK_ULONG(CKO_PUBLIC_KEY)), Attribute(CKA_MODULUS, key.modulus)]
        guard let found = try objects(with: publicKey, limit: 1).first else { return [] }
        return Array((try values(of: [CKA_PUBLIC_EXPONENT], found)[0] ?? []).drop { $0 == 0 })
    }
}

private func flag(_ bytes: [UInt8]) -> Bool { bytes.contains { $0 != 0 } }

private func number(_ bytes: [UInt8]) -> CK_ULONG? {
    guard bytes.count == MemoryLayout<CK_ULONG>.size else { return nil }
    return bytes.withUnsafeBytes { $0.loadUnaligned(as: CK_ULONG.self) }
}
