import FoundationEssentials
import Glibc

/// The manifest of the last run, whose records a run takes over where they still hold.
///
/// It counts only where its items are what was written: their digest is in it. Whoever edits an item to some purpose
/// has to look elsewhere for a run that believes it; what is not believed is only looked at again.
struct LastManifest {
    let file: SharedFile
    let head: Manifest

    /// More than any item, or all else that a manifest holds.
    static let mostHeldBytes = 1 << 26

    /// - Parameter whenItem: called with each item, the place of its text, and whether its source was gone then; may be called
    ///   before it is known that the manifest counts.
    /// - Returns: nil where there is no manifest.
    /// - Throws: ``PipelineError`` `manifestInvalid`, `readFailed`; what the providers throw.
    init?(_ path: FilePath, _ digester: Digester, whenItem: (ItemText, Range<Int>, _ isGone: Bool) throws -> Void)
        throws
    {
        do {
            file = SharedFile(try OpenFile(path, O_RDONLY | O_NONBLOCK))
        } catch let error as SystemError where error.number == ENOENT {
            return nil
        } catch {
            throw PipelineError(reading: path, error)
        }
        let invalid = PipelineError(.manifestInvalid, "\(path) is not a manifest of this recapi's")
        guard FileStatus(file.file)?.kind == .file else { throw invalid }
        var scanner = ManifestScanner()
        var chain = try ItemChain(digester)
        do {
            try file.file.forEachChunk { chunk in
                try scanner.take(chunk) { bytes, place, isGone in
                    try chain.add(bytes, isGone: isGone)
                    if let item = ItemText(bytes) { try whenItem(item, place, isGone) }
                }
                guard scanner.heldByteCount <= Self.mostHeldBytes else { throw invalid }
            }
        } catch let error as SystemError {
            throw PipelineError(reading: path, error)
        }
        guard let head = try? JSONDecoder().decode(Manifest.self, from: Data(scanner.head)),
            head.schemaVersion == Manifest.currentSchemaVersion
        else { throw invalid }
        self.head = head
        guard let recorded = head.itemsSHA256 else {
            throw PipelineError(.manifestInvalid, "\(path) has no digest of its items")
        }
        guard recorded == chain.digest else {
            throw PipelineError(.manifestInvalid, "the items of \(path) were changed after it was written")
        }
    }
}

/// A digest over items that does not need them all at once: of the digest so far and the next item, from the first item on.
/// Before an item of `itemsGone` stands the list's name, so that it shows where one changes lists.
struct ItemChain {
    private let digester: Digester
    /// Upper-case hex; that of nothing where there is no item.
    private(set) var digest: String

    init(_ digester: Digester) throws {
        self.digester = digester
        digest = try digester.sha256([])
    }

    /// - Parameter text: of a manifest.
    static func digest(ofItemsIn text: [UInt8], _ digester: Digester) throws -> String {
        var scanner = ManifestScanner()
        var chain = try ItemChain(digester)
        try text.withUnsafeBytes { try scanner.take($0) { item, _, isGone in try chain.add(item, isGone: isGone) } }
        return chain.digest
    }

    /// - Parameter item: JSON without blanks between its tokens.
    mutating func add(_ item: [UInt8], isGone: Bool = false) throws {
        digest = try digester.sha256(Array((digest + (isGone ? "itemsGone" : "")).utf8) + item)
    }
}
