import Foundation
import TestSupport

/// The recapi command that was built beside the tests, or a copy of it elsewhere.
struct Command {
    static let builtFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    let folder: URL
    /// Set for the command alone.
    var environment: [String: String] = [:]

    /// Runs the built command, which must end well.
    @discardableResult
    static func run(_ arguments: String...) throws -> ExternalTool.Output {
        try Command(folder: builtFolder).check(arguments)
    }

    func run(_ arguments: [String]) throws -> ExternalTool.Output {
        // What whoever runs the tests has set would bring other providers in.
        let settings = environment.merging(["RECAPI_PROVIDER_PATH": ""]) { own, _ in own }
        return try ExternalTool(name: "env", package: "coreutils").run(
            settings.map { "\($0)=\($1)" } + [folder.appending(path: "recapi").path] + arguments)
    }

    func check(_ arguments: [String]) throws -> ExternalTool.Output {
        let output = try run(arguments)
        guard output.status == 0 else {
            throw Failure(
                description: "recapi \(arguments) ended with status \(output.status): \(output.errorText)\(output.text)"
            )
        }
        return output
    }
}
