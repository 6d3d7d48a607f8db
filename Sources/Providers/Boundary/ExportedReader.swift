import CProviderABI
import PKCS12

/// A ``ReaderProvider`` behind the functions of `recapi_reader_v1`; the table's context points to it.
final class ExportedReader: Sendable {
    private let reader: any ReaderProvider

    init(_ reader: any ReaderProvider) {
        self.reader = reader
    }

    /// The table's context is not retained.
    var table: recapi_reader_v1 {
        recapi_reader_v1(
            struct_size: UInt32(MemoryLayout<recapi_reader_v1>.size), reports: reader.reports.rawValue,
            context: Unmanaged.passUnretained(self).toOpaque(),
            read: { context, file, password, sink, reason in
                ExportedReader.answer(reason, to: sink) {
                    let file = Array(try file.checked())[...]
                    return try ExportedReader.reader(context).read(file, password: try SecretBytes(password))
                }
            },
            read_many: { context, readings, count, reason in
                answerCall(reason) {
                    guard let readings, let count = Int(exactly: count) else {
                        throw PKCS12Error(.invalidArgument, "no files to read")
                    }
                    let list = UnsafeMutableBufferPointer(start: readings, count: count)
                    let files = try list.map {
                        FileToRead(Array(try $0.file.checked())[...], password: try SecretBytes($0.password))
                    }
                    for (index, result) in zip(list.indices, try ExportedReader.reader(context).read(files)) {
                        list[index].status = ExportedReader.answer(&list[index].reason, to: list[index].sink) {
                            try result.get()
                        }
                    }
                }
            })
    }

    private static func reader(_ context: UnsafeMutableRawPointer?) throws -> any ReaderProvider {
        guard let context else { throw PKCS12Error(.invalidArgument, "no context") }
        return Unmanaged<ExportedReader>.fromOpaque(context).takeUnretainedValue().reader
    }

    /// Reports what was found; where the sink does not take an item, its word is the answer.
    private static func answer(
        _ reason: UnsafeMutablePointer<recapi_reason>?, to sink: UnsafePointer<recapi_sink>?,
        _ read: () throws -> ReaderReport
    ) -> recapi_status {
        var refusal = RECAPI_OK
        let status = answerCall(reason) {
            guard let sink = sink?.pointee, let key = sink.key, let certificate = sink.certificate else {
                throw PKCS12Error(.invalidArgument, "no sink")
            }
            let report = try read()
            for found in report.keys where refusal == RECAPI_OK {
                refusal = found.withCKey { withUnsafePointer(to: $0) { key(sink.context, $0) } }
            }
            for found in report.certificates where refusal == RECAPI_OK {
                refusal = found.withCCertificate { withUnsafePointer(to: $0) { certificate(sink.context, $0) } }
            }
        }
        return status == RECAPI_OK ? refusal : status
    }
}

extension ReaderReport.Key {
    fileprivate func withCKey<Result>(_ body: (recapi_found_key) throws -> Result) rethrows -> Result {
        let names = (providerNames ?? []).map { Array($0.utf8) }
        return try rsa.withCKey { rsa in
            try withSpans(of: names + [localKeyID, friendlyName.map { Array($0.utf8) }]) { spans in
                try spans.withUnsafeBufferPointer { spans in
                    try body(
                        recapi_found_key(
                            rsa: rsa, provider_names: spans.baseAddress, provider_name_count: UInt64(names.count),
                            machine_keyset: machineKeySet == true ? 1 : 0, key_usage: UInt32(keyUsage ?? 0),
                            local_key_id: spans[names.count], friendly_name: spans[names.count + 1]))
                }
            }
        }
    }
}

extension ReaderReport.Certificate {
    fileprivate func withCCertificate<Result>(_ body: (recapi_found_certificate) throws -> Result) rethrows -> Result {
        try withSpans(of: [der, localKeyID, friendlyName.map { Array($0.utf8) }]) { spans in
            try body(
                recapi_found_certificate(der: spans[0], local_key_id: spans[1], friendly_name: spans[2]))
        }
    }
}
