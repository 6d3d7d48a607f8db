import CProviderABI
import PKCS12

/// The reader of a table that came through the boundary.
struct ImportedReader: ReaderProvider, @unchecked Sendable {
    // Sendable: the table is a copy, its function may be called from any thread (the boundary's rule).
    private let provider: String
    private let table: recapi_reader_v1
    private let readFunction: ReadFunction
    private let owner: AnyObject?

    private typealias ReadFunction =
        @convention(c) (
            UnsafeMutableRawPointer?, recapi_bytes, recapi_bytes, UnsafePointer<recapi_sink>?,
            UnsafeMutablePointer<recapi_reason>?
        ) -> recapi_status

    /// - Throws: ``ProviderError`` `inconsistent` where the table is not complete.
    init(provider: String, table pointer: UnsafePointer<recapi_reader_v1>, owner: AnyObject?) throws {
        guard pointer.pointee.struct_size >= MemoryLayout<recapi_reader_v1>.size, let read = pointer.pointee.read else {
            throw ProviderError(.inconsistent, "the reader table of the provider \(provider) is not complete")
        }
        self.provider = provider
        self.owner = owner
        table = pointer.pointee
        readFunction = read
    }

    var reports: ReaderFields { ReaderFields(rawValue: table.reports).intersection(.all) }

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        let collector = Collector(reports: reports)
        try withExtendedLifetime(collector) {
            var sink = recapi_sink(
                context: Unmanaged.passUnretained(collector).toOpaque(),
                key: { Collector.take($0, $1) { try $0.add($1) } },
                certificate: { Collector.take($0, $1) { try $0.add($1) } })
            do {
                try file.withUnsafeBytes { file in
                    try password.withUnsafeBytes { password in
                        try callProvider(provider) {
                            readFunction(table.context, recapi_bytes(file), recapi_bytes(password), &sink, $0)
                        }
                    }
                }
            } catch  where collector.refusal == nil {
                throw error
            }
        }
        if let refusal = collector.refusal {
            throw ProviderError(.inconsistent, "the provider \(provider) reports nonsense: \(refusal)")
        }
        return collector.report
    }
}

/// What a read has reported so far. It is used by the one call of `read` that made it.
private final class Collector {
    private(set) var report = ReaderReport()
    private(set) var refusal: (any Error)?
    private let reports: ReaderFields

    init(reports: ReaderFields) {
        self.reports = reports
    }

    static func take<Item>(
        _ context: UnsafeMutableRawPointer?, _ item: UnsafePointer<Item>?, _ add: (Collector, Item) throws -> Void
    ) -> recapi_status {
        guard let context else { return RECAPI_INVALID_ARGUMENT }
        let collector = Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
        do {
            guard let item, collector.report.keys.count + collector.report.certificates.count < largestReport else {
                throw PKCS12Error(.invalidArgument, "an item without memory, or too many items")
            }
            try add(collector, item.pointee)
            return RECAPI_OK
        } catch {
            collector.refusal = error
            return RECAPI_INVALID_ARGUMENT
        }
    }

    func add(_ key: recapi_found_key) throws {
        report.keys.append(
            ReaderReport.Key(
                rsa: try RSAPrivateKey(key.rsa),
                providerNames: reports.contains(.providerName) ? try names(of: key) : nil,
                machineKeySet: reports.contains(.machineKeySet) ? key.machine_keyset != 0 : nil,
                keyUsage: reports.contains(.keyUsage) ? UInt8(truncatingIfNeeded: key.key_usage) : nil,
                localKeyID: try localKeyID(key.local_key_id),
                friendlyName: try friendlyName(key.friendly_name)))
    }

    func add(_ certificate: recapi_found_certificate) throws {
        report.certificates.append(
            ReaderReport.Certificate(
                der: Array(try certificate.der.checked()),
                localKeyID: try localKeyID(certificate.local_key_id),
                friendlyName: try friendlyName(certificate.friendly_name)))
    }

    private static let largestReport = 10_000

    private func names(of key: recapi_found_key) throws -> [String] {
        guard key.provider_name_count <= 1_000, key.provider_names != nil || key.provider_name_count == 0 else {
            throw PKCS12Error(.invalidArgument, "\(key.provider_name_count) provider names")
        }
        return try UnsafeBufferPointer(start: key.provider_names, count: Int(key.provider_name_count)).map(text)
    }

    private func localKeyID(_ bytes: recapi_bytes) throws -> [UInt8]? {
        guard reports.contains(.localKeyID), bytes.data != nil else { return nil }
        return Array(try bytes.checked())
    }

    private func friendlyName(_ bytes: recapi_bytes) throws -> String? {
        guard reports.contains(.friendlyName), bytes.data != nil else { return nil }
        return try text(bytes)
    }

    private func text(_ bytes: recapi_bytes) throws -> String {
        guard let text = String(validating: try bytes.checked(), as: UTF8.self) else {
            throw PKCS12Error(.invalidArgument, "a text that is not UTF-8")
        }
        return text
    }
}
