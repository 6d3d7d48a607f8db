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
        let collector = ReaderCollector(reports: reports)
        try collector.collect(from: provider) { context in
            var sink = recapi_sink(
                context: context,
                key: { ReaderCollector.take($0, $1) { try $0.add($1) } },
                certificate: { ReaderCollector.take($0, $1) { try $0.add($1) } })
            try file.withUnsafeBytes { file in
                try password.withUnsafeBytes { password in
                    try callProvider(provider) {
                        readFunction(table.context, recapi_bytes(file), recapi_bytes(password), &sink, $0)
                    }
                }
            }
        }
        return collector.report
    }
}

/// What a read has reported so far.
private final class ReaderCollector: Collector, Collecting {
    private(set) var report = ReaderReport()
    private let reports: ReaderFields

    init(reports: ReaderFields) {
        self.reports = reports
        super.init(limit: 10_000)
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

    private func names(of key: recapi_found_key) throws -> [String] {
        guard key.provider_name_count <= 1_000, key.provider_names != nil || key.provider_name_count == 0 else {
            throw PKCS12Error(.invalidArgument, "\(key.provider_name_count) provider names")
        }
        return try UnsafeBufferPointer(start: key.provider_names, count: Int(key.provider_name_count)).map {
            try $0.text()
        }
    }

    private func localKeyID(_ bytes: recapi_bytes) throws -> [UInt8]? {
        reports.contains(.localKeyID) ? try bytes.ifPresent { Array(try $0.checked()) } : nil
    }

    private func friendlyName(_ bytes: recapi_bytes) throws -> String? {
        reports.contains(.friendlyName) ? try bytes.ifPresent { try $0.text() } : nil
    }
}
