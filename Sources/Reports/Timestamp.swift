import FoundationEssentials

/// Moments as manifests write them: ISO 8601, UTC.
enum Timestamp {
    /// Seconds since 1970; nil for text that is no moment.
    static func seconds(_ text: String) -> Double? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        return (try? style.parse(text))?.timeIntervalSince1970
    }

    /// Such as `2026-11-24 14:31 UTC`.
    static func forPeople(_ text: String) -> String {
        text.count < 16 ? text : "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// The years since 0, times twelve, and the months; nil for text that is no moment.
    static func month(_ text: String) -> Int? {
        let parts = text.prefix(7).split(separator: "-")
        guard parts.count == 2, let year = Int(parts[0]), let month = Int(parts[1]), 1...12 ~= month else { return nil }
        return year * 12 + month - 1
    }

    static func now() -> String { Date().formatted(Date.ISO8601FormatStyle()) }
}
