/// The last records of sources that are not there any more.
///
/// A folder that is not mounted for one night looks like this as well: the records are kept for when its files come back,
/// and their outputs stay known as recapi's own.
struct GoneItems {
    /// An item, and where its text is.
    struct Found {
        let site: String
        let source: String
        fileprivate let sourceBytes: String?
        /// Nil where it says of none that recapi wrote.
        fileprivate let output: FilePath?
        fileprivate let place: Range<Int>

        init(_ item: ItemText, _ place: Range<Int>) {
            site = item.string("site") ?? ""
            source = item.string("source") ?? ""
            sourceBytes = item.string("sourceBytes")
            output = item.outputDigests.isEmpty ? nil : item.path("output", "outputBytes")
            self.place = place
        }
    }

    private struct Key: Hashable {
        var site: String
        var source: String
        var sourceBytes: String?
    }

    private struct Record {
        var found: Found
        var file: SharedFile
        var folder: FilePath
        /// Absolute.
        var output: FilePath? { found.output.map(folder.appending) }
    }

    private var records: [Record] = []
    private var numbers: [Key: Int] = [:]

    var found: some Sequence<Found> { records.lazy.map(\.found) }
    var count: Int { records.count }

    func count(ofSite site: String) -> Int { records.count { $0.found.site == site } }

    /// Takes what a file has; of several records of one source the last counts.
    ///
    /// - Parameter folder: what the outputs' paths are relative to.
    mutating func add(_ found: [Found], in file: SharedFile, folder: FilePath) {
        for found in found { add(Record(found: found, file: file, folder: folder)) }
    }

    /// Takes the records of another, which go before those that are there.
    mutating func add(_ others: GoneItems) {
        for record in others.records { add(record) }
    }

    private mutating func add(_ record: Record) {
        let found = record.found
        let key = Key(site: found.site, source: found.source, sourceBytes: found.sourceBytes)
        if let number = numbers[key] {
            records[number] = record
        } else {
            numbers[key] = records.count
            records.append(record)
        }
    }

    /// The records that a run's manifest keeps, sorted by the bytes of `source`: those whose outputs are there, and are not
    /// other sources' by now. So there are never more of them than outputs.
    ///
    /// - Parameter done: the sources whose outputs are in their places.
    func kept(besides done: some Sequence<Int>, of plan: OutputPlan) -> GoneItems {
        let outputs = Set(records.compactMap(\.output))
        guard !outputs.isEmpty else { return GoneItems() }
        var taken: Set<FilePath> = []
        for index in done {
            if let output = try? plan.output(of: plan.source(at: index)), outputs.contains(output) {
                taken.insert(output)
            }
        }
        let left = records.filter { record in
            record.output.map { !taken.contains($0) && FileStatus($0, followingLink: false) != nil } ?? false
        }
        var kept = GoneItems()
        for record in left.sorted(by: { $0.found.source.utf8.lexicographicallyPrecedes($1.found.source.utf8) }) {
            kept.add(record)
        }
        return kept
    }

    /// Calls `body` with each record, as JSON without blanks for a manifest in `folder`.
    func forEachItem(in folder: FilePath, _ body: ([UInt8]) throws -> Void) throws {
        for record in records {
            try body(try record.file.item(at: record.found.place, from: record.folder, to: folder))
        }
    }

    /// What the user should know of those that a manifest keeps.
    var notes: [String] {
        switch count {
        case 0: []
        case 1: ["1 recorded source is gone, and its output was left"]
        default: ["\(count) recorded sources are gone, and their outputs were left"]
        }
    }
}
