import ArgumentParser
import FoundationEssentials

/// Results as JSON, on standard output.
enum JSONOutput {
    static func print(_ value: some Encodable, orExitWith failure: ExitCode = ExitStatus.outputFailed) throws {
        Terminal.result(try text(value), orExitWith: failure)
    }

    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
