import CProviderABI
import PKCS12

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A ``Provider`` written in Swift as a table of C functions, for a plugin's entry point:
///
///     private let exported = ExportedProvider.Plugin { try makeProvider() }
///
///     @_cdecl("recapi_provider_NAME_v1")
///     public func entry(
///         _ provider: UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?,
///         _ reason: UnsafeMutablePointer<recapi_reason>?
///     ) -> recapi_status {
///         exported.answer(provider, reason)
///     }
public final class ExportedProvider: @unchecked Sendable {
    // Sendable: everything is written in `init` and only read afterwards.

    /// Valid for as long as this object lives.
    public let table: UnsafePointer<recapi_provider_v1>
    private let crypto: UnsafeMutablePointer<recapi_crypto_v1>?
    private let reader: UnsafeMutablePointer<recapi_reader_v1>?
    private let tokens: UnsafeMutablePointer<recapi_tokens_v1>?
    private let cryptoContext: ExportedCrypto?
    private let readerContext: ExportedReader?
    private let tokensContext: ExportedTokens?

    public init(_ provider: Provider) {
        cryptoContext = provider.crypto.map(ExportedCrypto.init)
        readerContext = provider.reader.map(ExportedReader.init)
        tokensContext = provider.tokens.map(ExportedTokens.init)
        crypto = cryptoContext.map { Self.allocate($0.table) }
        reader = readerContext.map { Self.allocate($0.table) }
        tokens = tokensContext.map { Self.allocate($0.table) }
        table = UnsafePointer(
            Self.allocate(
                recapi_provider_v1(
                    abi_version: UInt32(RECAPI_ABI_VERSION),
                    struct_size: UInt32(MemoryLayout<recapi_provider_v1>.size),
                    name: Self.copy(provider.name), library: Self.copy(provider.library),
                    crypto: crypto.map { UnsafePointer($0) }, reader: reader.map { UnsafePointer($0) },
                    tokens: tokens.map { UnsafePointer($0) })))
    }

    deinit {
        free(UnsafeMutablePointer(mutating: table.pointee.name))
        free(UnsafeMutablePointer(mutating: table.pointee.library))
        free(UnsafeMutablePointer(mutating: crypto?.pointee.note))
        crypto?.deallocate()
        reader?.deallocate()
        tokens?.deallocate()
        table.deallocate()
    }

    /// A copy in C's memory.
    static func copy(_ text: String) -> UnsafePointer<CChar>? {
        UnsafePointer(strdup(text))
    }

    private static func allocate<Table>(_ table: Table) -> UnsafeMutablePointer<Table> {
        let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        pointer.initialize(to: table)
        return pointer
    }
}

extension ExportedProvider {
    /// What stands behind a plugin's entry point: a provider that is made once and lives until the process ends,
    /// or the error that it could not be made with.
    public struct Plugin: Sendable {
        private let exported: Result<ExportedProvider, any Error>

        public init(_ make: () throws -> Provider) {
            exported = Result { ExportedProvider(try make()) }
        }

        /// Answers a call of the entry point.
        public func answer(
            _ provider: UnsafeMutablePointer<UnsafePointer<recapi_provider_v1>?>?,
            _ reason: UnsafeMutablePointer<recapi_reason>?
        ) -> recapi_status {
            answerCall(reason) {
                guard let provider else { throw PKCS12Error(.invalidArgument, "no room for the provider's table") }
                provider.pointee = try exported.get().table
            }
        }
    }
}

/// Runs the body of a boundary function and turns what it throws into a status and a reason.
func answerCall(_ reason: UnsafeMutablePointer<recapi_reason>?, _ body: () throws -> Void) -> recapi_status {
    do {
        try body()
        return RECAPI_OK
    } catch is BufferTooSmall {
        reason?.pointee.write("an output buffer is too small")
        return RECAPI_BUFFER_TOO_SMALL
    } catch {
        let (status, text) = BoundaryErrors.outgoing(error)
        reason?.pointee.write(text)
        return status
    }
}

extension ExportedProvider {
    /// The provider as the other side of the boundary sees it; it keeps this object alive.
    ///
    /// - Throws: ``ProviderError`` where the table would be refused.
    public func reimported() throws -> Provider {
        try ImportedProvider.provider(from: table, owner: self)
    }
}
