import Pipeline
import Reissue

/// Keys that go from one provider to another.
struct ProviderMove {
    let before: Placement
    let after: Placement
    let count: Int

    /// Where Windows puts a key, as far as the page tells.
    struct Placement: Hashable, Comparable {
        var kind: String
        var name: String

        /// - Parameter placement: nil where there is nothing that Windows could import.
        init(_ placement: IdentityReport.Placement?) {
            kind = placement?.providerKind.rawValue ?? "none"
            name = placement?.providerName ?? (placement == nil ? "not converted" : "none named: the importer decides")
        }

        static let token = Placement(kind: "token", name: "a key on a token")

        private init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }

        static func < (left: Placement, right: Placement) -> Bool { (left.kind, left.name) < (right.kind, right.name) }

        var context: [String: String] { ["kind": kind, "name": name, "class": kind.lowercased()] }
    }

    /// The most frequent first.
    static func all(_ manifests: [Manifest]) -> [ProviderMove] {
        var counts: [[Placement]: Int] = [:]
        for item in manifests.lazy.flatMap(\.items) {
            for identity in item.identities { counts[placements(of: identity, in: item), default: 0] += 1 }
        }
        return counts.map { ProviderMove(before: $0.key[0], after: $0.key[1], count: $0.value) }
            .sorted { ($1.count, $0.before, $0.after) < ($0.count, $1.before, $1.after) }
    }

    /// Before and after.
    static func placements(of identity: IdentityReport, in item: Manifest.Item) -> [Placement] {
        // What was unchanged is after as it was before.
        let after = identity.after ?? (item.status == .unchanged ? identity.before : nil)
        return [item.tokenExport == nil ? Placement(identity.before) : .token, Placement(after)]
    }

    func context(of total: Int) -> [String: Any] {
        [
            "before": before.context, "after": after.context, "count": grouped(count),
            "bar": ShareBar.svg([(count, after.kind == "CAPI1" ? "converted" : "unchanged"), (total - count, "none")]),
        ]
    }
}
