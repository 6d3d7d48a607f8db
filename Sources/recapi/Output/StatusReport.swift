import ArgumentParser
import Pipeline

/// What a run would do, for people and for programs.
struct StatusReport {
    let status: PipelineStatus
    /// What items are: `file` or `item`.
    let noun: String
    /// What a run would do with an item; nil where only its state is asked for.
    let action: String?
    /// What the process ends with where the report cannot be written.
    let whenUnwritable: ExitCode

    private struct Document: Encodable {
        var total: Int
        var asRecorded: Int
        var hasWork: Bool
        var counts: [String: Int]
        var items: [PipelineStatus.Item]
        var gone: [PipelineStatus.Gone]
        var expiring: [PipelineStatus.Expiring]
        var notes: [String]
    }

    func print(asJSON: Bool) throws {
        for note in status.notes { Terminal.note(note.printable) }
        if asJSON { return try JSONOutput.print(document, orExitWith: whenUnwritable) }
        status.forEachItem { write(line($0)) }
        for gone in status.gone { write("gone: \(gone.site.printable)  \(gone.source.printable)") }
        for end in status.expiring {
            write(
                "expires \(end.notAfter): \(end.site.printable)  \(end.source.printable)  \(end.thumbprint)  \(end.subject.printable)"
            )
        }
        write(summary)
    }

    private func write(_ line: String) {
        Terminal.result(line, orExitWith: whenUnwritable)
    }

    private var document: Document {
        var items: [PipelineStatus.Item] = []
        status.forEachItem { items.append($0) }
        return Document(
            total: status.total, asRecorded: status.asRecorded, hasWork: status.hasWork,
            counts: Dictionary(uniqueKeysWithValues: status.counts.map { ($0.key.rawValue, $0.value) }), items: items,
            gone: status.gone, expiring: status.expiring, notes: status.notes)
    }

    private func line(_ item: PipelineStatus.Item) -> String {
        let place = "\(item.site.printable)  \(item.source.printable)"
        if let problem = item.problem {
            return "\(action == nil ? "unreadable" : "would fail"): \(place): \(problem.message.printable)"
        }
        guard let action else { return "\(item.reason.words): \(place)" }
        return "\(action): \(place) -> \(item.output?.printable ?? "-"): \(item.reason.words)"
    }

    private var summary: String {
        let reasons = WorkReason.allCases.compactMap { reason in
            status.counts[reason].map { "\($0) \(reason.words)" }
        }
        let others = [
            status.gone.isEmpty ? nil : "\(status.gone.count) gone",
            status.expiring.isEmpty ? nil : "\(status.expiring.count) expiring",
        ].compactMap(\.self)
        return
            (["\(status.total) \(noun)\(status.total == 1 ? "" : "s"): \(status.asRecorded) as recorded"] + reasons
            + others)
            .joined(separator: ", ")
    }
}

extension WorkReason {
    /// For people, after a number or before a name.
    var words: String {
        switch self {
        case .new: "new"
        case .changed: "changed"
        case .settings: "with other settings"
        case .outputMissing: "without output"
        case .outputChanged: "with a changed output"
        case .failed: "failed before"
        case .interrupted: "interrupted"
        case .unreadable: "unreadable"
        case .forced: "forced"
        }
    }
}
