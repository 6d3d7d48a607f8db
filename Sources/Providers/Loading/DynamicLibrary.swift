import PKCS12

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A shared library in this process. It is never closed: code of the Swift runtime cannot be unloaded.
struct DynamicLibrary: @unchecked Sendable {
    // Sendable: the handle is used for look-ups only, which are safe from any thread.
    private let handle: UnsafeMutableRawPointer

    /// - Throws: ``ProviderError`` `loadFailed` with the linker's words, and the package to install where one is missing.
    init(path: String) throws {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let message = dlerror().map { String(cString: $0) } ?? "for no reason given"
            throw ProviderError(
                .loadFailed, "\(path) cannot be loaded: \(message)", hint: Self.hint(message: message, path: path))
        }
        self.handle = handle
    }

    func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        dlsym(handle, name)
    }

    /// Names the Debian package of a library that the linker misses: `NAME: cannot open shared object file: …`.
    static func hint(message: String, path: String) -> String? {
        guard let end = message.firstIndex(of: ":"), message[end...].hasPrefix(": cannot open shared object file")
        else {
            return nil
        }
        let missing = message[..<end]
        if missing.hasPrefix("libswift") {
            return "install the Swift runtime, or the providers built with -static-stdlib"
        }
        return packages.first { missing.hasPrefix($0.library) }.map { "install the package \($0.package)" }
    }

    private static let packages: [(library: String, package: String)] = [
        ("libcrypto.so.3", "libssl3 (libssl3t64 on Debian 13 and Ubuntu 24.04)"),
        ("libgnutls.so.30", "libgnutls30 (libgnutls30t64 on Debian 13 and Ubuntu 24.04)"),
        ("libp11-kit.so.0", "libp11-kit0"),
    ]
}
