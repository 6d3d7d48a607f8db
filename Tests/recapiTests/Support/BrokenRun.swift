import Foundation
import TestSupport

/// A pipeline of two sites, berlin and paris, with a fault that hits berlin only.
///
/// What happens while the run goes on is done by the program of a `cmd:` password source: recapi starts it after it has
/// listed its files, and before it reads the first one. What is left running in the background goes on beside the work.
struct BrokenRun {
    static let vector = Vectors.named("key-rsa-1024")
    let workshop: Workshop
    /// The names of paris' files, which have to come out right whatever happens.
    let others = ["a.pfx", "b.pfx", "c.pfx", "d.pfx"]
    private let expected: Facts

    /// What openssl reads from a file.
    private struct Facts: Equatable {
        let fingerprint: String
        let privateExponent: [UInt8]

        init(_ path: String, password: String) throws {
            fingerprint = try OpenSSLReading.fingerprint(path, password: password)
            privateExponent = try OpenSSLReading.privateExponent(path, password: password)
        }
    }

    /// - Parameters:
    ///   - files: the names of berlin's files.
    ///   - meanwhile: shell commands, in the folder that has `in` and `out`; `$PPID` is recapi.
    init(files: [String], meanwhile: String = "true") throws {
        workshop = try Workshop()
        expected = try Facts(Self.vector.path, password: "pass:" + Self.vector.password)
        let bytes = try Self.vector.bytes
        for name in files { try workshop.folder.write(bytes, to: "in/berlin/" + name) }
        for name in others { try workshop.folder.write(bytes, to: "in/paris/" + name) }
        // As after the first of many nights, so that the output folder is there when passwords are asked for.
        try FileManager.default.createDirectory(atPath: workshop.out, withIntermediateDirectories: true)
        try change(meanwhile)
        let inputs = ["berlin", "paris"].map {
            #"{"site": "\#($0)", "path": "in/\#($0)", "password": "cmd:\#(path("meanwhile"))"}"#
        }
        try workshop.folder.write(
            """
            {"version": 1, "inputs": [\(inputs.joined(separator: ", "))],
             "output": {"directory": "out", "password": "\(workshop.password)"}}
            """.utf8, to: "pipeline.json")
    }

    /// Has something else happen during the next run.
    func change(_ meanwhile: String) throws {
        try workshop.folder.writeProgram(
            """
            #!/bin/bash
            cd \(workshop.folder.path)
            {
            \(meanwhile)
            } > log 2>&1
            echo \(Self.vector.password)

            """.utf8, to: "meanwhile")
    }

    func path(_ name: String) -> String { workshop.folder.path(name) }

    func run(_ options: String..., setting: Recapi.Setting = .init()) throws -> Recapi.Output {
        try Recapi.run(["run", path("pipeline.json")] + options, setting: setting)
    }

    /// The manifest's items of a site, by the names of their sources.
    func items(_ site: String) throws -> [String: JSONDocument] {
        let items = try JSONDocument(contentsOf: path("out/manifest.json"))["items"].array
        return Dictionary(
            uniqueKeysWithValues: items.filter { $0["site"].string == site }.map {
                ((($0["source"].string ?? "") as NSString).lastPathComponent, $0)
            })
    }

    /// How often each code, or each status without one, is in the manifest.
    func counts(_ site: String) throws -> [String: Int] {
        try items(site).values.reduce(into: [:]) {
            $0[$1["error"]["code"].string ?? $1["status"].string ?? "", default: 0] += 1
        }
    }

    /// What is in an output folder, hidden files as well.
    func outputs(_ site: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path("out/" + site))) ?? []).sorted()
    }

    /// Whether openssl finds the source's certificate and key in an output.
    func isRight(_ output: String) -> Bool {
        (try? Facts(path("out/" + output), password: workshop.password)) == expected
    }

    /// Whether paris' files all are done and right, and its folder has nothing else.
    func othersAreRight() throws -> Bool {
        let items = try items("paris")
        return items.count == others.count
            && items.values.allSatisfy { ["converted", "unchanged"].contains($0["status"].string) }
            && outputs("paris") == others && others.allSatisfy { isRight("paris/" + $0) }
    }

    /// Whether berlin's outputs are those that the manifest says are there, and right.
    func outputsAreAsRecorded() throws -> Bool {
        let recorded = try items("berlin").filter { $0.value["output"].string != nil }.keys.sorted()
        return outputs("berlin") == recorded && recorded.allSatisfy { isRight("berlin/" + $0) }
    }
}
