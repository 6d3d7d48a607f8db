import Reissue

/// What an earlier run has put somewhere, as far as is known.
struct RecordedOutput {
    /// Absolute; nil where it is not recorded.
    var path: FilePath?
    var sha256: String
}

/// What is in an output's place before it is made.
struct EarlierOutput {
    let file: SourceFile
    let sha256: String
    /// Whether an earlier run put it there, for this very source, and nobody has touched it since: it may be replaced.
    let isOurs: Bool
    /// Whether that was made of the source as it is now, as far as is known.
    let isOfSameSource: Bool
}

extension ItemWork {
    /// - Parameters:
    ///   - identity: the source's, where that is a file.
    ///   - digest: of the source, or what stands for it.
    /// - Returns: nil where nothing is there, or nothing that could make a difference.
    func earlierOutput(
        _ output: FilePath, of index: Int, identity: FileStatus.Identity?, digest: String
    ) throws -> EarlierOutput? {
        guard let file = existingOutput(output, source: identity) else { return nil }
        let sha256 = try sha256(file.bytes)
        let known = records.known(index)?.item
        let source = known?.string("sourceSHA256") ?? known?.string("keySHA256")
        return EarlierOutput(
            file: file, sha256: sha256, isOurs: known?.outputDigests.contains(sha256) == true,
            isOfSameSource: source == nil || source == digest)
    }

    /// What an earlier run has left in the place of an item's output, as far as is known.
    func recordedOutput(_ index: Int) -> RecordedOutput? {
        records.known(index)?.item.outputInPlace(manifestFolder: manifestFolder, reader, digester)
    }
}

extension ItemWork {
    /// The record of an item whose output is there as it says; nil where there is none.
    func untouchedRecord(_ index: Int) -> Manifest.Item? {
        guard let known = records.known(index), let output = known.item.path("output", "outputBytes"),
            let recorded = known.item.string("outputSHA256"),
            let file = try? reader.read(manifestFolder.appending(output), followingLink: false),
            let digest = try? sha256(file.bytes), digest == recorded
        else { return nil }
        return Manifest.Item(decoding: known.item.bytes, site: "", status: known.status)
    }
}

extension ItemText {
    /// What an item says of what may be in its output's place: a run that was killed may not have put its own there yet.
    var outputDigests: [String] {
        [string("outputSHA256"), string("earlierOutputSHA256")].compactMap(\.self)
    }

    /// The output, with that of ``outputDigests`` which what is there has; where that is none, or cannot be read, what was to
    /// be there.
    func outputInPlace(manifestFolder: FilePath, _ reader: FileReader, _ digester: Digester) -> RecordedOutput? {
        let digests = outputDigests
        guard let first = digests.first else { return nil }
        let path = path("output", "outputBytes").map(manifestFolder.appending)
        guard digests.count > 1, let path, let file = try? reader.read(path, followingLink: false),
            let digest = try? digester.sha256(file.bytes), digests.contains(digest)
        else { return RecordedOutput(path: path, sha256: first) }
        return RecordedOutput(path: path, sha256: digest)
    }
}
