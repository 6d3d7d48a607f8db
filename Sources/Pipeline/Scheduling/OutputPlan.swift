/// Which source becomes which output, worked out anew at each question so that nothing is kept per source.
///
/// Files come first and keys of tokens after them, which is the order of their names' bytes.
struct OutputPlan: Sendable {
    private(set) var sources: SourceList
    private(set) var keys: TokenSourceList
    private let sites: [String]
    private let listFolders: [FilePath?]
    private let output: PipelineConfiguration.Output

    init(
        _ sources: SourceList, _ keys: TokenSourceList, _ configuration: PipelineConfiguration
    ) {
        self.sources = sources
        self.keys = keys
        sites = configuration.inputs.map(\.site)
        listFolders = configuration.inputs.map { input in
            if case .list(let list) = input.location { list.folder } else { nil }
        }
        output = configuration.output
    }

    var count: Int { sources.count + keys.sources.count }

    /// The same plan with the sources that are wanted.
    func keeping(_ isWanted: (RunSource) throws -> Bool) rethrows -> OutputPlan {
        var plan = self
        try plan.sources.keep { try isWanted(.file(file(at: $0))) }
        plan.keys.sources = try keys.sources.filter { try isWanted(.key($0)) }
        return plan
    }

    func source(at index: Int) -> RunSource {
        index < sources.count
            ? .file(file(at: index)) : .key(keys.sources[index - sources.count])
    }

    func file(at index: Int) -> SourceList.Source {
        sources.source(at: index, listFolders: listFolders)
    }

    func site(of source: RunSource) -> String { sites[source.input] }

    /// - Throws: ``PipelineError`` `outputNameInvalid`.
    func output(of source: RunSource) throws(PipelineError) -> FilePath {
        let site = site(of: source)
        let path =
            switch source {
            case .file(let file):
                try output.name.path(
                    site: site, folder: file.folder, name: OutputName.withoutExtension(file.path.name))
            case .key(let key):
                try output.name.path(site: site, folder: [], name: key.name.utf8, id: key.key?.id ?? [])
            }
        return output.directory.appending(path)
    }

    /// The folders that outputs go to.
    var outputFolders: Set<FilePath> {
        var folders: Set<FilePath> = []
        for index in 0..<count {
            if let folder = plannedOutput(at: index)?.folder { folders.insert(folder) }
        }
        return folders
    }

    /// Finds two sources with one output, and outputs and the run's own files that would take the place of a source.
    ///
    /// - Parameter reserved: paths of the run's own files.
    /// - Throws: ``PipelineError`` `outputCollision`.
    func check(reserved: [FilePath]) throws(PipelineError) {
        // Hashes first, so that not all paths have to be in memory at once; then the few that have the same.
        let sourcePaths = Set((0..<sources.count).lazy.map { file(at: $0).path.hashValue })
        var hashes: [(hash: Int, index: Int32)] = []
        hashes.reserveCapacity(count)
        for index in 0..<count {
            let source = self.source(at: index)
            if let path = source.path, reserved.contains(path) {
                throw PipelineError(
                    .outputCollision, "the run writes \(path) itself, which is one of its sources",
                    hint: "change manifest or the inputs")
            }
            guard let path = plannedOutput(at: index) else { continue }
            if sourcePaths.contains(path.hashValue), let other = self.index(ofSource: path), other != index {
                throw PipelineError(
                    .outputCollision, "\(source.text) would become \(path), which is a source itself",
                    hint: "choose another output folder, or change output.name")
            }
            if reserved.contains(path) {
                throw PipelineError(
                    .outputCollision, "\(source.text) would become \(path), which the run writes itself",
                    hint: "change output.name or manifest")
            }
            hashes.append((path.hashValue, Int32(clamping: index)))
        }
        hashes.sort { ($0.hash, $0.index) < ($1.hash, $1.index) }
        var start = 0
        for end in 1..<(hashes.count + 1) where end == hashes.count || hashes[end].hash != hashes[start].hash {
            if end - start > 1 { try checkForCollision(hashes[start..<end].map { Int($0.index) }) }
            start = end
        }
        try checkCaseOfKeys()
    }

    /// Labels of keys are nobody's file names yet: where they differ by their case alone, the outputs would on Linux and take
    /// each other's place on Windows.
    private func checkCaseOfKeys() throws(PipelineError) {
        var first: [String: Int] = [:]
        for index in sources.count..<count {
            guard let path = plannedOutput(at: index) else { continue }
            if let other = first.updateValue(index, forKey: path.text.lowercased()) {
                throw collision(of: other, index, at: path, "on Windows, where case does not count, ")
            }
        }
    }

    private func checkForCollision(_ indices: [Int]) throws(PipelineError) {
        var first: [FilePath: Int] = [:]
        for index in indices {
            guard let path = plannedOutput(at: index) else { continue }
            if let other = first.updateValue(index, forKey: path) {
                throw collision(of: other, index, at: path)
            }
        }
    }

    private func collision(of one: Int, _ two: Int, at path: FilePath, _ place: String = "") -> PipelineError {
        let (one, two) = (source(at: one), source(at: two))
        return PipelineError(
            .outputCollision,
            "\(place)\(one.text) (inputs[\(one.input)]) and \(two.text) (inputs[\(two.input)]) would both become \(path)",
            hint: "give the inputs different sites, change output.name, or convert them to different folders")
    }

    private func index(ofSource path: FilePath) -> Int? {
        (0..<sources.count).first { file(at: $0).path == path }
    }

    private func plannedOutput(at index: Int) -> FilePath? {
        let source = source(at: index)
        return source.problem == nil ? try? output(of: source) : nil
    }
}
