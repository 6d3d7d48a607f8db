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
        let incomplete = ProviderError(
            .inconsistent, "the reader table of the provider \(provider) is not complete")
        let table = try ImportedProvider.copy(pointer, least: MemoryLayout<recapi_reader_v1>.offset(of: \.read_many)) {
            incomplete
        }
        guard let read = table.read else { throw incomplete }
        self.provider = provider
        self.owner = owner
        self.table = table
        readFunction = read
    }

    var reports: ReaderFields { ReaderFields(rawValue: table.reports).intersection(.all) }

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        let collector = ReaderCollector(reports: reports)
        try collector.collect(from: provider) { context in
            var sink = ReaderCollector.sink(context)
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

    func read(_ files: [FileToRead]) -> [Result<ReaderReport, any Error>] {
        guard files.count > 1, let readMany = table.read_many else {
            return files.map { file in Result { try read(file.bytes, password: file.password) } }
        }
        let answers = files.map { _ in ReadingAnswer(reports: reports) }
        do {
            try withReadings(zip(files, answers).map { $0 }[...], built: []) { readings in
                try callProvider(provider) {
                    readMany(table.context, readings.baseAddress, UInt64(readings.count), $0)
                }
                for (answer, reading) in zip(answers, readings) { answer.status = reading.status }
            }
        } catch {
            return files.map { _ in .failure(error) }
        }
        return answers.map { answer in Result { try answer.report(from: provider) } }
    }

    private func withReadings(
        _ files: ArraySlice<(file: FileToRead, answer: ReadingAnswer)>, built: [recapi_reading],
        _ body: (UnsafeMutableBufferPointer<recapi_reading>) throws -> Void
    ) throws {
        guard let (file, answer) = files.first else {
            var readings = built
            return try readings.withUnsafeMutableBufferPointer { try body($0) }
        }
        try file.bytes.withUnsafeBytes { bytes in
            try file.password.withUnsafeBytes { password in
                try answer.withRoom { sink, reason in
                    let reading = recapi_reading(
                        file: recapi_bytes(bytes), password: recapi_bytes(password), sink: sink, reason: reason,
                        status: ReadingAnswer.missing, reserved: 0)
                    try withReadings(files.dropFirst(), built: built + [reading], body)
                }
            }
        }
    }
}

/// What a provider says of one of several files.
private final class ReadingAnswer {
    /// No status: the provider has to set one.
    static let missing: recapi_status = -1

    var status = missing
    private let collector: ReaderCollector
    private var text = [CChar](repeating: 0, count: 1_024)

    init(reports: ReaderFields) {
        collector = ReaderCollector(reports: reports)
    }

    func withRoom(_ body: (UnsafePointer<recapi_sink>, recapi_reason) throws -> Void) throws {
        defer { withExtendedLifetime(collector) {} }
        try text.withUnsafeMutableBufferPointer { text in
            let reason = recapi_reason(text: text.baseAddress, capacity: UInt64(text.count))
            try withUnsafePointer(to: ReaderCollector.sink(collector.context)) { try body($0, reason) }
        }
    }

    func report(from provider: String) throws -> ReaderReport {
        try collector.collect(from: provider) { _ in
            if let error = BoundaryErrors.incoming(status, text: text, provider: provider) { throw error }
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

    static func sink(_ context: UnsafeMutableRawPointer) -> recapi_sink {
        recapi_sink(
            context: context,
            key: { ReaderCollector.take($0, $1) { try $0.add($1) } },
            certificate: { ReaderCollector.take($0, $1) { try $0.add($1) } })
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
