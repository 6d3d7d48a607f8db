import Glibc
import Providers
import Reissue

/// What a run is to do, worked out before it writes anything, or in place of it.
struct PreparedRun {
    let configuration: PipelineConfiguration
    let tool: Manifest.Tool
    let staffing: Staffing
    let digester: Digester
    /// By input; see ``Recipe``.
    let recipes: [String]
    /// Where this run's own manifest goes: of a share, not that of the whole.
    let manifestPath: FilePath
    let journalPath: FilePath
    /// What other runs over the same share have; nil where this one takes all inputs.
    let shardFiles: ShardFiles?
    var passwords: PasswordResolver
    private(set) var plan: OutputPlan
    /// The numbers of the inputs that gave nothing.
    private var idleInputs: [Int] = []

    /// - Parameter run: the run's id.
    /// - Throws: ``PipelineError`` `configurationInvalid`, `passwordUnavailable` (of PINs), `nothingToDo`,
    ///   `outputCollision`, `providerUnfit`; ``ProviderError`` `notFound`.
    init(
        _ configuration: PipelineConfiguration, _ providers: [Provider], _ tool: Manifest.Tool, run identifier: String
    ) throws {
        self.configuration = configuration.absolute
        self.tool = tool
        let problems = ConfigurationObject.Problems(schema: "pipeline")
        self.configuration.check(into: problems)
        guard problems.sentences.isEmpty else { throw PipelineError(problems) }
        staffing = try Staffing(self.configuration, providers)
        digester = Digester(staffing.providers)
        passwords = PasswordResolver(withholding: self.configuration.passwordVariables)
        recipes = try Recipe.digests(of: self.configuration, tool, digester)
        let whole = self.configuration.manifestPath
        shardFiles = self.configuration.shard.map { ShardFiles($0, manifest: whole) }
        manifestPath = shardFiles?.newManifest(run: identifier) ?? whole
        journalPath = Self.journalPath(of: manifestPath)
        plan = OutputPlan(SourceList(), TokenSourceList(), self.configuration)
        try discover()
    }

    static func journalPath(of manifest: FilePath) -> FilePath {
        FilePath(manifest.bytes + ShardFiles.journalSuffix.utf8)
    }

    /// Finds the sources: anew where that has been done.
    ///
    /// - Throws: as ``init(_:_:_:)``.
    mutating func discover() throws {
        let keys = try staffing.tokens.map { try TokenDiscovery.sources(of: configuration, $0, &passwords) }
        plan = OutputPlan(try Discovery.sources(of: configuration), keys ?? TokenSourceList(), configuration)
        guard plan.count > 0 else {
            throw PipelineError(
                .nothingToDo, "no input gives any file or key",
                hint: "look at the inputs' paths; of folders, *.pfx and *.p12 are taken unless match says otherwise")
        }
        try plan.check(
            reserved: [
                configuration.manifestPath, manifestPath, journalPath,
                ManifestSignature.path(forManifestAt: manifestPath),
            ])
        idleInputs = Self.idleInputs(plan, configuration)
        // Only now: what two shares would both write has to be seen by each.
        if let shard = configuration.shard { plan = try plan.share(shard, digester) }
    }

    private static func idleInputs(_ plan: OutputPlan, _ configuration: PipelineConfiguration) -> [Int] {
        let found = Set((0..<plan.sources.count).lazy.map { plan.sources.input(at: $0) })
            .union(plan.keys.sources.lazy.map(\.input))
        return configuration.inputs.indices.filter { !found.contains($0) }
    }

    /// - Throws: ``PipelineError`` `notRecorded` where only failures are to be done, and nobody knows of any.
    func survey(_ earlier: EarlierRuns, _ redo: Redo) throws(PipelineError) -> Survey {
        if redo == .failures, let error = earlier.unknownFailures { throw error }
        return Survey(
            plan: plan, records: earlier.records, recipes: recipes, profile: configuration.profile, reader: reader,
            digester: digester, manifestFolder: manifestPath.folder,
            // Who has everything written anew has said so for every run.
            redo: redo == .whatChanged && configuration.writesAnew ? .everything : redo, isForced: earlier.isForced)
    }

    var reader: FileReader { FileReader(byteLimit: configuration.limits.fileByteCount) }

    var jobs: Int { configuration.jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// What the user should know of the inputs.
    func notes(_ gone: GoneItems) -> [String] {
        plan.keys.notes
            + idleInputs.map {
                let input = configuration.inputs[$0]
                let recorded = gone.count(ofSite: input.site)
                let idle = "inputs[\($0)] (site \(input.site)) gave no \(input.token == nil ? "file" : "key")"
                if recorded == 0 { return idle }
                return
                    "\(idle), and of its site \(recorded) recorded source\(recorded == 1 ? " is" : "s are") gone: is it mounted?"
            }
    }
}

extension PipelineConfiguration {
    /// Whether every output is written anew in every run.
    var writesAnew: Bool { output.overwrite == .replace && unchanged == .rewrite }
}
