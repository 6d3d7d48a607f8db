import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// What Prometheus' own parser reads from the metrics.
@Suite struct MetricsTests {
    private struct Samples {
        /// By name, labels besides `manifest` as `name=value,…`.
        var values: [String: [String: Double]] = [:]
        var manifests: Set<String> = []
        var types: [String: String] = [:]

        init(_ text: String) throws {
            #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
            let script = """
                from prometheus_client.parser import text_string_to_metric_families as parse
                families = list(parse(sys.stdin.buffer.read().decode()))
                json.dump([[f.name, f.type, bool(f.documentation), [[s.labels, s.value] for s in f.samples]] for f in families], sys.stdout)
                """
            let families = try #require(try python(script, text) as? [[Any]])
            for family in families {
                let name = try #require(family[0] as? String)
                types[name] = family[1] as? String
                #expect(family[2] as? Bool == true)
                for sample in try #require(family[3] as? [[Any]]) {
                    var labels = try #require(sample[0] as? [String: String])
                    manifests.insert(labels.removeValue(forKey: "manifest") ?? "none")
                    let key = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
                    values[name, default: [:]][key] = sample[1] as? Double
                }
            }
        }
    }

    private func metrics(_ manifest: Manifest?, exitCode: Int32 = 3, path: String = "/out/manifest.json") -> RunMetrics
    {
        RunMetrics(
            manifestPath: path, version: "0.1.0", start: "2026-11-24T02:00:03.120Z", end: "2026-11-24T02:04:41.982Z",
            exitCode: exitCode, manifest: manifest)
    }

    @Test func saysWhatTheManifestSays() throws {
        let samples = try Samples(metrics(Fixture.ordinary).text(earlier: nil))
        #expect(samples.manifests == ["/out/manifest.json"])
        #expect(samples.types.values.allSatisfy { $0 == "gauge" } && samples.types.count == 10)
        #expect(samples.values["recapi_build_info"] == ["version=0.1.0": 1])
        #expect(
            samples.values["recapi_items"] == [
                "result=converted,site=berlin": 1, "result=unchanged,site=berlin": 1, "result=failed,site=berlin": 1,
                "result=converted,site=paris": 1, "result=unchanged,site=paris": 0, "result=failed,site=paris": 1,
                "result=converted,site=tokyo": 0, "result=unchanged,site=tokyo": 0, "result=failed,site=tokyo": 1,
            ])
        #expect(samples.values["recapi_sources_gone"] == ["site=berlin": 0, "site=paris": 0, "site=tokyo": 0])
        #expect(
            samples.values["recapi_failures"] == [
                "code=wrongPassword,site=berlin": 1, "code=wrongPassword,site=paris": 1,
                "code=verificationMismatch,site=tokyo": 1,
            ])
        #expect(samples.values["recapi_verification_mismatches"] == ["": 1])
        // From `date -u -d … +%s`.
        #expect(
            samples.values["recapi_soonest_expiry_timestamp_seconds"] == [
                "site=berlin": 1_793_491_200, "site=paris": 1_811_808_000,
            ])
        #expect(samples.values["recapi_last_run_timestamp_seconds"] == ["": 1_795_485_881.982])
        #expect(samples.values["recapi_last_run_duration_seconds"] == ["": 278.862])
        #expect(samples.values["recapi_last_run_exit_code"] == ["": 3])
    }

    @Test func saysWhichSitesMissSources() throws {
        var manifest = Fixture.ordinary
        manifest.itemsGone = manifest.items.filter { $0.site == "berlin" }
        manifest.itemsGone?[0].site = "rome"
        let samples = try Samples(metrics(manifest).text(earlier: nil))
        #expect(
            samples.values["recapi_sources_gone"] == [
                "site=berlin": 2, "site=paris": 0, "site=rome": 1, "site=tokyo": 0,
            ])
    }

    @Test func lastSuccessOutlivesFailures() throws {
        let name = "recapi_last_success_timestamp_seconds"
        let never = metrics(Fixture.ordinary).text(earlier: nil)
        #expect(try Samples(never).values[name] == ["": 0])
        let success = metrics(Fixture.ordinary, exitCode: 0).text(earlier: Array(never.utf8))
        #expect(try Samples(success).values[name] == ["": 1_795_485_881.982])
        var later = metrics(Fixture.ordinary)
        later.end = "2026-11-25T02:00:00.000Z"
        let failed = later.text(earlier: Array(success.utf8))
        #expect(try Samples(failed).values[name] == ["": 1_795_485_881.982])
        later.manifest = nil
        let broken = try Samples(later.text(earlier: Array(failed.utf8)))
        #expect(broken.values[name] == ["": 1_795_485_881.982])
        #expect(broken.values["recapi_items"] == nil)
        #expect(broken.values["recapi_last_run_timestamp_seconds"] == ["": 1_795_572_000])
    }

    @Test func labelsSurviveWhatTheyHold() throws {
        let site = "a\\b\"c\nd\\n é 木 }{,= \r\n end"
        let path = "/out/\"quoted\" \\ 12 0/manifest.json"
        let text = metrics(Fixture.manifest([Fixture.item(site, "/in/a.pfx")]), exitCode: 0, path: path).text(
            earlier: nil)
        let samples = try Samples(text)
        #expect(samples.manifests == [path])
        #expect(samples.values["recapi_items"]?["result=converted,site=\(site)"] == 1)
        let labels = [(name: "manifest", value: path)]
        #expect(
            ExpositionText(commonLabels: labels).earlierValue(RunMetrics.lastSuccess, in: Array(text.utf8))
                == 1_795_485_881.982)
        #expect(
            ExpositionText(commonLabels: [("manifest", path + "2")])
                .earlierValue(RunMetrics.lastSuccess, in: Array(text.utf8)) == nil, "another pipeline's")
    }

    @Test func earlierFileThatIsDamagedIsNoReasonToStop() {
        for text in [
            "", "recapi_last_success_timestamp_seconds{", "recapi_last_success_timestamp_seconds{} x", "\u{0}",
        ] {
            #expect(
                ExpositionText(commonLabels: []).earlierValue(RunMetrics.lastSuccess, in: Array(text.utf8)) == nil)
        }
    }
}
