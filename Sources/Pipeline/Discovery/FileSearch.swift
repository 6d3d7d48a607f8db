import Reissue

/// Files below a folder, found as those of a pipeline's inputs are.
package enum FileSearch {
    /// - Parameters:
    ///   - path: a file or folder.
    ///   - patterns: for names inside folders, in either case.
    /// - Returns: sorted by path, each with why it cannot be looked into, where it cannot.
    package static func files(below path: FilePath, matching patterns: [String]) throws(PipelineError) -> [(
        path: FilePath, problem: PipelineError?
    )] {
        var input = PipelineConfiguration.Input(
            site: "", location: .path(FilePath.workingFolder().appending(path)), passwords: [])
        input.match = patterns
        let search = PipelineConfiguration(inputs: [input], output: .init(directory: ""), profile: .schannel)
        let sources = try Discovery.sources(of: search)
        return (0..<sources.count).map { index in
            let source = sources.source(at: index, listFolders: [nil])
            return (source.path, source.problem)
        }
    }
}
