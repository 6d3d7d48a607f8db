import Reissue

/// What decides what an output is, besides its source.
enum Recipe {
    /// A digest for each input, to be compared with those of later runs: of recapi's version, the profile, the limits, how
    /// outputs are verified, where the output's password comes from, and by which ways keys may leave their tokens.
    ///
    /// Never of a password: a digest in a manifest is there for anybody to guess at. One that changes behind the same
    /// source does not show here.
    static func digests(
        of configuration: PipelineConfiguration, _ tool: Manifest.Tool, _ digester: Digester
    ) throws -> [String] {
        try configuration.inputs.map { input in
            let password = input.outputPassword ?? configuration.output.password ?? .empty
            var recipe = [
                "tool": .string("\(tool.name) \(tool.version)"),
                "profile": configuration.profile.json,
                "limits": configuration.limits.json,
                "verify": .string(configuration.verify.rawValue),
                "unchanged": .string(configuration.unchanged.rawValue),
                "allowMissingMAC": .bool(configuration.allowMissingMAC),
                "outputPassword": JSONValue.string(password.description),
            ]
            if let token = input.token {
                recipe["export"] = .array(token.export.map(\.rawValue).sorted().map { .string($0) })
            }
            return try digester.sha256(Array(try makeJSONEncoder().encode(JSONValue.object(recipe))))
        }
    }
}

extension KeyOnToken {
    /// What stands for a key's content, which its token does not show: its URI, public key and certificates.
    func publicSHA256(_ digester: Digester) throws -> String {
        // Each with its length, so that no two lists of parts look the same.
        return try digester.sha256(publicParts.flatMap { Array("\($0.count):".utf8) + $0 })
    }
}
