import CPKCS11
import Glibc
import Providers

/// PKCS#11 modules that p11-kit loaded and initialized; finalized and released with the last reference.
final class Modules: @unchecked Sendable {
    // Sendable: set in `init`; p11-kit and modules that it initializes may be called from any thread.
    let all: [Module]
    private let release: () -> Void

    /// - Parameter path: of one module; nil for all that p11-kit is configured with, except stores of trusted
    ///   certificates, in which there are no keys.
    /// - Throws: ``TokenError`` `moduleFailed`.
    init(path: String?) throws {
        guard let path else {
            guard let list = p11_kit_modules_load_and_initialize(0) else {
                throw Self.failure("the PKCS#11 modules of p11-kit's configuration cannot be loaded")
            }
            var all: [Module] = []
            for next in sequence(first: list, next: { $0 + 1 }) {
                guard let functions = next.pointee else { break }
                if p11_kit_module_get_flags(functions) & Int32(P11_KIT_MODULE_TRUSTED) == 0 {
                    all.append(Module(functions))
                }
            }
            self.all = all
            release = { p11_kit_modules_finalize_and_release(list) }
            return
        }
        guard let functions = p11_kit_module_load(path, 0) else {
            throw Self.failure("the PKCS#11 module \(path) cannot be loaded")
        }
        let value = ReturnValue(rawValue: p11_kit_module_initialize(functions))
        guard value == .ok else {
            p11_kit_module_release(functions)
            throw TokenError(
                .moduleFailed, "the PKCS#11 module \(path) cannot be initialized: \(value.name), \(value.sentence)")
        }
        all = [Module(functions)]
        release = {
            p11_kit_module_finalize(functions)
            p11_kit_module_release(functions)
        }
    }

    deinit { release() }

    private static func failure(_ what: String) -> TokenError {
        let message = p11_kit_message().map { ": " + String(cString: $0) } ?? ""
        return TokenError(.moduleFailed, what + message)
    }
}

/// The functions of one module; valid as long as its ``Modules``.
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
