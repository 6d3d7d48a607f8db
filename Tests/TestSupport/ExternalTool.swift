import Foundation
import Synchronization

/// A program that others wrote, as a witness in a test.
public struct ExternalTool: Sendable {
    public let name: String
    /// The Debian package that brings the program.
    public let package: String

    public static let openssl = ExternalTool(name: "openssl", package: "openssl")
    public static let certtool = ExternalTool(name: "certtool", package: "gnutls-bin")
    public static let keytool = ExternalTool(name: "keytool", package: "openjdk-17-jre-headless")
    public static let pk12util = ExternalTool(name: "pk12util", package: "libnss3-tools")
    public static let certutil = ExternalTool(name: "certutil", package: "libnss3-tools")
    public static let python3 = ExternalTool(name: "python3", package: "python3")

    public init(name: String, package: String) {
        self.name = name
        self.package = package
    }

    /// What a program that ended by itself left behind.
    public struct Output: Sendable {
        public let status: Int32
        public let standardOutput: [UInt8]
        public let standardError: [UInt8]

        public var text: String { String(decoding: standardOutput, as: UTF8.self) }
        public var errorText: String { String(decoding: standardError, as: UTF8.self) }
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// Runs the program and waits for it.
    ///
    /// - Parameters:
    ///   - input: its standard input; an empty one unless given.
    ///   - folder: its working folder.
    ///   - timeLimit: in seconds, times ``patience``; the program is killed after it.
    /// - Throws: ``Failure`` when the program is not there or does not end in time. A status other than 0 is no failure.
    public func run(
        _ arguments: [String], input: [UInt8] = [], in folder: String? = nil, timeLimit: TimeInterval = 60
    ) throws -> Output {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        // Files, not pipes: nothing to drain, and no signal when the program does not read its input.
        let files = try TemporaryFolder()
        for stream in ["input", "output", "error"] {
            try Data(stream == "input" ? input : []).write(to: URL(filePath: files.path(stream)))
        }
        let input = try FileHandle(forReadingFrom: URL(filePath: files.path("input")))
        let output = try FileHandle(forWritingTo: URL(filePath: files.path("output")))
        let error = try FileHandle(forWritingTo: URL(filePath: files.path("error")))
        // A Process may stay in memory with its handles, and Foundation crashes with some 1,300 of them open.
        defer { for handle in [input, output, error] { try? handle.close() } }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = error

        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        guard ended.wait(timeout: .now() + timeLimit * Double(patience)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            throw Failure(description: "\(name) did not end within \(timeLimit) × \(patience) seconds: \(arguments)")
        }
        return Output(
            status: process.terminationStatus, standardOutput: try files.read("output"),
            standardError: try files.read("error"))
    }

    /// Runs the program, and throws ``Failure`` with what it wrote on standard error unless it ends with status 0.
    @discardableResult
    public func check(
        _ arguments: [String], input: [UInt8] = [], in folder: String? = nil, timeLimit: TimeInterval = 60
    ) throws -> Output {
        let output = try run(arguments, input: input, in: folder, timeLimit: timeLimit)
        guard output.status == 0 else {
            let said = [output.errorText, output.text].filter { !$0.isEmpty }.joined(separator: "\n")
            throw Failure(description: "\(name) \(arguments) ended with status \(output.status): \(said)")
        }
        return output
    }

    /// Where the program is: in .build/venv/bin (which scripts/test makes for python3), or in PATH.
    private func executable() throws -> URL {
        let environment = PackageFolder.root.appending(path: ".build/venv/bin").path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in [environment] + path.split(separator: ":").map(String.init) {
            let candidate = folder + "/" + name
            if FileManager.default.isExecutableFile(atPath: candidate) { return URL(filePath: candidate) }
        }
        throw Failure(description: "\(name) is not there; install it: apt-get install \(package) (scripts/test does)")
    }
}
