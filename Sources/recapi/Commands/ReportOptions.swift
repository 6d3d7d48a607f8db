import ArgumentParser
import PKCS12
import Pipeline
import Reports

/// Files that a run writes for others to watch it by.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write metrics of the run, for the textfile collector of Prometheus' node exporter, which reads *.prom.",
            valueName: "file"))
    var metricsFile: String?

    @Option(help: ArgumentHelp("Write the items as test cases, in JUnit XML.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Write a page for people, in HTML.", valueName: "file"))
    var report: String?

    func validate() throws {
        let options = [("--metrics-file", metricsFile), ("--junit", junit), ("--report", report)]
        for (name, path) in options { try PathCheck.check([path].compactMap(\.self), name) }
        guard metricsFile.map({ $0.hasSuffix(".prom") }) ?? true else {
            throw ValidationError("--metrics-file takes a name that ends in .prom: the collector reads no others.")
        }
        let paths = files.map(\.path)
        guard Set(paths).count == paths.count else {
            throw ValidationError("Two of --metrics-file, --junit and --report name one file.")
        }
    }

    private var files: [ReportFile] { [metrics, junitFile, page].compactMap(\.self) }
    private var metrics: ReportFile? { metricsFile.map { ReportFile(.metrics, at: $0) } }
    private var junitFile: ReportFile? { junit.map { ReportFile(.junit, at: $0) } }
    private var page: ReportFile? { report.map { ReportFile(.html, at: $0) } }

    /// Before anything is done: whether reports could take their places.
    ///
    /// - Throws: ``PipelineError`` `outputExists` where they would replace something else.
    func check() throws(PipelineError) {
        for file in files { try file.earlier() }
    }

    /// What was going on when reports are written.
    struct Circumstances {
        /// ISO 8601.
        var start = timestamp()
        /// Nil as long as no configuration says it.
        var manifest: FilePath?
    }

    var isWanted: Bool { !files.isEmpty }

    /// The manifest that a run wrote; nil where it cannot be read, which was said.
    func read(_ path: FilePath) -> Manifest? {
        var manifest: Manifest?
        _ = Self.succeeds { manifest = try Manifest.read(from: path) }
        return manifest
    }

    /// Writes the reports of a run that came to a manifest, but for the metrics, each whatever becomes of the others.
    ///
    /// - Returns: whether all could be written; what could not was said.
    func writeForPeople(_ manifest: Manifest, at path: FilePath) -> Bool {
        let page = HTMLReport([.init(manifest: manifest, path: path.text)], version: recapiVersion)
        let successes = [
            Self.succeeds { try junitFile?.write(JUnitDocument(manifest).text) },
            Self.succeeds { try self.page?.write(page.text()) },
        ]
        return successes.allSatisfy(\.self)
    }

    /// Writes what can be told of a run that an error kept from coming to a manifest. Where another run is at work, that one
    /// has its reports there.
    func write(_ error: any CodedError, exitCode: Int32, _ circumstances: Circumstances) {
        if let error = error as? PipelineError, [.outputBusy, .outputExists].contains(error.code) { return }
        _ = writeMetrics(nil, exitCode: exitCode, circumstances)
        _ = Self.succeeds {
            try junitFile?.write(JUnitDocument(failure: .init(error), start: circumstances.start).text)
        }
    }

    /// - Parameter exitCode: what the process will end with.
    /// - Returns: whether they could be written, where they are wanted; that they could not was said.
    func writeMetrics(_ manifest: Manifest?, exitCode: Int32, _ circumstances: Circumstances) -> Bool {
        guard let metrics, let path = circumstances.manifest else { return true }
        return Self.succeeds {
            let text = RunMetrics(
                manifestPath: path.text, version: recapiVersion, start: manifest?.run.start ?? circumstances.start,
                end: manifest?.run.end ?? timestamp(), exitCode: exitCode, manifest: manifest
            ).text(earlier: try metrics.earlier())
            try metrics.write(text)
        }
    }

    /// - Returns: false where an error kept it from being done, which was said.
    private static func succeeds(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            Terminal.error(whatever: error)
            return false
        }
    }
}
