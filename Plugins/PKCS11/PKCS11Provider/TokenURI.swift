import CPKCS11
import Glibc
import Providers

/// A `pkcs11:` URI (RFC 7512), as p11-kit reads and writes it.
final class TokenURI {
    private let handle: OpaquePointer

    private init() throws {
        guard let handle = p11_kit_uri_new() else { throw TokenError(.tokenFailed, "p11-kit has no memory for a URI") }
        self.handle = handle
    }

    deinit { p11_kit_uri_free(handle) }

    /// - Throws: ``TokenError`` `uriInvalid`, also for attributes that p11-kit does not know: without them the URI would match
    ///   more than was meant.
    convenience init(parsing text: String) throws {
        try self.init()
        let result = text.utf8.contains(0) ? Int32(P11_KIT_URI_BAD_SYNTAX.rawValue) : parse(text)
        guard result == Int32(P11_KIT_URI_OK.rawValue) else {
            let message = p11_kit_uri_message(result).map { ": " + String(cString: $0) } ?? ""
            throw TokenError(
                .uriInvalid, "\(text) is not a URI of a token\(message)",
                hint: "recapi tokens lists URIs to paste, such as pkcs11:token=NAME;object=LABEL")
        }
        guard p11_kit_uri_get_pin_value(handle) == nil else {
            throw TokenError(
                .uriInvalid, "a URI of a token has the PIN itself in it",
                hint: "name a file with pin-source=file:PATH instead of pin-value")
        }
        guard p11_kit_uri_any_unrecognized(handle) == 0 else {
            throw TokenError(.uriInvalid, "\(text) has attributes that are not known here")
        }
    }

    /// The URI of one token.
    static func uri(of token: CK_TOKEN_INFO) throws -> String {
        let uri = try TokenURI()
        uri.identify(token)
        return try uri.formatted(P11_KIT_URI_FOR_TOKEN)
    }

    /// The URI of one object on a token.
    static func uri(of objectClass: CK_OBJECT_CLASS, id: [UInt8], label: [UInt8], on token: CK_TOKEN_INFO) throws
        -> String
    {
        let uri = try TokenURI()
        uri.identify(token)
        var attributes = [Attribute(CKA_CLASS, objectClass)]
        if !id.isEmpty { attributes.append(Attribute(CKA_ID, id)) }
        if !label.isEmpty { attributes.append(Attribute(CKA_LABEL, label)) }
        attributes.withTemplate { template, count in
            for index in 0..<Int(count) { p11_kit_uri_set_attribute(uri.handle, template + index) }
        }
        return try uri.formatted(P11_KIT_URI_FOR_OBJECT_ON_TOKEN)
    }

    /// The path of a module (`module-path`).
    var modulePath: String? { p11_kit_uri_get_module_path(handle).map { String(cString: $0) } }

    /// Where the PIN is (`pin-source`).
    var pinSource: String? { p11_kit_uri_get_pin_source(handle).map { String(cString: $0) } }

    /// Attributes of objects: CKA_ID, CKA_LABEL, CKA_CLASS.
    var attributes: [Attribute] {
        var count: CK_ULONG = 0
        guard let first = p11_kit_uri_get_attributes(handle, &count) else { return [] }
        return UnsafeBufferPointer(start: first, count: Int(count)).map {
            Attribute($0.type, Array(UnsafeRawBufferPointer(start: $0.pValue, count: Int($0.ulValueLen))))
        }
    }

    /// Whether `module-name` says nothing else; a module that is not initialized yet tells no more.
    func names(_ module: Module) -> Bool {
        p11_kit_uri_get_module_name(handle).map { module.isNamed(String(cString: $0)) } ?? true
    }

    /// - Parameter module: an initialized one.
    func matches(_ module: Module) -> Bool {
        guard names(module) else { return false }
        var info = CK_INFO()
        return module.list.C_GetInfo?(&info) == CKR_OK && p11_kit_uri_match_module_info(handle, &info) == 1
    }

    func matches(_ token: CK_TOKEN_INFO, in slot: CK_SLOT_ID, of module: Module) -> Bool {
        var token = token
        guard p11_kit_uri_match_token_info(handle, &token) == 1 else { return false }
        let wanted = p11_kit_uri_get_slot_id(handle)
        guard wanted == slot || wanted == CK_SLOT_ID.max else { return false }
        var info = CK_SLOT_INFO()
        return module.list.C_GetSlotInfo?(slot, &info) == CKR_OK && p11_kit_uri_match_slot_info(handle, &info) == 1
    }

    private func parse(_ text: String) -> Int32 {
        p11_kit_uri_parse(text, P11KitUriType(UInt32(P11_KIT_URI_FOR_ANY.rawValue)), handle)
    }

    private func identify(_ token: CK_TOKEN_INFO) {
        guard let own = p11_kit_uri_get_token_info(handle) else { return }
        own.pointee.label = token.label
        own.pointee.manufacturerID = token.manufacturerID
        own.pointee.model = token.model
        own.pointee.serialNumber = token.serialNumber
    }

    private func formatted(_ kind: P11KitUriType) throws -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard p11_kit_uri_format(handle, kind, &text) == Int32(P11_KIT_URI_OK.rawValue), let text else {
            throw TokenError(.tokenFailed, "p11-kit cannot write the URI of a token")
        }
        defer { free(text) }
        return String(cString: text)
    }
}
