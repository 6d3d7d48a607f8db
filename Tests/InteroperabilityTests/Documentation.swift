import Foundation
import TestSupport

/// docs/interoperability.md, whose tables come from here.
enum Documentation {
    /// A part of the page, between `<!-- NAME: made by scripts/interoperability -->` and `<!-- end of NAME -->`.
    enum Part: String {
        /// The same on every machine with the same libraries.
        case vectors
        /// What the programs and files of one machine gave.
        case fresh, corpus, outputs, versions
    }

    /// Set by scripts/interoperability.
    static let isWritten = ProcessInfo.processInfo.environment["RECAPI_WRITE_DOCS"] == "1"

    private static let page = PackageFolder.root.appending(path: "docs/interoperability.md")

    static func text(of part: Part) throws -> String {
        let page = try String(contentsOf: page, encoding: .utf8)
        return String(page[try range(of: part, in: page)])
    }

    /// Writes a part anew, where that was asked for.
    static func update(_ part: Part, _ text: String) throws {
        guard isWritten else { return }
        var page = try String(contentsOf: page, encoding: .utf8)
        page.replaceSubrange(try range(of: part, in: page), with: text)
        try Data(page.utf8).write(to: Self.page, options: .atomic)
    }

    private static func range(of part: Part, in page: String) throws -> Range<String.Index> {
        guard let start = page.range(of: "<!-- \(part): made by scripts/interoperability -->\n\n"),
            let end = page.range(of: "\n\n<!-- end of \(part) -->", range: start.upperBound..<page.endIndex)
        else { throw Failure(description: "\(page.prefix(40))… has no part \(part)") }
        return start.upperBound..<end.lowerBound
    }
}
