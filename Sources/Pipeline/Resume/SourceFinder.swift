/// Finds the sources that earlier records are of.
struct SourceFinder {
    private let plan: OutputPlan
    /// By URI, which tokens have few of.
    private let keys: [String: [Int]]
    /// Where the next one is likely to be, since records have the order of the sources.
    private var next = 0

    init(_ plan: OutputPlan) {
        self.plan = plan
        keys = Dictionary(grouping: plan.keys.sources.indices) { plan.keys.sources[$0].uri }
    }

    /// - Returns: nil where the source is no longer there.
    mutating func index(of item: ItemText) -> Int? {
        guard let source = item.string("source"), let site = item.string("site") else { return nil }
        if let keys = keys[source] {
            return keys.map { plan.sources.count + $0 }.first { plan.site(of: plan.source(at: $0)) == site }
        }
        let path = FilePath(shown: source, encoded: item.string("sourceBytes"))
        var index = next
        if !plan.sources.hasPath(path, at: index) { index = plan.sources.firstIndex(notBefore: path) }
        while plan.sources.hasPath(path, at: index) {
            if plan.site(of: plan.source(at: index)) == site {
                next = index + 1
                return index
            }
            index += 1
        }
        return nil
    }
}
