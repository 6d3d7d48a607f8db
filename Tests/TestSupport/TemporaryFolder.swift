import Foundation

/// A folder of its own, removed with everything in it when the last reference goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// - Parameter parent: where it is made; nil for the usual place.
    public init(in parent: String? = nil) throws {
        let template = (parent ?? FileManager.default.temporaryDirectory.path) + "/recapi-test-XXXXXX"
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else {
            throw ExternalTool.Failure(description: "no folder can be made in \(template): errno \(errno)")
        }
        path = name.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of something below the folder.
    public func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file, with the folders above it, and gives its path.
    @discardableResult
    public func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let url = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    /// Writes a program that can be started at once.
    ///
    /// Another process does the writing: were this one to hold the file open for a moment, a program that another test
    /// starts just then would keep it open, and the system starts no program that is open for writing.
    @discardableResult
    public func writeProgram(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try ExternalTool(name: "sh", package: "dash").check(
            ["-c", #"cat > "$0" && chmod 755 "$0""#, path(name)], input: Array(bytes))
        return path(name)
    }

    public func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path(name))))
    }
}
