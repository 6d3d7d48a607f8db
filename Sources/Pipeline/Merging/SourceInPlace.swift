import Reissue

/// A source as it is now, to be compared with records of it that differ.
struct SourceInPlace {
    private let run: PreparedRun
    /// Nil where it cannot be read.
    private let digest: String?

    /// - Throws: what the providers throw.
    init(_ source: RunSource, _ run: PreparedRun) throws {
        self.run = run
        switch source {
        case .file(let file): digest = try (try? run.reader.read(file.path).bytes).map(run.digester.sha256)
        case .key(let key):
            let key = try? run.plan.keys.keyOnToken(key, profile: run.configuration.profile)
            digest = try key?.publicSHA256(run.digester)
        }
    }

    /// Whether a record is of this, and not of what was in its place before. One that failed before the source was read
    /// can be of anything.
    func isOf(_ item: ItemText, hasFailed: Bool) -> Bool {
        guard let recorded = item.string("sourceSHA256") ?? item.string("keySHA256") else { return hasFailed }
        return recorded == digest
    }

    /// Whether a record's output is the one that is there, or it has none.
    func hasOutput(of item: ItemText) throws -> Bool {
        guard let output = item.path("output", "outputBytes") else { return true }
        let path = run.manifestPath.folder.appending(output)
        guard let bytes = try? run.reader.read(path, followingLink: false).bytes else { return false }
        return try run.digester.sha256(bytes) == item.string("outputSHA256")
    }
}
