import FoundationEssentials

/// Results as JSON, on standard output.
enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        Terminal.result(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
