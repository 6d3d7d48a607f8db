import Foundation
import Testing

/// A folder that goes with this object.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "recapi-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// Builds a shared library of C source that may include the boundary's header.
    func compile(_ source: String, to name: String, _ arguments: [String] = []) throws {
        let file = url.appending(path: name + ".c")
        try Data(source.utf8).write(to: file)
        try run(
            "cc", ["-shared", "-fPIC", "-I", Self.headers, "-o", url.appending(path: name).path, file.path] + arguments)
    }

    /// Runs a program and fails the test where it fails.
    func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = url
        let output = Pipe()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program): \(text)")
    }

    private static let headers = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/CProviderABI/include").standardizedFileURL.path
}
