/// What is known of tokens, by their own URIs, and found again by the URIs of their keys.
///
/// A token's own URI names it alone, and so do those of its keys, in which attributes of objects follow: these need no search among
/// all tokens of all modules.
public struct KnownTokens<Value> {
    private var values: [String: Value] = [:]

    public init() {}

    /// - Returns: nil also where the URI is not written as providers write it; a query may name a module, and is none of that.
    public func value(for uri: String) -> Value? {
        var end = uri.endIndex
        while true {
            if let value = values[String(uri[..<end])] { return value }
            guard let separator = uri[..<end].lastIndex(of: ";"),
                Self.objects.contains(where: uri[uri.index(after: separator)..<end].hasPrefix), !uri.contains("?")
            else { return nil }
            end = separator
        }
    }

    /// - Parameter token: its own URI.
    public mutating func set(_ value: Value?, for token: String) { values[token] = value }

    private static var objects: [String] { ["id=", "object=", "type="] }
}
