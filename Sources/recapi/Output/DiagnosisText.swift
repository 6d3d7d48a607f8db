import Reissue
import Windows

/// A diagnosis for people.
enum DiagnosisText {
    static func text(_ diagnosis: Diagnosis) -> String {
        var parts = diagnosis.files.compactMap { file -> String? in
            let certificates = diagnosis.certificates.filter { $0.file == file.path }
            let events = diagnosis.events.filter { $0.file == file.path }
            guard !certificates.isEmpty || !events.isEmpty else { return nil }
            return ([file.path.printable] + events.flatMap(lines) + self.lines(certificates)).joined(separator: "\n")
        }
        parts += (diagnosis.pfxFiles ?? []).compactMap { file in
            file.error.map { "\(file.path.printable)\n  cannot be read (\($0.code)): \($0.message.printable)" }
        }
        if let reasons = reasons(diagnosis.certificates) { parts.append(reasons) }
        if let expectation = diagnosis.expectation { parts.append(text(expectation)) }
        parts.append(summary(diagnosis))
        return parts.joined(separator: "\n\n")
    }

    // MARK: - Certificates

    /// Those without a key are counted only: a store of authorities has hundreds.
    private static func lines(_ certificates: [Diagnosis.Certificate]) -> [String] {
        let shown = certificates.filter { $0.certificate.kind != .noKey || $0.isNamedByEvent }
        let others = certificates.count - shown.count
        return shown.flatMap(lines) + (others > 0 ? ["  \(others) without a key"] : [])
    }

    private static func lines(_ entry: Diagnosis.Certificate) -> [String] {
        let certificate = entry.certificate
        let place = [
            certificate.store, certificate.number.map { "certificate \($0)" }, "line \(certificate.line)",
        ].compactMap(\.self).joined(separator: ", ")
        var lines = [
            "  \(place.printable): \(kind(certificate))\(certificate.isArchived ? ", archived" : "")",
            "    thumbprint: \(certificate.thumbprint ?? "not shown")",
            "    subject: \(certificate.subject?.printable ?? "not shown")",
        ]
        if let provider = certificate.provider { lines.append("    provider: \(provider.printable)") }
        let facts = [
            certificate.keySpec.map { "KeySpec: \($0)" }, certificate.publicKey.map { "public key: \($0)" },
            certificate.isKeyTested.map { $0 ? "the key works" : "the key's test failed" },
            certificate.isExportable == false ? "the key cannot be exported" : nil,
        ].compactMap(\.self)
        if !facts.isEmpty { lines.append("    " + facts.joined(separator: "; ")) }
        if entry.isNamedByEvent { lines.append("    named by event 1035: EdgeSync refuses it") }
        lines += verdicts(entry.verdicts)
        lines += entry.pfxFiles.map { "    PFX at hand: \($0.printable)" }
        if let action = entry.action { lines.append("    to do: \(action.text.printable)") }
        return lines
    }

    private static func kind(_ certificate: DumpedCertificate) -> String {
        switch certificate.kind {
        case .cng, .capi1: certificate.kind.rawValue
        case .noKey: "no key"
        case .keyMissing: "the key is missing"
        case .undetermined: "not determined"
        }
    }

    /// One line for each answer and whose it is.
    private static func verdicts(_ verdicts: [ServiceVerdict]) -> [String] {
        let groups: [(ServiceVerdict.Answer, [ServiceVerdict.Evidence], String)] = [
            (.fails, [.documented], "fails, as documented"), (.fails, [.reported], "fails, as reported"),
            (.unknown, [.disputed], "disputed"), (.unknown, [.documented, .reported], "not shown whether it works"),
            (.works, [.documented, .reported, .disputed], "works"),
        ]
        return groups.compactMap { answer, evidence, words in
            let services = verdicts.filter { $0.answer == answer && evidence.contains($0.evidence) }
            return services.isEmpty ? nil : "    \(words): \(services.map(\.service).joined(separator: "; "))"
        }
    }

    /// Why, once for all certificates.
    private static func reasons(_ certificates: [Diagnosis.Certificate]) -> String? {
        var lines: [String] = []
        for verdict in certificates.flatMap(\.verdicts) where verdict.answer != .works {
            let line = "  \(verdict.service): \(verdict.why) (\(verdict.evidence.rawValue))"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.isEmpty ? nil : "why:\n" + lines.joined(separator: "\n")
    }

    // MARK: - Events, expectation, summary

    private static func lines(_ event: Diagnosis.Event) -> [String] {
        let told = event.event
        let name =
            told.source.map { "\($0)\(told.number.map { " \($0)" } ?? "")" } ?? told.number.map { "event \($0)" }
            ?? "event"
        guard told.meaning == .notCAPI else {
            return ["  line \(told.line): \(name.printable), which is not about CNG"]
        }
        let thumbprints = told.thumbprints.isEmpty ? ["no certificate"] : told.thumbprints
        return ["  line \(told.line): \(name.printable): EdgeSync refuses \(thumbprints.joined(separator: ", "))"]
            + event.unseen.map { "    to do: dump the server's store: no dump here has \($0)" }
    }

    private static func text(_ expectation: Expectation) -> String {
        let rows = expectation.entries.map { entry in
            [
                entry.site.printable, entry.server?.printable ?? "-", entry.thumbprint, state(entry.state),
                (entry.found ?? entry.provider ?? "-").printable,
            ]
        }
        let table = TextTable(header: ["SITE", "SERVER", "THUMBPRINT", "STATE", "PROVIDER"], rows: rows).text
        let failed =
            expectation.failedItems > 0
            ? "\n\(expectation.failedItems) items of the manifest failed, and cannot be there" : ""
        return table + "\n\n\(expectation.done) done, \(expectation.entries.count - expectation.done) not\(failed)"
    }

    private static func state(_ state: Expectation.State) -> String {
        switch state {
        case .done: "done"
        case .other: "NOT DONE"
        case .absent: "NOT THERE"
        case .noDump: "no dump"
        case .noServer: "NO SERVER"
        }
    }

    private static func summary(_ diagnosis: Diagnosis) -> String {
        if diagnosis.isEmpty { return "no file could be read" }
        let kinds = diagnosis.certificates.map(\.certificate.kind)
        let counts: [(DumpedCertificate.Kind, String)] = [
            (.cng, "under CNG"), (.capi1, "under CAPI1"), (.keyMissing, "without their key"),
            (.undetermined, "not determined"), (.noKey, "without a key"),
        ]
        let parts = counts.compactMap { kind, words in
            let count = kinds.count { $0 == kind }
            return count > 0 ? "\(count) \(words)" : nil
        }
        return "certificates: \(parts.isEmpty ? "none" : parts.joined(separator: ", ")); "
            + work(diagnosis)
    }

    private static func work(_ diagnosis: Diagnosis) -> String {
        let failed = diagnosis.failedFiles
        let work =
            diagnosis.hasWork ? "\(diagnosis.work) to do" : failed == 0 ? "nothing to do" : "nothing else found to do"
        return failed == 0 ? work : "\(work); \(failed) files not read, or not to the end"
    }
}
