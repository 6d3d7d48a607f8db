import Foundation
import TestSupport

/// A copy of what `recapi sample` makes, of its own for each test.
///
/// Two sites, berlin and paris, with server1.pfx and server2.pfx each.
struct Sample {
    /// Holds the folder until the last copy goes.
    let folder: TemporaryFolder

    private static let made: Result<TemporaryFolder, any Error> = Result {
        let folder = try TemporaryFolder()
        // A static lives to the end without a deinit.
        atexit { if let folder = try? Sample.made.get() { try? FileManager.default.removeItem(atPath: folder.path) } }
        let output = try Recapi.run(
            "sample", folder.path("x"), "--site", "berlin", "--site", "paris", "--count", "2", "--keys", "2",
            "--key-bits", "1024", "--broken")
        guard output.status == 0 else { throw TestFailure(description: output.errorText) }
        return folder
    }

    /// - Parameter broken: with a file that is cut short and one that has another password.
    init(broken: Bool = false) throws {
        folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: Self.made.get().path("x"), toPath: folder.path("x"))
        if !broken {
            for name in ["cut-short", "other-password"] {
                try FileManager.default.removeItem(atPath: path("berlin/\(name).pfx"))
            }
        }
    }

    func path(_ name: String) -> String { folder.path("x/" + name) }
    var pipeline: String { path("pipeline.json") }
    var manifest: String { path("converted/manifest.json") }
    var files: [String] { ["berlin/server1.pfx", "berlin/server2.pfx", "paris/server1.pfx", "paris/server2.pfx"] }

    func password(_ name: String) throws -> String {
        String(decoding: try folder.read("x/passwords/" + name), as: UTF8.self)
            .trimmingCharacters(in: .newlines)
    }

    /// Changes the text of pipeline.json.
    func editPipeline(_ old: String, _ new: String) throws {
        let text = String(decoding: try folder.read("x/pipeline.json"), as: UTF8.self)
        guard text.contains(old) else { throw TestFailure(description: "\(old) is not in \(text)") }
        try folder.write(Array(text.replacing(old, with: new).utf8), to: "x/pipeline.json")
    }
}

/// A folder with a password file, `password`, that opens the vectors and protects outputs.
struct Workshop {
    let folder: TemporaryFolder
    /// `file:` and the password file.
    var password: String { "file:" + folder.path("password") }
    /// Where `convert` puts its outputs.
    var out: String { folder.path("out") }

    init() throws {
        folder = try TemporaryFolder()
        try write(password: "vectors", to: "password")
    }

    /// Writes a private password file and gives its source.
    @discardableResult
    func write(password: String, to name: String) throws -> String {
        let path = try folder.write(Array("\(password)\n".utf8), to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return "file:" + path
    }

    /// Converts vectors to `out`, with the password file for everything.
    func convert(_ paths: [String], _ options: String...) throws -> Recapi.Output {
        try Recapi.run(
            ["convert", "--out", out, "--password", password, "--output-password", password] + options + paths)
    }
}
