import CProviderABI
import PKCS12

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds providers, `librecapi-provider-NAME.so`, loads them, and checks them before anything is asked of them.
public struct ProviderLoader: Sendable {
    /// The providers that come with recapi.
    public static let knownNames = ["openssl", "gnutls", "pkcs11"]

    /// Where providers are looked for; the first file of a name counts.
    public let folders: [String]
    /// How the providers are hosted for which ``isIsolated`` holds.
    public let isolation: Isolation
    private let isIsolated: @Sendable (_ name: String) -> Bool

    /// - Parameters:
    ///   - folders: by default those of the environment variable `RECAPI_PROVIDER_PATH` (separated by colons), the
    ///     one of the executable, and `../lib/recapi/providers` beside that.
    ///   - isIsolated: whether the provider of a name is hosted in a process of its own, instead of this one.
    public init(
        folders: [String] = ProviderLoader.defaultFolders(), isolation: Isolation = Isolation(),
        isIsolated: @escaping @Sendable (_ name: String) -> Bool = Isolation.providersByDefault.contains
    ) {
        self.folders = folders
        self.isolation = isolation
        self.isIsolated = isIsolated
    }

    /// What became of one provider.
    public struct Finding: Sendable {
        public let name: String
        /// The file; nil where none was found.
        public let path: String?
        public let provider: Result<Provider, ProviderError>
    }

    /// Loads all that can be found: the known providers in their order, then any others by name.
    ///
    /// - Parameter skipped: names of providers that are not to be looked at.
    public func findings(skipping skipped: Set<String> = []) -> [Finding] {
        let found = Set(folders.flatMap(Self.providerNames(in:)))
        let others = found.subtracting(Self.knownNames).sorted()
        return (Self.knownNames + others).filter { !skipped.contains($0) }.map { name in
            Finding(name: name, path: path(of: name), provider: Result { () throws(ProviderError) in try load(name) })
        }
    }

    /// Loads and checks the provider of a name.
    ///
    /// - Throws: ``ProviderError`` `notFound`, `loadFailed`, `notAProvider`, `wrongABI`, `inconsistent`; for an isolated one
    ///   also `crashed`, `timedOut`, `abandoned`.
    public func load(_ name: String) throws(ProviderError) -> Provider {
        guard let path = path(of: name) else {
            throw ProviderError(
                .notFound, "no provider \(name) is installed (looked in \(folders.joined(separator: ", ")))",
                hint: "name the folder that holds librecapi-provider-\(name).so in RECAPI_PROVIDER_PATH")
        }
        var provider: Provider
        do {
            provider =
                isIsolated(name)
                ? try IsolatedProvider.provider(named: name, plugin: path, isolation: isolation)
                : try Self.provider(named: name, in: try DynamicLibrary(path: path))
            try ConsistencyCheck.run(provider)
        } catch let error as ProviderError {
            throw ProviderError(error.code, "provider \(name): \(error.reason)", hint: error.hint)
        } catch {
            throw ProviderError(.inconsistent, "provider \(name): \(error)")
        }
        provider.tokens = provider.tokens.map(PINGuard.init)
        return provider
    }

    /// The folders of the environment and of the executable.
    public static func defaultFolders() -> [String] {
        let named = getenv("RECAPI_PROVIDER_PATH").map { String(cString: $0) } ?? ""
        let beside = executableFolder().map { [$0, $0 + "/../lib/recapi/providers"] } ?? []
        return named.split(separator: ":").map(String.init) + beside
    }

    /// Loads a plugin, and asks nothing of it.
    ///
    /// - Parameter plugin: its path, from whose last part the name follows.
    static func unchecked(plugin: String) throws -> Provider {
        let file = plugin.split(separator: "/").last.map(String.init) ?? ""
        guard let name = providerName(ofFile: file) else {
            throw ProviderError(.notAProvider, "\(file) is not the name of a provider's file")
        }
        return try provider(named: name, in: try DynamicLibrary(path: plugin))
    }

    private static let prefix = "librecapi-provider-"
    private static let suffix = ".so"

    private static func providerNames(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let file = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name = providerName(ofFile: file) { names.append(name) }
        }
        return names
    }

    private static func providerName(ofFile file: String) -> String? {
        guard file.hasPrefix(prefix), file.hasSuffix(suffix) else { return nil }
        let name = String(file.dropFirst(prefix.count).dropLast(suffix.count))
        return isProviderName(name) ? name : nil
    }

    private func path(of name: String) -> String? {
        guard isProviderName(name) else { return nil }
        return folders.map { "\($0)/\(Self.prefix)\(name)\(Self.suffix)" }.first { access($0, F_OK) == 0 }
    }

    private static func provider(named name: String, in library: DynamicLibrary) throws -> Provider {
        func entryName(_ version: Int) -> String {
            "recapi_provider_\(name.map { $0 == "-" ? "_" : String($0) }.joined())_v\(version)"
        }
        guard let symbol = library.symbol(entryName(Int(RECAPI_ABI_VERSION))) else {
            if let other = (0...20).first(where: { library.symbol(entryName($0)) != nil }) {
                throw ImportedProvider.wrongABI(version: other)
            }
            throw ProviderError(
                .notAProvider, "the file has no entry point \(entryName(Int(RECAPI_ABI_VERSION)))",
                hint: "the entry point's name must follow from the file's name")
        }
        let entry = unsafeBitCast(symbol, to: Entry.self)
        var table: UnsafePointer<recapi_provider_v1>?
        do {
            try callProvider(name) { entry(&table, $0) }
        } catch let error as PKCS12Error {
            throw ProviderError(.loadFailed, "it cannot start: \(error.reason)", hint: error.hint)
        }
        guard let table else { throw ProviderError(.inconsistent, "the entry point gives no table") }
        let provider = try ImportedProvider.provider(from: table)
        guard provider.name == name else {
            throw ProviderError(.inconsistent, "the file's name and the provider's, \(provider.name), differ")
        }
        return provider
    }

    private typealias Entry =
        @convention(c) (
            UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?, UnsafeMutablePointer<recapi_reason>?
        ) -> recapi_status
}

/// The folder of the running program.
func executableFolder() -> String? {
    guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(resolved) }
    let path = String(cString: resolved)
    return path.lastIndex(of: "/").map { String(path[..<$0]) }
}

func isExecutableFile(_ path: String) -> Bool { access(path, X_OK) == 0 }
