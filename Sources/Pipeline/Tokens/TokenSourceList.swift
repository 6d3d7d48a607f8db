import PKCS12
import Providers
import Reissue

/// A key on a token as a source of a run, or what stood in the way of finding some.
struct TokenSource: Sendable {
    var input: Int
    /// The key's URI, or that of the input without its query; never with a PIN.
    var uri: String
    /// The token's URI; empty where there is none to ask.
    var token = ""
    var key: TokenKey?
    /// Why there is nothing to convert here; nil where there is, as far as is known.
    var problem: (any CodedError)?

    /// What `{name}` in the pattern of outputs stands for: the label, or the id where that is no name for a file.
    var name: String {
        guard let key else { return uri }
        if Self.isFileName(key.label) { return key.label }
        // Where there is no id either, the modulus is what names the key alone.
        return hexText(key.id.isEmpty ? Array(key.modulus.prefix(20)) : key.id)
    }

    /// The files go to Windows, so that its rules count as well.
    private static func isFileName(_ label: String) -> Bool {
        guard let first = label.first, let last = label.last, label.utf8.count <= 200 else { return false }
        return first != "." && first != " " && last != "." && last != " " && !DeviceNames.contains(label)
            && !label.unicodeScalars.contains {
                $0.properties.generalCategory == .control || #"/\:*?"<>|"#.unicodeScalars.contains($0)
            }
    }
}

/// The keys of a run, in the order of their URIs' bytes. What tokens say of their keys and certificates stays in memory,
/// which bounds it by what a token holds.
struct TokenSourceList: Sendable {
    /// What an input needs besides a key to convert it.
    struct Input: Sendable {
        var access: TokenAccess
        var certificates: TokenCertificates
        var ways: Set<TokenExportWay>
    }

    var sources: [TokenSource] = []
    /// By the number of the input; without those whose token could not be asked.
    var inputs: [Int: Input] = [:]
    /// What the user should know.
    var notes: [String] = []

    /// - Throws: the source's problem; ``ReissueError`` and ``TokenError`` where the key cannot be re-issued.
    func keyOnToken(_ source: TokenSource, profile: Profile) throws -> KeyOnToken {
        if let problem = source.problem { throw problem }
        guard let key = source.key, let input = inputs[source.input] else {
            throw PipelineError(.unexpected, "a key has no token")
        }
        return try KeyOnToken(
            key, among: input.certificates, on: input.access, allowing: input.ways, profile: profile)
    }

    /// The sources by token, with how many of each may be worked on at once.
    func lanes(jobsPerToken: Int) -> [(jobs: Int, sources: [Int])] {
        Dictionary(grouping: sources.indices) { sources[$0].token }.sorted { $0.key < $1.key }.map { _, indices in
            let limit = inputs[sources[indices[0]].input]?.access.token.largestSessionCount ?? jobsPerToken
            return (max(1, min(jobsPerToken, limit)), indices)
        }
    }

    mutating func sort() {
        sources.sort { ($0.uri, $0.input) < ($1.uri, $1.input) }
    }
}
