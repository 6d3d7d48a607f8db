import Foundation
import TestSupport
import Testing

@Suite struct TokenDocumentationTests {
    @Test func theWalkThroughRunsAsWritten() throws {
        let text = try String(contentsOf: PackageFolder.root.appending(path: "docs/tokens.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "## Try it with SoftHSM2\n").last)
            .components(separatedBy: "\n## ")[0]
        let commands = section.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
        #expect(commands.count > 15)
        let folder = try TemporaryFolder()
        let script = """
            set -euo pipefail
            PATH=\(Recapi.folder.path):$PATH
            \(commands.joined(separator: "\n"))
            """
        let output = try ExternalTool(name: "bash", package: "bash").check(["-c", script], in: folder.path)
        #expect(output.text.contains("can leave: wrapped"))
        #expect(output.text.contains("1 item: 1 converted, 0 unchanged, 0 failed"))
        #expect(output.text.contains("subject=CN = www.example"))
        #expect(output.text.contains("token=spare;"))
    }
}
