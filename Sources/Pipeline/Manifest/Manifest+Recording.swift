import FoundationEssentials
import PKCS12
import Reissue

extension Manifest.Failure {
    package init(_ error: any Error) {
        guard let error = error as? any CodedError else {
            // Not the error's text: only our own errors are known to hold no secret.
            self.init(
                code: PipelineError.Code.unexpected.rawValue, message: "an error of the type \(type(of: error))",
                hint: nil)
            return
        }
        self.init(code: error.codeName, message: error.reason, hint: error.hint)
    }
}

extension Manifest.Item {
    mutating func take(_ report: Reissuer.ReissueReport, _ status: Manifest.Status) {
        self.status = status
        identities = report.identities
        sealedBy = report.sealedBy
        verifiedBy = report.verifiedBy
        comparedBy = report.comparedBy
        tokenExport = report.tokenExport
        notes = report.notes.isEmpty ? nil : report.notes
    }

    /// Takes an output that was there already, and was found right.
    mutating func takeExisting(_ report: Reissuer.ReissueReport, sha256: String) {
        take(report, .unchanged)
        outputSHA256 = sha256
        earlierOutputSHA256 = nil
    }

    /// Says what an earlier run has left, which stays so where the item fails.
    mutating func setEarlierOutput(_ recorded: RecordedOutput, manifestFolder: FilePath) {
        if let path = recorded.path { setOutput(path, manifestFolder: manifestFolder) }
        earlierOutputSHA256 = recorded.sha256
    }

    mutating func dropOutput() {
        (output, outputBytes, earlierOutputSHA256) = (nil, nil, nil)
    }

    /// Keeps what is known of the source, and nothing of an output but what an earlier run had left, and where.
    mutating func fail(_ error: any Error) {
        if earlierOutputSHA256 == nil { dropOutput() }
        self = Manifest.Item(
            site: site, source: source, sourceBytes: sourceBytes, sourceSHA256: sourceSHA256, keySHA256: keySHA256,
            status: .failed, error: Manifest.Failure(error), verifiedBy: [], output: output, outputBytes: outputBytes,
            earlierOutputSHA256: earlierOutputSHA256, durationMilliseconds: durationMilliseconds, identities: [])
    }

    /// Keeps what an earlier run recorded of the output, which is there as it was, and of the source that it was made of: the
    /// run was stopped before it looked at either.
    mutating func keepOutput(of earlier: Manifest.Item) {
        (sourceSHA256, keySHA256) = (earlier.sourceSHA256, earlier.keySHA256)
        (output, outputBytes, outputSHA256) = (earlier.output, earlier.outputBytes, earlier.outputSHA256)
        earlierOutputSHA256 = nil
        identities = earlier.identities
        (sealedBy, verifiedBy, comparedBy) = (earlier.sealedBy, earlier.verifiedBy, earlier.comparedBy)
        (tokenExport, notes) = (earlier.tokenExport, earlier.notes)
    }

    /// - Parameter text: of an item that an earlier run wrote.
    init(decoding text: [UInt8]?, site: String, status: Manifest.Status) {
        self =
            text.flatMap { try? JSONDecoder().decode(Manifest.Item.self, from: Data($0)) }
            ?? Manifest.Item(
                site: site, source: "", status: status, verifiedBy: [], durationMilliseconds: 0, identities: [])
    }
}
