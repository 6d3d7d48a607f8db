import Foundation
import TestSupport
import Testing

/// A run over some hundred files that somebody stops.
@Suite struct InterruptionTests {
    private static let count = 200

    private struct Crowd {
        let workshop: Workshop
        var outputs: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: workshop.out)) ?? []).filter { $0.hasSuffix(".pfx") }
        }
        var leftovers: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: workshop.out)) ?? []).filter { $0.hasSuffix(".tmp") }
        }

        /// - Parameter slow: how many files there are that take a second each; they come last.
        init(quick: Int = InterruptionTests.count, slow: Int = 0) throws {
            workshop = try Workshop()
            for (name, count, vector) in [
                ("server", quick, "key-rsa-1024"), ("slow", slow, "openssl-iterations-600000"),
            ] {
                let bytes = try Vectors.named(vector).bytes
                for index in 0..<count { try workshop.folder.write(bytes, to: "in/\(name)\(index).pfx") }
            }
        }

        var arguments: [String] {
            [
                "convert", workshop.folder.path("in"), "--out", workshop.out, "--json", "--password",
                workshop.password, "--output-password", workshop.password,
            ]
        }

        /// Starts a run and waits until it has made a few outputs.
        func startAndWaitForOutputs() throws -> RunningProcess {
            let process = try Recapi.start(arguments)
            try process.wait { outputs.count >= 5 }
            return process
        }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func firstSignalFinishesTheFilesInHand(
        signal: Int32, status: Int32
    ) throws {
        let (crowd, stopped) = try interrupted(by: signal)
        #expect(stopped.status == status)
        #expect(stopped.errorText.contains("finishing the files in hand"))

        let manifest = try JSONDocument(contentsOf: crowd.workshop.folder.path("out/manifest.json"))
        let items = manifest["items"].array
        #expect(items.count == Self.count)
        let converted = items.filter { $0["status"].string == "converted" }
        let failed = items.filter { $0["status"].string == "failed" }
        #expect(converted.count >= 5 && converted.count < Self.count)
        #expect(failed.count == Self.count - converted.count)
        #expect(failed.allSatisfy { $0["error"]["code"].string == "interrupted" })
        #expect(crowd.outputs.count == converted.count)
        #expect(crowd.leftovers.isEmpty)

        let forecast = try Recapi.run(crowd.arguments + ["--dry-run"])
        #expect(try JSONDocument(forecast.standardOutput)["counts"]["interrupted"].int == failed.count)
        let next = try Recapi.run(crowd.arguments)
        #expect(next.status == 0)
        let summary = try JSONDocument(next.standardOutput)
        #expect(summary["unchanged"].int == converted.count)
        #expect(summary["converted"].int == Self.count - converted.count)
    }

    /// A run that was stopped in the midst of its files. One that was done before its signal came is none.
    private func interrupted(by signal: Int32) throws -> (Crowd, Recapi.Output) {
        for _ in 0..<10 {
            let crowd = try Crowd()
            let process = try crowd.startAndWaitForOutputs()
            process.signal(signal)
            let output = try process.wait()
            if output.status != 0 { return (crowd, output) }
        }
        throw TestFailure(description: "ten runs came to their ends before, or in spite of, a signal")
    }

    @Test func secondSignalStopsAtOnceAndHarmsNothing() throws {
        // A run that is done with the files in hand before the second signal comes keeps them: they have to take a while.
        // Some of the slow ones share a worker's hands with the quick ones, and are done when those are.
        let crowd = try Crowd(quick: 5, slow: 20)
        let process = try crowd.startAndWaitForOutputs()
        process.signal(SIGTERM)
        try process.wait { process.errorText.contains("once more to stop at once") }
        process.signal(SIGTERM)
        #expect(try process.wait().status == 128 + SIGTERM)
        let next = try Recapi.run(crowd.arguments)
        #expect(next.status == 0)
        #expect(crowd.outputs.count == 25)
        #expect(crowd.leftovers.isEmpty)
        // As if it had never been stopped.
        #expect(try JSONDocument(next.standardOutput)["converted"].int == 25)
    }

    @Test func nohupKeepsItsWord() throws {
        let crowd = try Crowd()
        let process = try Recapi.start(
            [Recapi.executable] + crowd.arguments, setting: .init(executable: "/usr/bin/nohup"))
        try process.wait { !crowd.outputs.isEmpty }
        process.signal(SIGHUP)
        #expect(try process.wait().status == 0)
        #expect(crowd.outputs.count == Self.count)
    }
}
