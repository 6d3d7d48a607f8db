import CProviderABI
import PKCS12

/// Makes a ``Provider`` of a table that came through the boundary, which is not trusted: versions, sizes, pointers and
/// texts are checked here, and each answer when it comes.
enum ImportedProvider {
    /// - Parameters:
    ///   - table: stays as it is for as long as the provider is used.
    ///   - owner: kept alive with the provider.
    /// - Throws: ``ProviderError`` `wrongABI`, `inconsistent`.
    static func provider(from table: UnsafePointer<recapi_provider_v1>, owner: AnyObject? = nil) throws -> Provider {
        // The version and the size come first and never move; the rest is read only where they allow it.
        let header = UnsafeRawPointer(table).loadUnaligned(as: (version: UInt32, size: UInt32).self)
        guard header.version == UInt32(RECAPI_ABI_VERSION) else { throw wrongABI(version: Int(header.version)) }
        guard header.size >= MemoryLayout<recapi_provider_v1>.size else {
            throw ProviderError(.inconsistent, "the provider's table is too short: \(header.size) bytes")
        }
        let table = table.pointee
        guard let name = text(table.name, limit: 32), isProviderName(name) else {
            throw ProviderError(
                .inconsistent, "the provider's name is not 1 to 32 lower-case letters, digits and hyphens")
        }
        guard let library = text(table.library, limit: 128), !library.isEmpty else {
            throw ProviderError(.inconsistent, "the provider \(name) does not say which library is behind it")
        }
        guard table.crypto != nil || table.reader != nil || table.tokens != nil else {
            throw ProviderError(.inconsistent, "the provider \(name) can do nothing")
        }
        return Provider(
            name: name, library: library,
            crypto: try table.crypto.map { try ImportedCrypto(provider: name, table: $0, owner: owner) },
            reader: try table.reader.map { try ImportedReader(provider: name, table: $0, owner: owner) },
            tokens: try table.tokens.map { try ImportedTokens(provider: name, table: $0, owner: owner) })
    }

    /// A copy of a table that begins with its size; functions that the table is too short for are NULL.
    ///
    /// - Parameter least: the size that it must have.
    static func copy<Table>(
        _ table: UnsafePointer<Table>, least: Int?, orThrow error: () -> ProviderError
    ) throws -> Table {
        let size = Int(UnsafeRawPointer(table).load(as: UInt32.self))
        guard let least, size >= least else { throw error() }
        return withUnsafeTemporaryAllocation(of: Table.self, capacity: 1) { copy in
            let bytes = UnsafeMutableRawBufferPointer(copy)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            // A field that the table ends in the midst of is absent; those that may be are pointers.
            let whole = size - size % MemoryLayout<UnsafeRawPointer>.size
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: table, count: min(whole, bytes.count)))
            return copy[0]
        }
    }

    static func wrongABI(version: Int) -> ProviderError {
        ProviderError(
            .wrongABI,
            "the provider speaks version \(version) of the boundary, and this recapi version \(RECAPI_ABI_VERSION)",
            hint: "install the provider that came with this recapi")
    }

    /// A UTF-8 text without control characters; nil where there is none, or it is longer than the limit, or not a text.
    static func text(_ pointer: UnsafePointer<CChar>?, limit: Int) -> String? {
        guard let pointer else { return nil }
        var bytes: [UInt8] = []
        while pointer[bytes.count] != 0 {
            guard bytes.count < limit else { return nil }
            bytes.append(UInt8(bitPattern: pointer[bytes.count]))
        }
        guard let text = String(validating: bytes, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        return text
    }
}

/// Whether a text can name a provider: it becomes part of a file's name.
func isProviderName(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count) && name.utf8.allSatisfy(providerNameBytes.contains)
}

private let providerNameBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
