import PKCS12
import Providers
import Reissue

extension PreparedRun {
    /// - Throws: ``PipelineError`` `providerUnfit`; ``ReissueError`` `profileUnfit`.
    func roster(_ makeReissuer: @escaping PipelineRun.MakeReissuer) throws -> Roster {
        var options = Reissuer.Options(profile: configuration.profile, limits: configuration.limits)
        options.allowMissingMAC = configuration.allowMissingMAC
        options.rewriteUnchanged = configuration.unchanged == .rewrite
        return try Roster(spreads: configuration.distribute == .spread) { [options, staffing] relieved in
            let left = try staffing.without(relieved)
            let teams = try left.teams.map { sealer, verifiers in
                Roster.Team(
                    sealer: sealer.name, verifiers: verifiers.map(\.name),
                    reissuer: try makeReissuer(sealer, verifiers, options))
            }
            return (teams, left.notes)
        }
    }

    /// What is needed for the items that are to be worked on; only their passwords are fetched.
    ///
    /// - Throws: ``PipelineError`` `passwordUnavailable`, `interrupted`.
    mutating func work(
        _ findings: [Survey.Finding], _ records: Records, _ roster: Roster, doesAnew: Bool
    ) throws -> ItemWork {
        let inputs = Set(
            findings.indices.lazy.filter { findings[$0].isWork }.map { [plan] in plan.source(at: $0).input })
        return ItemWork(
            plan: plan, secrets: try secrets(of: inputs), roster: roster, profile: configuration.profile,
            recipes: recipes, records: records, doesAnew: doesAnew,
            rewritesUnchanged: configuration.unchanged == .rewrite, looksFirst: shardFiles != nil,
            publisher: Publisher(overwrite: configuration.output.overwrite), reader: reader, digester: digester,
            manifestFolder: manifestPath.folder)
    }

    /// The items to work on: the files, and each token's keys beside them.
    func lanes(_ findings: [Survey.Finding]) -> [ItemScheduler.Lane] {
        let files = findings.indices.prefix(plan.sources.count).filter { findings[$0].isWork }.map { Int32($0) }
        return [ItemScheduler.Lane(jobs: jobs, count: files.count, workLimit: workLimit()) { Int(files[$0]) }]
            + plan.keys.lanes(jobsPerToken: configuration.jobsPerToken).map { jobs, sources in
                let sources = sources.map { plan.sources.count + $0 }.filter { findings[$0].isWork }
                // A token does one after the other, and may be slow: what it has done is not kept waiting.
                return ItemScheduler.Lane(jobs: jobs, count: sources.count, workLimit: 1) { sources[$0] }
            }
    }

    /// As many as the limit of open files lets be, which is raised first: each output stays open from when it is written until
    /// it has its name.
    private func workLimit() -> Int {
        let (most, others) = (ItemScheduler.Lane.usualWorkLimit, 512)
        return min(most, max(1, (DescriptorLimit.raised(to: jobs * most + others) - others) / jobs))
    }

    /// The passwords of some inputs, by input.
    ///
    /// - Throws: ``PipelineError`` `passwordUnavailable`, `interrupted`.
    mutating func secrets(of inputs: Set<Int>) throws -> [Int: ItemWork.Secrets] {
        let hasSites = Set(configuration.inputs.map(\.site)).count > 1
        var secrets: [Int: ItemWork.Secrets] = [:]
        for (index, input) in configuration.inputs.enumerated() where inputs.contains(index) {
            let list = input.passwords.count > 1
            var candidates: [SecretBytes] = []
            for (position, source) in input.passwords.enumerated() {
                let place = "inputs[\(index)].password" + (list ? "[\(position)]" : "")
                let purpose = hasSites ? "password of site \(input.site)" : "password of the PFX files"
                candidates.append(try passwords.password(from: source, at: place, purpose: purpose))
            }
            let outputPassword =
                if let source = input.outputPassword {
                    try passwords.password(
                        from: source, at: "inputs[\(index)].outputPassword",
                        purpose: "output password of site \(input.site)", confirming: true)
                } else {
                    try passwords.password(
                        from: configuration.output.password ?? .empty, at: "output.password",
                        purpose: "output password", confirming: true)
                }
            secrets[index] = ItemWork.Secrets(passwords: candidates, outputPassword: outputPassword)
        }
        return secrets
    }
}
