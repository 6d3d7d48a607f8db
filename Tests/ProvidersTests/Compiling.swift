import Foundation
import TestSupport

extension TemporaryFolder {
    var url: URL { URL(filePath: path) }

    /// Builds a shared library of C source that may include the boundary's header.
    func compile(_ source: String, to name: String, _ arguments: [String] = []) throws {
        try compile(file: write(source.utf8, to: name + ".c"), to: name, arguments)
    }

    func compile(file: String, to name: String, _ arguments: [String] = []) throws {
        let headers = PackageFolder.root.appending(path: "Sources/CProviderABI/include").path
        try ExternalTool(name: "cc", package: "gcc").check(
            ["-shared", "-fPIC", "-I", headers, "-o", path(name), file] + arguments)
    }
}
