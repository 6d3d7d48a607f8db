import Foundation
import TestSupport

/// Runs a Python script that prints JSON, with a document as standard input, and gives what it printed.
func python(_ script: String, _ document: String) throws -> Any {
    let output = try ExternalTool.python3.check(["-c", "import json, sys\n" + script], input: Array(document.utf8))
    return try JSONSerialization.jsonObject(with: Data(output.standardOutput), options: .fragmentsAllowed)
}
