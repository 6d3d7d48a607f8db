import ArgumentParser
import Pipeline
import Reports

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make a page for people of manifests that are there.",
        discussion: """
            The page holds everything in itself and fetches nothing. What certificates have left is counted from the moment \
            that it is made. It replaces an earlier report, and nothing else.
            """)

    @Argument(help: "The manifests of one or more runs.")
    var manifests: [String]

    @Option(name: .customLong("out"), help: ArgumentHelp("Where the page goes.", valueName: "file"))
    var output: String

    func validate() throws {
        try PathCheck.check(manifests, "a manifest's path")
        try PathCheck.check([output], "--out")
    }

    func run() throws {
        try ExitStatus.reporting {
            let file = ReportFile(.html, at: output)
            try file.earlier()
            let runs = try manifests.map { path in
                HTMLReport.Run(
                    manifest: try Manifest.read(from: FilePath(path)),
                    path: FilePath.workingFolder().appending(FilePath(path)).text)
            }
            try file.write(HTMLReport(runs, version: recapiVersion).text())
            Terminal.result(file.path.text.printable)
        }
    }
}
