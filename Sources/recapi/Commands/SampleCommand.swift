import ArgumentParser
import PKCS12
import Pipeline
import Providers

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make a folder of PFX files as Windows exports them from CNG.",
        discussion: """
            Makes a folder for each site, with PFX files whose keys are under Microsoft Software Key Storage Provider, \
            a folder of passwords, and a pipeline.json that converts them. The keys are for trying things out only.
            """)

    @Argument(help: "The folder to make; it must not exist.")
    var directory: String

    @Option(name: .customLong("site"), help: "A site; give one option for each.")
    var sites: [String] = ["berlin", "paris", "tokyo"]

    @Option(help: "Files for each site.")
    var count = 4

    @Option(help: "Bits of each key.")
    var keyBits = 2048

    @Option(help: "Different keys to make; files beyond that share them, since making keys takes long.")
    var keys = 12

    @Flag(help: "Add files that cannot be converted: one that is cut short, and one with another password.")
    var broken = false

    func validate() throws {
        try PathCheck.check([directory], "the folder's path")
        guard (1...100_000).contains(count), (1...count * sites.count).contains(min(keys, count * sites.count)) else {
            throw ValidationError("--count and --keys take numbers from 1 on (--count up to 100000).")
        }
        guard keyBits.isMultiple(of: 8), (1024...16384).contains(keyBits) else {
            throw ValidationError("--key-bits takes a multiple of 8 from 1024 to 16384.")
        }
        let isPlain = { (site: String) in
            !site.isEmpty && site.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        }
        guard !sites.isEmpty, Set(sites).count == sites.count, sites.allSatisfy(isPlain), !sites.contains("passwords")
        else {
            throw ValidationError("--site takes different names of letters, digits and hyphens.")
        }
    }

    func run() throws {
        try ExitStatus.reporting {
            try SampleFolder(
                path: FilePath.workingFolder().appending(directory), sites: sites, count: count, keyBits: keyBits,
                keyCount: min(keys, count * sites.count), broken: broken,
                crypto: try Installed.sealer(of: Installed.providers()).crypto
            ).make()
        }
        Terminal.message(
            "made \(count * sites.count + (broken ? 2 : 0)) PFX files for \(sites.joined(separator: ", ")) in \(directory)"
        )
        Terminal.message(
            "convert them with: recapi run \(directory.hasSuffix("/") ? directory : directory + "/")pipeline.json")
    }
}
