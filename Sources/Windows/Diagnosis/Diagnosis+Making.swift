import Reissue

extension Diagnosis {
    /// A text as it was read, or why it could not be.
    public struct Source {
        public var path: String
        public var text: Result<WindowsText, any Error>

        public init(path: String, text: Result<WindowsText, any Error>) {
            self.path = path
            self.text = text
        }
    }

    /// - Parameter pfxFiles: nil where none were asked for.
    public init(_ sources: [Source], pfxFiles: [PFXAtHand]? = nil) {
        self.pfxFiles = pfxFiles
        files = sources.map(File.init)
        let texts = sources.compactMap { source in (try? source.text.get()).map { (source.path, $0) } }
        let seen = Set(texts.flatMap { $1.dump.certificates }.compactMap(\.thumbprint))
        let named = Set(
            texts.flatMap { $1.events }.filter { $0.meaning == .notCAPI }.flatMap(\.thumbprints))
        for (path, text) in texts {
            certificates += text.dump.certificates.map {
                Certificate($0, in: path, namedThumbprints: named, pfxFiles: pfxFiles ?? [])
            }
            events += text.events.map { event in
                Event(file: path, event: event, unseen: event.thumbprints.filter { !seen.contains($0) })
            }
        }
    }
}

extension Diagnosis.File {
    fileprivate init(_ source: Diagnosis.Source) {
        path = source.path
        switch source.text {
        case .success(let text):
            encoding = text.encoding
            notUnderstood = (text.dump.remarks + text.notUnderstood).sorted { $0.line < $1.line }
            failedCommands = text.dump.failures
            isComplete = text.dump.isComplete
        case .failure(let failure):
            error = Inspection.Refusal(failure)
        }
    }
}

extension Diagnosis.Certificate {
    fileprivate init(
        _ certificate: DumpedCertificate, in file: String, namedThumbprints: Set<String>, pfxFiles: [PFXAtHand]
    ) {
        self.file = file
        self.certificate = certificate
        verdicts = ServiceVerdict.all(of: certificate)
        isNamedByEvent = certificate.thumbprint.map(namedThumbprints.contains) ?? false
        let matches = pfxFiles.flatMap { pfx in
            pfx.keys.filter { $0.thumbprint == certificate.thumbprint }.map { (path: pfx.path, key: $0) }
        }
        self.pfxFiles = matches.map(\.path)
        action = Diagnosis.Action(for: certificate, matches)
    }
}

extension Diagnosis.Action {
    /// - Returns: nil where there is nothing to do: the key is under CAPI1 and works, or there is none, or nobody uses the
    ///   certificate any more.
    fileprivate init?(for certificate: DumpedCertificate, _ pfxFiles: [(path: String, key: PFXAtHand.Key)]) {
        guard !certificate.isArchived else { return nil }
        switch certificate.kind {
        case .capi1 where certificate.isKeyTested == false:
            self.init(kind: .look, text: "look at it by hand: certutil could not use its key")
        case .capi1, .noKey: return nil
        case .undetermined:
            self.init(kind: .look, text: "look at it by hand: the dump does not say where its key is")
        case .keyMissing:
            self.init(
                kind: .look,
                text: "its key is not there: import it again from a PFX, or remove the certificate, if nothing needs it"
            )
        case .cng where certificate.publicKey == "EC":
            self.init(
                kind: .reissue, text: "have it issued again with an RSA key: CAPI1 has no provider for elliptic curves")
        case .cng:
            self.init(forRSA: certificate, pfxFiles)
        }
    }

    private init(forRSA certificate: DumpedCertificate, _ pfxFiles: [(path: String, key: PFXAtHand.Key)]) {
        if let done = pfxFiles.first(where: { $0.key.isCAPI1 }) {
            self.init(kind: .import, text: "import \(done.path), which is ready for CAPI1 (recapi runbook)")
        } else if let open = pfxFiles.first(where: { $0.key.refusal == nil }) {
            self.init(kind: .convert, text: "convert \(open.path) (recapi convert)")
        } else if let refused = pfxFiles.first {
            self.init(
                kind: .reissue,
                text: "have it issued again: \(refused.path) cannot be converted: \(refused.key.refusal ?? "")"
            )
        } else if certificate.isInHardware {
            self.init(
                kind: .reissue,
                text: "have it issued again, with its key under CAPI1: this key is in hardware, and stays there")
        } else if certificate.isExportable == false {
            self.init(
                kind: .export,
                text: "find the PFX that it came from, or have it issued again: its key cannot be exported here")
        } else {
            self.init(kind: .export, text: "export it with its key to a PFX, and convert that (recapi convert)")
        }
    }
}

extension DumpedCertificate {
    /// On a card or in the computer's TPM, by its provider's name.
    fileprivate var isInHardware: Bool {
        let name = provider?.lowercased() ?? ""
        return ["smart card", "platform crypto", "passport"].contains { name.contains($0) }
    }
}
