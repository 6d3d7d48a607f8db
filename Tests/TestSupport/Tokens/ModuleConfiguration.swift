import Foundation
import Providers

/// Modules that p11-kit is configured with, besides those of the system, for hosts that are started by ``host``.
///
/// p11-kit reads a user's configuration, but not as root: so a host is told that it is somebody else.
public final class ModuleConfiguration: Sendable {
    /// The program to host providers with (``Isolation/hostPath``).
    public let host: String
    private let folder: TemporaryFolder

    /// - Parameter modules: paths by their names.
    public init(_ modules: [String: String]) throws {
        folder = try TemporaryFolder()
        let configuration = folder.path("pkcs11/modules")
        try FileManager.default.createDirectory(atPath: configuration, withIntermediateDirectories: true)
        for (name, path) in modules {
            try folder.write("module: \(path)\n".utf8, to: "pkcs11/modules/\(name).module")
        }
        try folder.write("unsigned getuid(void) { return 1000; }\n".utf8, to: "user.c")
        try ExternalTool(name: "cc", package: "gcc").check(
            ["-shared", "-fPIC", "-o", folder.path("user.so"), folder.path("user.c")])
        let name = "recapi-provider-host"
        guard
            let real = ProviderLoader.defaultFolders().map({ "\($0)/\(name)" })
                .first(where: FileManager.default.isExecutableFile)
        else { throw ExternalTool.Failure(description: "\(name) is not beside the tests") }
        host = folder.path("host")
        let script = """
            #!/bin/sh
            LD_PRELOAD=\(folder.path("user.so")) XDG_CONFIG_HOME=\(folder.path) exec \(real) "$@"

            """
        try folder.writeProgram(Array(script.utf8), to: "host")
    }
}
