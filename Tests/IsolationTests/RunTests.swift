import Foundation
import PKCS12
import Pipeline
import Providers
import Reissue
import TestSupport
import Testing

/// Whole runs with a provider that fails on one file.
@Suite struct RunTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Files that convert, and bytes that only one of them has in what its MAC covers.
    private func makeInput(count: Int) throws -> (fatalName: String, fatalBytes: [UInt8]) {
        let vectors = Vectors.convertible.filter {
            ($0.iterations ?? .max) <= 2_048 && $0.mac != nil && $0.macPassword == nil && !$0.password.isEmpty
        }
        let fatal = try #require(vectors.first)
        let bytes = try fatal.bytes
        let fatalBytes = Array(bytes[bytes.count / 2..<bytes.count / 2 + 24])
        // Some vectors are others with bytes at their end.
        let usable = try vectors.filter { Data(try $0.bytes).range(of: Data(fatalBytes)) == nil }
        let passwords = Set(vectors.map(\.password)).sorted()
        for (index, password) in passwords.enumerated() {
            try folder.write(password.utf8, to: "passwords/\(index)")
            chmod(folder.path("passwords/\(index)"), 0o600)
        }
        for index in 0..<count {
            try folder.write(try usable[index % usable.count].bytes, to: "in/\(index + 1000).pfx")
        }
        try folder.write(bytes, to: "in/1050-fatal.pfx")
        return ("1050-fatal.pfx", fatalBytes)
    }

    private func configuration() throws -> PipelineConfiguration {
        let passwords = try FileManager.default.contentsOfDirectory(atPath: folder.path("passwords")).sorted()
        try folder.write("output".utf8, to: "output-password")
        chmod(folder.path("output-password"), 0o600)
        let text = """
            {"version": 1, "isolate": ["wrapped"], "jobs": 3,
             "inputs": [{"site": "s", "path": "in", "password": [\(passwords.map { "\"file:passwords/\($0)\"" }
                 .joined(separator: ", "))]}],
             "output": {"directory": "out", "password": "file:output-password"}}
            """
        try folder.write(text.utf8, to: "pipeline.json")
        return try PipelineConfiguration.read(from: FilePath(folder.path("pipeline.json")))
    }

    @Test(arguments: WrappedPlugin.Fate.allCases)
    func aFileThatEndsItsProviderFailsAloneAndTheRunGoesOn(fate: WrappedPlugin.Fate) throws {
        let (fatalName, fatalBytes) = try makeInput(count: 100)
        let plugin = try WrappedPlugin(fatalBytes: fatalBytes, fate: fate)
        let provider = try plugin.load { $0.timeLimit = .seconds(5) }
        let result = try PipelineRun.run(
            configuration: try configuration(), providers: [provider], tool: .init(name: "recapi", version: "test"))
        #expect(result.verdict == .someFailed)
        let manifest = try Manifest.read(from: result.manifest)
        #expect(manifest.items.count == 101)
        let failed = manifest.items.filter { $0.status == .failed }
        #expect(failed.map { ($0.source as NSString).lastPathComponent } == [fatalName])
        #expect(failed.first?.error?.code == (fate == .hang ? "providerTimedOut" : "providerCrashed"))
        #expect(manifest.items.count { $0.status == .converted } == 100)
        #expect(manifest.providers.map(\.isolated) == [true])
    }

    /// Nothing is known of the output then: it is not published, and it is no mismatch.
    @Test func aReaderThatCrashesFailsTheFile() throws {
        _ = try makeInput(count: 2)
        let plugin = try WrappedPlugin(fatalPassword: "output")
        let result = try PipelineRun.run(
            configuration: try configuration(), providers: [try plugin.load()],
            tool: .init(name: "recapi", version: "test"))
        #expect(result.verdict == .nothingDone)
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.map { $0.error?.code } == Array(repeating: "providerCrashed", count: 3))
        #expect(outputs().isEmpty)
    }

    @Test func aNameToIsolateThatIsNoProviderIsRefused() throws {
        _ = try makeInput(count: 1)
        #expect(
            errorCode {
                try PipelineRun.run(
                    configuration: try configuration(), providers: [InstalledProviders.openSSL],
                    tool: .init(name: "recapi", version: "test"))
            } == "providerNotFound")
    }

    @Test func aProviderThatIsNotWhereTheConfigurationWantsItIsRefused() throws {
        _ = try makeInput(count: 1)
        var configuration = try configuration()
        configuration.isolate = .all
        #expect(
            errorCode {
                try PipelineRun.run(
                    configuration: configuration, providers: [InstalledProviders.openSSL],
                    tool: .init(name: "recapi", version: "test"))
            } == "providerUnfit")
    }

    /// The command itself: it isolates what pipeline.json says, and takes its processes with it however it ends, even
    /// one that hangs in its plugin.
    @Test func noProcessOutlivesTheCommand() throws {
        let (_, fatalBytes) = try makeInput(count: 2)
        let plugin = try WrappedPlugin(fatalBytes: fatalBytes, fate: .hang)
        _ = try configuration()
        let process = Process()
        let beside = try #require(
            ProviderLoader.defaultFolders().first { FileManager.default.fileExists(atPath: $0 + "/recapi") })
        process.executableURL = URL(filePath: beside + "/recapi")
        process.arguments = ["run", folder.path("pipeline.json")]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["RECAPI_PROVIDER_PATH": plugin.folder.path]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        #expect(eventually { !plugin.processes().isEmpty })
        let processes = plugin.processes()
        // Both files that convert are done: what is left is the one that hangs.
        #expect(eventually { outputs().count >= 2 })
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(eventually { plugin.processes().isEmpty }, "\(processes)")
    }

    private func outputs() -> [String] {
        let names = FileManager.default.enumerator(atPath: folder.path("out"))?.allObjects as? [String] ?? []
        return names.filter { $0.hasSuffix(".pfx") }
    }
}
