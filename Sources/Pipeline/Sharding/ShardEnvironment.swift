/// The share that the engine which started this process has given it.
public enum ShardEnvironment {
    /// The number of shares, where the engine does not say it or not rightly.
    public static let countVariable = "RECAPI_SHARDS"
    private static let slurmVariable = "SLURM_ARRAY_TASK_ID"
    private static let kubernetesVariable = "JOB_COMPLETION_INDEX"

    /// - Parameter value: of an environment variable; nil where there is none.
    /// - Returns: the share, and which variables say so; nil where none does.
    /// - Throws: ``PipelineError`` `configurationInvalid` where they contradict each other or leave the count open: a guess
    ///   would leave inputs out.
    public static func shard(
        _ value: (_ variable: String) -> String?
    ) throws(PipelineError) -> (shard: Shard, variables: String)? {
        switch (value(slurmVariable), value(kubernetesVariable)) {
        case (nil, nil):
            guard let count = value(countVariable) else { return nil }
            throw invalid(
                "\(countVariable) is \(count), and neither \(slurmVariable) nor \(kubernetesVariable) says which share")
        case (_?, _?): throw invalid("both \(slurmVariable) and \(kubernetesVariable) are set")
        case (let index?, nil):
            if let count = value(countVariable) { return try shard(index, count, slurmVariable, countVariable) }
            return try slurm(index, value)
        case (nil, let index?):
            guard let count = value(countVariable) else {
                throw invalid("\(kubernetesVariable) is set, and \(countVariable), the job's completions, is not")
            }
            return try shard(index, count, kubernetesVariable, countVariable)
        }
    }

    /// How often Slurm has started this task again; 0 elsewhere.
    public static func restarts(_ value: (_ variable: String) -> String?) -> Int {
        value("SLURM_RESTART_COUNT").flatMap { Shard.number($0) } ?? 0
    }

    /// An array of which only some tasks are started, as to repeat them, has a count that says nothing of the whole.
    private static func slurm(
        _ index: String, _ value: (_ variable: String) -> String?
    ) throws(PipelineError) -> (Shard, String) {
        let countVariable = "SLURM_ARRAY_TASK_COUNT"
        guard let count = value(countVariable) else { throw invalid("\(countVariable) is not set") }
        let first = value("SLURM_ARRAY_TASK_MIN") ?? "0"
        let last = value("SLURM_ARRAY_TASK_MAX").map { Shard.number($0) } ?? Shard.number(count).map { $0 &- 1 }
        guard Shard.number(first) == 0, let last, let number = Shard.number(count), number > 0, last == number - 1
        else {
            throw invalid("the array's tasks are not all from 0 on, so that their number is not that of the shares")
        }
        return try shard(index, count, slurmVariable, countVariable)
    }

    private static func shard(
        _ index: String, _ count: String, _ indexVariable: String, _ countVariable: String
    ) throws(PipelineError) -> (Shard, String) {
        guard let shard = Shard("\(index)/\(count)") else {
            throw invalid(
                "\(indexVariable) is \(index) and \(countVariable) \(count), which is no share: they count from 0")
        }
        return (shard, "\(indexVariable) and \(countVariable)")
    }

    private static func invalid(_ reason: String) -> PipelineError {
        PipelineError(
            .configurationInvalid, reason,
            hint: "say --shard I/N, or set \(countVariable) to the number of shares; --shard none takes all inputs")
    }
}
