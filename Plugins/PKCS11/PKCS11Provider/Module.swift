import CPKCS11
import Glibc

/// The functions of one module; valid as long as it is loaded.
struct Module {
    let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>
    /// In p11-kit's configuration, or the path.
    let name: String

    init(_ functions: UnsafeMutablePointer<CK_FUNCTION_LIST>) {
        self.functions = functions
        let text = p11_kit_module_get_name(functions) ?? p11_kit_module_get_filename(functions)
        name = text.map { String(cString: $0) } ?? "unnamed"
        free(text)
    }

    var list: CK_FUNCTION_LIST { functions.pointee }

    /// Whether this is the name of p11-kit's configuration, or of the library's file without `lib` and `.so` (RFC 7512 §2.3).
    func isNamed(_ other: String) -> Bool {
        let file = name.split(separator: "/").last.map(String.init)
        return name == other || file == "lib\(other).so" || file == "\(other).so"
    }

    /// Slots that have a token in them.
    func slots() throws -> [CK_SLOT_ID] {
        var slots: [CK_SLOT_ID] = []
        // Their number may change between the two calls.
        for _ in 0..<4 {
            var count: CK_ULONG = 0
            try pkcs11("list its slots", list.C_GetSlotList?(1, nil, &count))
            guard count <= 10_000 else { break }
            slots = Array(repeating: 0, count: Int(count))
            if count == 0 { return [] }
            let value = list.C_GetSlotList?(1, &slots, &count)
            if value == ReturnValue.bufferTooSmall.rawValue { continue }
            try pkcs11("list its slots", value)
            return Array(slots.prefix(Int(count)))
        }
        throw ModuleFailure(value: .bufferTooSmall, what: "list its slots")
    }

    func tokenInfo(_ slot: CK_SLOT_ID) throws -> CK_TOKEN_INFO {
        var info = CK_TOKEN_INFO()
        try pkcs11("describe itself", list.C_GetTokenInfo?(slot, &info))
        return info
    }
}
