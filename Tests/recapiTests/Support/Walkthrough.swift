import Foundation
import TestSupport

/// Commands that a document has people type.
enum Walkthrough {
    /// Runs the indented lines of a section in an empty folder, with the built command in `PATH`.
    ///
    /// - Throws: `ExternalTool.Failure` where one of them fails.
    static func run(_ document: String, section: String) throws -> (commandCount: Int, text: String) {
        let text = try String(contentsOf: PackageFolder.root.appending(path: document), encoding: .utf8)
        let parts = text.components(separatedBy: "## \(section)\n")
        guard parts.count == 2 else { throw TestFailure(description: "\(document) has no one section \(section)") }
        let lines = parts[1].components(separatedBy: "\n## ")[0].split(separator: "\n")
        let commands = lines.filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
        let script = """
            set -euo pipefail
            PATH=\(Recapi.folder.path):$PATH
            \(commands.joined(separator: "\n"))
            """
        let folder = try TemporaryFolder()
        let output = try ExternalTool(name: "bash", package: "bash").check(["-c", script], in: folder.path)
        return (commands.count, output.text)
    }
}
