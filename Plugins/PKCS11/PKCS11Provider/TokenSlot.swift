import CPKCS11
import Providers

/// A token in a slot of a module.
struct TokenSlot: @unchecked Sendable {
    // Sendable: values, and a module, whose functions may be called from any thread.
    var module: Module { loaded.module }
    let slot: CK_SLOT_ID
    /// As it was when the token was found.
    let info: CK_TOKEN_INFO
    let token: Token
    /// Kept alive for the module.
    private let loaded: InitializedModule

    init(_ slot: CK_SLOT_ID, _ info: CK_TOKEN_INFO, of loaded: InitializedModule) throws {
        self.loaded = loaded
        self.slot = slot
        self.info = info
        let largest = info.ulMaxSessionCount
        token = Token(
            uri: try TokenURI.uri(of: info), label: text(info.label), manufacturer: text(info.manufacturerID),
            model: text(info.model), serialNumber: text(info.serialNumber), module: loaded.module.name,
            flags: TokenFlags(rawValue: UInt64(info.flags)),
            // 0 is CK_EFFECTIVELY_INFINITE, ~0 is CK_UNAVAILABLE_INFORMATION.
            largestSessionCount: largest == 0 || largest == CK_ULONG.max ? nil : Int(clamping: largest))
    }

    var list: CK_FUNCTION_LIST { module.list }

    /// - Returns: whether the token has a mechanism that can do what the flag says.
    func has(_ mechanism: Mechanism, _ flag: CK_FLAGS) -> Bool {
        var info = CK_MECHANISM_INFO()
        return list.C_GetMechanismInfo?(slot, mechanism.type, &info) == CKR_OK && info.flags & flag != 0
    }
}

/// A text of CK_TOKEN_INFO: UTF-8, padded with spaces. (A C array is a tuple here.)
private func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { bytes in
        let end = bytes.lastIndex { $0 != 0x20 && $0 != 0 }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
