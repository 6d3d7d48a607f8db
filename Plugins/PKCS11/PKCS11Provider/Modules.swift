import CPKCS11
import Glibc
import Providers

/// The modules that p11-kit is configured with, loaded, and none initialized: so that one that crashes or hangs does so only where
/// it is asked. Released with the last reference.
final class ConfiguredModules: @unchecked Sendable {
    // Sendable: set in `init`; p11-kit may be called from any thread.
    private let list: UnsafeMutablePointer<UnsafeMutablePointer<CK_FUNCTION_LIST>?>
    /// In p11-kit's order; without stores of trusted certificates, in which there are no keys.
    let all: [Module]

    /// - Throws: ``TokenError`` `moduleFailed`.
    init() throws {
        guard let list = p11_kit_modules_load(nil, 0) else {
            throw moduleFailure("the PKCS#11 modules of p11-kit's configuration cannot be loaded")
        }
        self.list = list
        all = sequence(first: list, next: { $0 + 1 }).lazy.prefix { $0.pointee != nil }.compactMap(\.pointee)
            .filter { p11_kit_module_get_flags($0) & Int32(P11_KIT_MODULE_TRUSTED) == 0 }.map(Module.init)
    }

    deinit { p11_kit_modules_release(list) }
}

/// A module that is loaded and initialized; finalized with the last reference.
final class InitializedModule: @unchecked Sendable {
    // Sendable: set in `init`; p11-kit and modules that it initializes may be called from any thread.
    let module: Module
    private let isUnconfigured: Bool
    /// Kept loaded for the module.
    private let configured: ConfiguredModules?

    /// - Throws: ``TokenError`` `moduleFailed`.
    init(_ module: Module, of configured: ConfiguredModules) throws {
        try Self.initialize(module)
        (self.module, self.configured, isUnconfigured) = (module, configured, false)
    }

    /// - Throws: ``TokenError`` `moduleFailed`.
    init(path: String) throws {
        guard let functions = p11_kit_module_load(path, 0) else {
            throw moduleFailure("the PKCS#11 module \(path) cannot be loaded")
        }
        module = Module(functions)
        do {
            try Self.initialize(module)
        } catch {
            p11_kit_module_release(functions)
            throw error
        }
        (configured, isUnconfigured) = (nil, true)
    }

    deinit {
        p11_kit_module_finalize(module.functions)
        if isUnconfigured { p11_kit_module_release(module.functions) }
    }

    private static func initialize(_ module: Module) throws {
        let value = ReturnValue(rawValue: p11_kit_module_initialize(module.functions))
        guard value == .ok else {
            throw TokenError(
                .moduleFailed,
                "the PKCS#11 module \(module.name) cannot be initialized: \(value.name), \(value.sentence)")
        }
    }
}

private func moduleFailure(_ what: String) -> TokenError {
    let message = p11_kit_message().map { ": " + String(cString: $0) } ?? ""
    return TokenError(.moduleFailed, what + message)
}
