import Reissue
import TestSupport
import Testing

@testable import Pipeline

extension Workshop {
    func runShare(
        _ index: Int, of count: Int, refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }
    ) throws -> RunResult {
        var configuration = configuration
        configuration.shard = Shard(index, of: count)
        return try run(configuration, refuse: refuse)
    }

    /// Merges, and holds the manifest against the schema.
    func merge(_ paths: [FilePath] = [], _ configuration: PipelineConfiguration? = nil) throws -> ManifestMerge {
        let merge = try ManifestMerge(
            paths, of: configuration ?? self.configuration, providers: [fakeProvider("fake")],
            tool: .init(name: "recapi", version: "0"))
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try folder.read("out/manifest.json")]) == "")
        return merge
    }

    /// What the merged manifest, or that of a run over all, has of a source.
    func record(_ source: String) throws -> Manifest.Item? {
        try Manifest.read(from: path("out/manifest.json")).items.first { $0.source == folder.path(source) }
    }
}
