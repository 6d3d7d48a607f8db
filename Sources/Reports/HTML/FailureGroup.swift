import Pipeline

/// Items that failed with the same code.
struct FailureGroup {
    /// More of a kind teach nothing; the table of items has them.
    private static let exampleLimit = 20

    let code: String
    private(set) var count = 0
    /// In the order in which they come; most codes have one.
    private var hints: [String] = []
    private var sites: [String: Int] = [:]
    private var examples: [(source: String, message: String)] = []

    /// The most frequent first.
    static func all(_ manifests: [Manifest]) -> [FailureGroup] {
        var groups: [String: FailureGroup] = [:]
        for item in manifests.lazy.flatMap(\.items) {
            guard let error = item.error else { continue }
            groups[error.code, default: FailureGroup(code: error.code)].add(item, error)
        }
        return groups.values.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
    }

    private init(code: String) {
        self.code = code
    }

    private mutating func add(_ item: Manifest.Item, _ error: Manifest.Failure) {
        count += 1
        sites[item.site, default: 0] += 1
        if let hint = error.hint, hints.count < 5, !hints.contains(hint) { hints.append(hint) }
        if examples.count < Self.exampleLimit { examples.append((item.source, error.message)) }
    }

    func context(isOpen: Bool) -> [String: Any] {
        let places = sites.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let named = places.prefix(8).map { "\($0.key) (\(grouped($0.value)))" }
        let others = places.count - named.count
        return [
            "code": code, "count": count == 1 ? "1 item" : "\(grouped(count)) items", "hints": hints,
            "where": "At " + named.joined(separator: ", ") + (others > 0 ? " and \(others) more" : ""),
            "isOpen": isOpen && count <= 5,
            "summary": count == 1
                ? "The item" : count <= Self.exampleLimit ? "The items" : "The first \(Self.exampleLimit)",
            "examples": examples.map { ["source": $0.source, "message": $0.message] },
            "rest": count > examples.count ? [grouped(count - examples.count)] : [],
        ]
    }
}
