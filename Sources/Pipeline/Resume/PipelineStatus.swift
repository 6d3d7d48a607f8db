import FoundationEssentials
import Providers
import Reissue

/// What a run would do, and why, found out without writing anything: inputs and outputs compared with what was recorded.
///
/// No password is asked for but the PINs that tokens want before they list their keys.
public struct PipelineStatus: Sendable {
    /// A source that a run would work on.
    public struct Item: Sendable, Encodable, Equatable {
        public var site: String
        public var source: String
        public var reason: WorkReason
        /// Where its output would be.
        public var output: String?
        /// Why it will fail, where that is known.
        public var problem: Manifest.Failure?
    }

    /// A certificate that ends soon, as the manifest has it.
    public struct Expiring: Sendable, Encodable, Equatable {
        public var site: String
        public var source: String
        public var thumbprint: String
        public var subject: String
        public var notAfter: String
    }

    public struct Gone: Sendable, Encodable, Equatable {
        public var site: String
        public var source: String
    }

    /// The number of sources.
    public let total: Int
    /// How many a run would leave as they are.
    public let asRecorded: Int
    /// How many are to be worked on, by reason.
    public let counts: [WorkReason: Int]
    /// Recorded items whose source is not there any more. A run leaves their outputs, and keeps the records of those apart
    /// (``Manifest/itemsGone``).
    public let gone: [Gone]
    /// Sorted by the end of their validity.
    public let expiring: [Expiring]
    public let notes: [String]

    private let plan: OutputPlan
    private let profile: Profile
    private let reader: FileReader
    private let findings: [Survey.Finding]

    /// Whether a run would do anything but go over its records.
    public var hasWork: Bool { !counts.isEmpty }

    /// - Parameters:
    ///   - days: which certificates are named as expiring, from now on; nil for none.
    /// - Throws: as ``PipelineRun``'s `run` before anything is written.
    public init(
        configuration: PipelineConfiguration, providers: [Provider], tool: Manifest.Tool, redo: Redo = .whatChanged,
        expiringWithin days: Int? = nil, cancellation: Cancellation = Cancellation()
    ) throws {
        let run = try PreparedRun(configuration, providers, tool, run: "")
        defer { run.staffing.tokens?.tokens?.closeSessions() }
        let earlier = try EarlierRuns(
            run.plan, run.earlierFiles(journal: Journal.existing(run.journalPath)), run.digester)
        findings = try run.survey(earlier, redo).findings(jobs: run.jobs, cancellation: cancellation)
        counts = findings.reduce(into: [:]) { if case .work(let reason) = $1 { $0[reason, default: 0] += 1 } }
        plan = run.plan
        profile = run.configuration.profile
        reader = run.reader
        total = plan.count
        asRecorded = findings.count { !$0.isWork && $0.isRecorded }
        gone = earlier.gone.found.map { Gone(site: $0.site, source: $0.source) }
        notes = run.notes(earlier.gone) + earlier.notes + findings.notes
        expiring = try days.map { try Self.expiring(earlier.records, within: $0, count: run.plan.count) } ?? []
    }

    /// What a run over all inputs, or a share of them, would have to wait for now: another run that holds the output folder or the
    /// manifest.
    public static func otherRun(_ configuration: PipelineConfiguration) -> PipelineError? {
        let configuration = configuration.absolute
        let isShare = configuration.shard != nil
        do {
            withExtendedLifetime(try FolderLock(configuration.output.directory, isShared: isShare)) {}
            // Each attempt at a share has a manifest of its own.
            if !isShare { try Journal.checkForHolder(PreparedRun.journalPath(of: configuration.manifestPath)) }
        } catch let error as PipelineError {
            return error
        } catch {
            // There is nothing yet, or nothing that can be looked into: nobody works there.
        }
        return nil
    }

    /// Calls `body` with each source that a run would work on, in the order of the manifest.
    public func forEachItem(_ body: (Item) throws -> Void) rethrows {
        for (index, finding) in findings.enumerated() {
            guard case .work(let reason) = finding else { continue }
            let source = plan.source(at: index)
            var item = Item(
                site: plan.site(of: source), source: source.text, reason: source.problem == nil ? reason : .unreadable)
            do {
                if let problem = source.problem { throw problem }
                switch source {
                case .file(let file): if reason == .unreadable { _ = try reader.read(file.path) }
                case .key(let key): _ = try plan.keys.keyOnToken(key, profile: profile)
                }
                item.output = try plan.output(of: source).text
            } catch {
                item.problem = Manifest.Failure(error)
            }
            try body(item)
        }
    }

    private static func expiring(_ records: Records, within days: Int, count: Int) throws -> [Expiring] {
        let limit = Date(timeIntervalSinceNow: Double(days) * 86_400)
        var expiring: [Expiring] = []
        for index in 0..<count {
            // What was interrupted can have an output all the same.
            guard let known = records.known(index), known.status != .failed || known.item.string("output") != nil
            else { continue }
            let item = Manifest.Item(decoding: known.item.bytes, site: "", status: known.status)
            for identity in item.identities {
                guard let end = try? Date(identity.notAfter, strategy: .iso8601), end <= limit else { continue }
                expiring.append(
                    Expiring(
                        site: item.site, source: item.source, thumbprint: identity.thumbprint,
                        subject: identity.subject, notAfter: identity.notAfter))
            }
        }
        return expiring.sorted { ($0.notAfter, $0.source) < ($1.notAfter, $1.source) }
    }
}
