import FoundationEssentials
import Glibc

/// The manifests and journals of shares: `manifest.shards/I-of-N.TIME-ID.json` beside `manifest.json`, one for each attempt.
///
/// No two attempts write the same file, so that nothing depends on locks, which not every shared file system has.
struct ShardFiles {
    /// Where they are.
    let folder: FilePath
    private let shard: Shard

    /// - Parameter manifest: of the whole.
    init(_ shard: Shard, manifest: FilePath) {
        folder = Self.folder(besides: manifest)
        self.shard = shard
    }

    static func folder(besides manifest: FilePath) -> FilePath {
        manifest.folder.appending(FilePath(OutputName.withoutExtension(manifest.name) + ".shards".utf8))
    }

    /// The manifest of a new attempt; names sort by time.
    func newManifest(run identifier: String) -> FilePath {
        let time = timestamp().filter { $0.isLetter || $0.isNumber }
        return folder.appending("\(prefix)\(time)-\(identifier.prefix(8)).json")
    }

    private var prefix: String { "\(shard.index)-of-\(shard.count)." }

    /// What other attempts at the share have left, in the order of their time, and the manifests of shares of another number,
    /// which may have inputs of this one. A journal whose run has made its manifest is left out.
    ///
    /// - Parameter own: this attempt's manifest.
    func others(than own: FilePath) -> (manifests: [FilePath], journals: [FilePath]) {
        let prefix = Array(prefix.utf8)
        guard
            let listing = try? FolderListing(
                folder,
                isWanted: {
                    $0.starts(with: prefix) && !$0.starts(with: own.name) || isManifestOfAnotherNumber(FilePath($0))
                })
        else { return ([], []) }
        let names = (0..<listing.count).filter { !listing[$0].isFolder }.map { FilePath(listing[$0].bytes) }
        let manifests = Set(names.filter { $0.hasSuffix(".json") })
        let journals = names.filter {
            $0.hasSuffix(Self.journalSuffix) && !manifests.contains($0.dropping(Self.journalSuffix))
        }
        return (
            manifests.sorted { Self.time($0) < Self.time($1) }.map(folder.appending), journals.map(folder.appending)
        )
    }

    /// Of a journal only the share that it is of can take all that it has.
    private func isManifestOfAnotherNumber(_ name: FilePath) -> Bool {
        name.hasSuffix(".json") && isOfAnotherNumber(name)
    }

    /// Whether a name is that of a file of a share of another number of shares.
    func isOfAnotherNumber(_ name: FilePath) -> Bool {
        let parts = name.text.prefix { $0 != "." }.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "of" else { return false }
        return Shard("\(parts[0])/\(parts[2])").map { $0.count != shard.count } ?? false
    }

    private static func time(_ name: FilePath) -> Substring { name.text.drop { $0 != "." } }

    static let journalSuffix = ".journal"
}

extension FilePath {
    func hasSuffix(_ suffix: String) -> Bool { bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    /// Without the last characters, which must be there.
    fileprivate func dropping(_ suffix: String) -> FilePath { FilePath(bytes.dropLast(suffix.utf8.count)) }
}
