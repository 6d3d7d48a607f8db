import ArgumentParser
import Glibc
import Pipeline

/// Which share of the inputs a run takes, as one of several.
struct ShardOptions: ParsableArguments {
    /// What `--shard` may say.
    enum Choice: Equatable {
        case all
        case share(Shard)
    }

    @Option(
        help: ArgumentHelp(
            "Take the inputs of share I of N, from 0, or none to take all. (default: what Slurm's array or Kubernetes' Indexed Job says)",
            valueName: "i/n"))
    var shard: Choice?

    /// - Throws: ``PipelineError`` `configurationInvalid` where the environment leaves it open.
    func chosen() throws(PipelineError) -> Shard? {
        switch shard {
        case .all?: return nil
        case .share(let shard)?: return shard
        case nil:
            guard let (shard, variables) = try ShardEnvironment.shard(Self.variable) else { return nil }
            Terminal.message("share \(shard), as \(variables) say")
            return shard
        }
    }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension ShardOptions.Choice: ExpressibleByArgument {
    init?(argument: String) {
        if argument == "none" {
            self = .all
        } else if let shard = Shard(argument) {
            self = .share(shard)
        } else {
            return nil
        }
    }
}
