import CPKCS11
import PKCS12

/// A session with a token; closed with the last reference. One call at a time.
final class Session: @unchecked Sendable {
    // Sendable: whoever took it out of its ``Connection`` has it alone.
    let token: TokenSlot
    private let handle: CK_SESSION_HANDLE

    init(_ token: TokenSlot, writes: Bool = false) throws {
        var handle: CK_SESSION_HANDLE = 0
        let flags = CK_FLAGS(CKF_SERIAL_SESSION) | (writes ? CK_FLAGS(CKF_RW_SESSION) : 0)
        try pkcs11("open a session", token.list.C_OpenSession?(token.slot, flags, nil, nil, &handle))
        self.token = token
        self.handle = handle
    }

    deinit { _ = list.C_CloseSession?(handle) }

    private var list: CK_FUNCTION_LIST { token.list }

    /// - Throws: where the session is no longer good for anything.
    func info() throws -> CK_SESSION_INFO {
        var info = CK_SESSION_INFO()
        try pkcs11("describe a session", list.C_GetSessionInfo?(handle, &info))
        return info
    }

    /// C_Login; without a PIN the token itself asks for one.
    func logIn(as user: CK_USER_TYPE = CK_USER_TYPE(CKU_USER), pin: SecretBytes?) throws {
        let value: CK_RV? =
            if let pin {
                pin.withUnsafeBytes { pin in
                    list.C_Login?(handle, user, UnsafeMutablePointer(mutating: pin.bytes), CK_ULONG(pin.count))
                }
            } else {
                list.C_Login?(handle, user, nil, 0)
            }
        try pkcs11("log in", value)
    }

    func logOut() { _ = list.C_Logout?(handle) }

    /// Handles of the objects that have these attributes.
    func objects(with attributes: [Attribute], limit: Int = 100_000) throws -> [CK_OBJECT_HANDLE] {
        let started = attributes.withTemplate { list.C_FindObjectsInit?(handle, $0, $1) }
        try pkcs11("look for objects", started)
        defer { _ = list.C_FindObjectsFinal?(handle) }
        var found: [CK_OBJECT_HANDLE] = []
        var batch: [CK_OBJECT_HANDLE] = Array(repeating: 0, count: 256)
        while found.count < limit {
            var count: CK_ULONG = 0
            try pkcs11("look for objects", list.C_FindObjects?(handle, &batch, CK_ULONG(batch.count), &count))
            guard count > 0, count <= batch.count else { break }
            found += batch.prefix(Int(count))
        }
        return found
    }

    func create(_ attributes: [Attribute], _ what: String) throws -> CK_OBJECT_HANDLE {
        var object: CK_OBJECT_HANDLE = 0
        let value = attributes.withTemplate { list.C_CreateObject?(handle, $0, $1, &object) }
        try pkcs11("create \(what)", value)
        return object
    }

    func destroy(_ object: CK_OBJECT_HANDLE) { _ = list.C_DestroyObject?(handle, object) }

    /// C_GenerateKey.
    func generate(_ mechanism: CK_MECHANISM_TYPE, _ attributes: [Attribute]) throws -> CK_OBJECT_HANDLE {
        var key: CK_OBJECT_HANDLE = 0
        var mechanism = CK_MECHANISM(mechanism: mechanism, pParameter: nil, ulParameterLen: 0)
        let value = attributes.withTemplate { list.C_GenerateKey?(handle, &mechanism, $0, $1, &key) }
        try pkcs11("generate a key", value)
        return key
    }

    /// C_WrapKey.
    func wrap(
        _ key: CK_OBJECT_HANDLE, under wrappingKey: CK_OBJECT_HANDLE, _ mechanism: Mechanism
    ) throws -> [UInt8] {
        // Above any RSA key: one call is enough, and some modules wrap again for each.
        var wrapped = [UInt8](repeating: 0, count: 1 << 15)
        var count = CK_ULONG(wrapped.count)
        let value = mechanism.withMechanism {
            list.C_WrapKey?(handle, $0, wrappingKey, key, &wrapped, &count)
        }
        try pkcs11("wrap the key with \(mechanism.name)", value)
        return Array(wrapped.prefix(Int(clamping: count)))
    }

    /// C_UnwrapKey.
    func unwrap(
        _ wrapped: [UInt8], under key: CK_OBJECT_HANDLE, _ mechanism: Mechanism, _ attributes: [Attribute]
    ) throws -> CK_OBJECT_HANDLE {
        var (wrapped, unwrapped) = (wrapped, CK_OBJECT_HANDLE(0))
        let value = mechanism.withMechanism { mechanism in
            attributes.withTemplate {
                list.C_UnwrapKey?(handle, mechanism, key, &wrapped, CK_ULONG(wrapped.count), $0, $1, &unwrapped)
            }
        }
        try pkcs11("unwrap the key with \(mechanism.name)", value)
        return unwrapped
    }

    /// C_SignInit and C_Sign.
    ///
    /// - Parameter authenticate: called between the two.
    func sign(
        _ data: [UInt8], with key: CK_OBJECT_HANDLE, _ mechanism: Mechanism, authenticate: () throws -> Void
    ) throws -> [UInt8] {
        try pkcs11("sign with \(mechanism.name)", mechanism.withMechanism { list.C_SignInit?(handle, $0, key) })
        try authenticate()
        var (data, signature) = (data, [UInt8](repeating: 0, count: 2_048))
        var count = CK_ULONG(signature.count)
        try pkcs11(
            "sign with \(mechanism.name)",
            list.C_Sign?(handle, &data, CK_ULONG(data.count), &signature, &count))
        return Array(signature.prefix(Int(clamping: count)))
    }
}

extension Session {
    /// The values of attributes, in their order; nil where the object does not have one or the token does not tell.
    func values(of types: [CK_ATTRIBUTE_TYPE], _ object: CK_OBJECT_HANDLE) throws -> [[UInt8]?] {
        var values: [[UInt8]?] = []
        for (type, size) in zip(types, try sizes(of: types, object)) {
            guard let size, size > 0 else {
                values.append(size.map { _ in [] })
                continue
            }
            var bytes = [UInt8](repeating: 0, count: size)
            let count = try bytes.withUnsafeMutableBytes { bytes in
                try read(type, object, into: bytes)
            }
            values.append(count.map { Array(bytes.prefix($0)) })
        }
        return values
    }

    /// As ``values(of:_:)``, for a value that is secret.
    func secret(_ type: CK_ATTRIBUTE_TYPE, _ object: CK_OBJECT_HANDLE) throws -> SecretBytes? {
        guard let size = try sizes(of: [type], object)[0] else { return nil }
        var isThere = false
        let value = try SecretBytes(capacity: size) { bytes in
            let count = try read(type, object, into: bytes)
            isThere = count != nil
            return count ?? 0
        }
        return isThere ? value : nil
    }

    private func sizes(
        of types: [CK_ATTRIBUTE_TYPE], _ object: CK_OBJECT_HANDLE
    ) throws -> [Int?] {
        // A module that stops at the first attribute that it does not know leaves the rest as it was.
        var template = types.map { CK_ATTRIBUTE(type: $0, pValue: nil, ulValueLen: Self.unavailable) }
        let value = list.C_GetAttributeValue?(handle, object, &template, CK_ULONG(types.count))
        guard try isTelling(value) || types.count == 1 else {
            return try types.map { type in try sizes(of: [type], object)[0] }
        }
        return template.map { $0.ulValueLen <= Self.largestValue ? Int($0.ulValueLen) : nil }
    }

    /// - Returns: nil where the token does not tell.
    private func read(
        _ type: CK_ATTRIBUTE_TYPE, _ object: CK_OBJECT_HANDLE, into bytes: UnsafeMutableRawBufferPointer
    ) throws -> Int? {
        var attribute = CK_ATTRIBUTE(type: type, pValue: bytes.baseAddress, ulValueLen: CK_ULONG(bytes.count))
        let value = list.C_GetAttributeValue?(handle, object, &attribute, 1)
        guard try isTelling(value), attribute.ulValueLen <= bytes.count else { return nil }
        return Int(attribute.ulValueLen)
    }

    /// - Returns: false where an attribute is missing or secret, which is no failure.
    private func isTelling(_ value: CK_RV?) throws -> Bool {
        if value == ReturnValue.attributeTypeInvalid.rawValue || value == ReturnValue.attributeSensitive.rawValue {
            return false
        }
        try pkcs11("tell the attributes of an object", value)
        return true
    }

    /// CK_UNAVAILABLE_INFORMATION
    private static let unavailable = CK_ULONG.max
    /// Far above any certificate.
    private static let largestValue: CK_ULONG = 1 << 20
}

extension UnsafeRawBufferPointer {
    /// The start of the bytes as C wants it.
    var bytes: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
