import Foundation
import TestSupport

@testable import Pipeline

/// pipeline.json.
struct PipelineTarget: FuzzTarget {
    let name = "pipeline"

    func run(_ input: [UInt8]) {
        do {
            let configuration = try PipelineConfiguration(json: input, relativeTo: Self.folder)
            checkCanonical(configuration)
        } catch {
            require(error.code == .configurationInvalid, "a configuration ends in \(error)")
        }
    }

    func seeds() throws -> [(name: String, input: [UInt8])] {
        let own = try Data(contentsOf: PackageFolder.root.appending(path: "pipeline.json"))
        let everything = Array(Self.everything.utf8)
        _ = try PipelineConfiguration(json: everything, relativeTo: Self.folder)
        return [("pipeline.json", Array(own)), ("everything.json", everything)]
    }

    /// The canonical form reads as the same configuration, whose canonical form it is.
    private func checkCanonical(_ configuration: PipelineConfiguration) {
        do {
            let canonical = try configuration.absolute.canonicalJSON()
            let again = try PipelineConfiguration(json: canonical, relativeTo: Self.folder).absolute.canonicalJSON()
            require(
                again == canonical, "its canonical form is another's: \(String(decoding: canonical, as: UTF8.self))")
        } catch {
            fatalError("a configuration that reads has a canonical form that does not: \(error)")
        }
    }

    private static let folder = FilePath("/srv/pfx")

    /// Every key that there is.
    private static let everything = """
        {"$schema": "pipeline.schema.json", "version": 1,
         "inputs": [
          {"site": "Hamburg", "path": "hamburg", "match": ["*.pfx", "[a-c]?.p12"], "recursive": false,
           "password": ["file:secret", "env:PFX", "fd:3", "cred:pfx", "cmd:pass show pfx", "empty"],
           "outputPassword": "env:OUT"},
          {"site": "München", "list": "files.txt", "password": "prompt"},
          {"site": "HSM", "token": "pkcs11:token=a;object=b%20c", "pin": "env:PIN", "module": "softhsm2.so",
           "caCertificates": "ca", "export": ["shrouded", "wrapped", "read"]}],
         "providers": ["openssl", "gnutls"], "isolate": ["pkcs11"], "distribute": "prefer", "verify": "all",
         "profile": {"name": "rsa-aes", "keySpec": "signature", "machineKeySet": "set", "encryption": "aes256-sha256"},
         "unchanged": "rewrite", "allowMissingMAC": true,
         "output": {"directory": "out", "name": "{site}/{name}.pfx", "password": "env:OUT", "overwrite": "replace"},
         "manifest": "out/manifest.json", "jobs": 8, "jobsPerToken": 2,
         "limits": {"fileBytes": 1000000, "nesting": 20, "bags": 10, "iterations": 100000, "totalIterations": 1000000,
          "saltBytes": 64}}
        """
}
