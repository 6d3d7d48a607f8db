import ArgumentParser
import PKCS12
import Pipeline
import Reports

/// Files that a run writes for others to watch it by.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write metrics of the run, for the textfile collector of Prometheus' node exporter.", valueName: "file"))
    var metricsFile: String?

    @Option(help: ArgumentHelp("Write the items as test cases, in JUnit XML.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Write a page for people, in HTML.", valueName: "file"))
    var report: String?

    func validate() throws {
        let options = [("--metrics-file", metricsFile), ("--junit", junit), ("--report", report)]
        for (name, path) in options { try PathCheck.check([path].compactMap(\.self), name) }
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

    /// Writes the reports of a run that came to a manifest, each of them whatever becomes of the others.
    ///
    /// - Parameter exitCode: what the process will end with.
    /// - Returns: whether all could be written; what could not was said.
    func write(_ result: RunResult, exitCode: Int32, _ circumstances: Circumstances) -> Bool {
        guard !files.isEmpty else { return true }
        var manifest: Manifest?
        guard Self.succeeds({ manifest = try Manifest.read(from: result.manifest) }), let manifest else { return false }
        let page = HTMLReport([.init(manifest: manifest, path: result.manifest.text)], version: recapiVersion)
        let successes = [
            Self.succeeds { try writeMetrics(circumstances, exitCode, manifest) },
            Self.succeeds { try junitFile?.write(JUnitDocument(manifest).text) },
            Self.succeeds { try self.page?.write(page.text()) },
        ]
        return successes.allSatisfy(\.self)
    }

    /// Writes what can be told of a run that an error kept from coming to a manifest. Where another run is at work, that one
    /// has its reports there.
    func write(_ error: any CodedError, _ circumstances: Circumstances) {
        if let error = error as? PipelineError, [.outputBusy, .outputExists].contains(error.code) { return }
        _ = Self.succeeds { try writeMetrics(circumstances, ExitStatus.code(for: error).rawValue, nil) }
        _ = Self.succeeds {
            try junitFile?.write(JUnitDocument(failure: .init(error), start: circumstances.start).text)
        }
    }

    private func writeMetrics(_ circumstances: Circumstances, _ exitCode: Int32, _ manifest: Manifest?) throws {
        guard let metrics, let path = circumstances.manifest else { return }
        let text = RunMetrics(
            manifestPath: path.text, version: recapiVersion, start: manifest?.run.start ?? circumstances.start,
            end: manifest?.run.end ?? timestamp(), exitCode: exitCode, manifest: manifest
        ).text(earlier: try metrics.earlier())
        try metrics.write(text)
    }

    /// - Returns: false where an error kept it from being done, which was said.
    private static func succeeds(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch let error as any CodedError {
            Terminal.error(error)
        } catch {
            Terminal.error(
                PipelineError(.unexpected, "a report cannot be made: an error of the type \(type(of: error))"))
        }
        return false
    }
}
