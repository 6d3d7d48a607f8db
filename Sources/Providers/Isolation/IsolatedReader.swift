import PKCS12

/// The reader of a provider in a process of its own; what it reports is checked as ``IsolatedCrypto``'s answers are.
struct IsolatedReader: ReaderProvider {
    let pool: HostPool
    let reports: ReaderFields

    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport {
        try pool.call(
            .read, answerLimit: Self.largestReport(ofFile: file.count), cost: .data(byteCount: file.count)
        ) { message in
            message.append(file)
            message.append(password)
        } read: { answer in
            let report = ReaderReport(
                keys: try answer.array { try $0.foundKey() },
                certificates: try answer.array { try $0.foundCertificate() })
            guard report.keys.allSatisfy(fits), report.certificates.allSatisfy(fits) else {
                throw MessageError("a report has other fields than the reader says it reports")
            }
            return report
        }
    }

    /// All that is reported stands in the file; texts grow from UTF-16 to UTF-8 by half, and small items have lengths.
    private static func largestReport(ofFile byteCount: Int) -> Int { 65_536 + 4 * byteCount }

    private func fits(_ key: ReaderReport.Key) -> Bool {
        (key.providerNames != nil) == reports.contains(.providerName)
            && (key.machineKeySet != nil) == reports.contains(.machineKeySet)
            && (key.keyUsage != nil) == reports.contains(.keyUsage)
            && fits(localKeyID: key.localKeyID, friendlyName: key.friendlyName)
    }

    private func fits(_ certificate: ReaderReport.Certificate) -> Bool {
        fits(localKeyID: certificate.localKeyID, friendlyName: certificate.friendlyName)
    }

    private func fits(localKeyID: [UInt8]?, friendlyName: String?) -> Bool {
        (localKeyID == nil || reports.contains(.localKeyID))
            && (friendlyName == nil || reports.contains(.friendlyName))
    }
}
