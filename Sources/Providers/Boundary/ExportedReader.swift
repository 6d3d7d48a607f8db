import CProviderABI
import PKCS12

/// A ``ReaderProvider`` behind the function of `recapi_reader_v1`; the table's context points to it.
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
                var refusal = RECAPI_OK
                let status = answerCall(reason) {
                    guard let context, let sink = sink?.pointee, let key = sink.key, let certificate = sink.certificate
                    else { throw PKCS12Error(.invalidArgument, "no context or no sink") }
                    let exported = Unmanaged<ExportedReader>.fromOpaque(context).takeUnretainedValue()
                    let report = try exported.reader.read(
                        Array(try file.checked())[...], password: try SecretBytes(password))
                    for found in report.keys where refusal == RECAPI_OK {
                        refusal = found.withCKey { withUnsafePointer(to: $0) { key(sink.context, $0) } }
                    }
                    for found in report.certificates where refusal == RECAPI_OK {
                        refusal = found.withCCertificate { withUnsafePointer(to: $0) { certificate(sink.context, $0) } }
                    }
                }
                return status == RECAPI_OK ? refusal : status
            })
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
