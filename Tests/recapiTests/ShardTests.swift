import Foundation
import TestSupport
import Testing

/// Shares of a pipeline, as an engine on several machines runs them.
@Suite struct ShardTests {
    /// A pipeline over copies of one file.
    private struct Crowd {
        let workshop: Workshop
        let pipeline: String

        /// - Parameter password: where that of the files comes from, by the folder that they are in.
        init(_ count: Int, password: (TemporaryFolder) throws -> String = { _ in "file:password" }) throws {
            workshop = try Workshop()
            let password = try password(workshop.folder)
            let bytes = try Vectors.named("key-rsa-1024").bytes
            for index in 0..<count { try workshop.folder.write(bytes, to: "in/server\(index).pfx") }
            let text = """
                {"version": 1, "inputs": [{"site": "site", "path": "in", "password": "\(password)"}], "jobs": 1,
                 "output": {"directory": "out", "password": "file:password"}}
                """
            pipeline = try workshop.folder.write(Array(text.utf8), to: "pipeline.json")
        }

        var outputs: [String] { names("out/site").filter { $0.hasSuffix(".pfx") } }
        func names(_ folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: workshop.folder.path(folder))) ?? []
        }

        func merge(_ options: String...) throws -> (status: Int32, report: JSONDocument) {
            let output = try Recapi.run(["merge", "--inputs", pipeline, "--json"] + options)
            return (output.status, try JSONDocument(output.standardOutput))
        }

        /// Whether each record of the merged manifest has the digest of what is there, by sha256sum.
        func expectOutputsAsRecorded(_ count: Int) throws {
            let items = try JSONDocument(contentsOf: workshop.out + "/manifest.json")["items"].array
            #expect(items.count == count && Set(items.compactMap { $0["output"].string }).count == count)
            let list = items.map { "\(($0["outputSHA256"].string ?? "").lowercased())  \($0["output"].string ?? "")" }
            let path = try workshop.folder.write(Array(list.joined(separator: "\n").utf8), to: "list")
            let check = #"cd "$1" && sha256sum --check --quiet "$2""#
            _ = try ExternalTool(name: "bash", package: "bash").check(["-c", check, "bash", workshop.out, path])
            #expect(outputs.count == count && names("out/site").count == count)
        }
    }

    /// As an engine does after it lost sight of a node: both attempts are alive, and salts make their outputs differ.
    @Test func twoAttemptsAtOneShareMakeOneOutputOfEach() throws {
        let count = 80
        let crowd = try Crowd(count)
        let attempts = try (0..<3).map { _ in try Recapi.start(["run", crowd.pipeline, "--shard", "0/1", "--json"]) }
        let ends = try attempts.map { try $0.wait() }
        #expect(ends.map(\.status) == [0, 0, 0])
        let converted = try ends.map { try JSONDocument($0.standardOutput)["converted"].int ?? 0 }
        #expect(converted.reduce(0, +) == count, "\(converted)")
        let (status, report) = try crowd.merge()
        #expect(status == 0 && report["summary"]["converted"].int == count && report["doubled"].int == 2 * count)
        try crowd.expectOutputsAsRecorded(count)
        let verified = try Recapi.run(
            "verify", crowd.workshop.out + "/manifest.json", "--password", crowd.workshop.password, "--json")
        #expect(try verified.status == 0 && JSONDocument(verified.standardOutput)["verified"].int == count)
    }

    /// Like above, where both replace what an earlier campaign made.
    @Test func twoAttemptsThatReplaceMakeOneOutputOfEach() throws {
        let count = 40
        let crowd = try Crowd(count)
        #expect(try Recapi.run("run", crowd.pipeline, "--shard", "0/1").status == 0)
        #expect(try crowd.merge("--clear").status == 0)
        let bytes = try Vectors.named("key-rsa-512").bytes
        for index in 0..<count { try crowd.workshop.folder.write(bytes, to: "in/server\(index).pfx") }
        let attempts = try (0..<3).map { _ in try Recapi.start(["run", crowd.pipeline, "--shard", "0/1", "--json"]) }
        let ends = try attempts.map { try $0.wait() }
        #expect(ends.map(\.status) == [0, 0, 0])
        let converted = try ends.map { try JSONDocument($0.standardOutput)["converted"].int ?? 0 }
        #expect(converted.reduce(0, +) == count, "\(converted)")
        #expect(try crowd.merge().status == 0)
        try crowd.expectOutputsAsRecorded(count)
    }

    @Test func anInterruptedShareAsksToBeTriedAgainUntilItIsEnough() throws {
        // Each run waits for a password until its signal has come, so that none is done before that.
        let crowd = try Crowd(3) { folder in
            let script = """
                touch \(folder.path("asked"))
                until [ -e \(folder.path("go")) ]; do sleep 0.05; done
                cat \(folder.path("password"))
                """
            return "cmd:sh \(try folder.write(Array(script.utf8), to: "password.sh"))"
        }
        let folder = crowd.workshop.folder
        func interrupted(_ environment: [String: String]) throws -> Recapi.Output {
            for name in ["asked", "go"] { unlink(folder.path(name)) }
            let process = try Recapi.start(
                ["run", crowd.pipeline, "--shard", "0/1", "--retries", "3"], setting: .init(environment: environment))
            try process.wait { access(folder.path("asked"), F_OK) == 0 }
            process.signal(SIGTERM)
            try process.wait { process.errorText.contains("once more to stop at once") }
            try folder.write([], to: "go")
            return try process.wait()
        }
        #expect(try interrupted([:]).status == 75)
        #expect(try interrupted(["SLURM_RESTART_COUNT": "2"]).status == 75)
        let last = try interrupted(["SLURM_RESTART_COUNT": "3"])
        #expect(last.status == 128 + SIGTERM && last.errorText.contains("is given up"))
        #expect(try crowd.merge().status == 1)
        #expect(try Recapi.run("run", crowd.pipeline, "--shard", "0/1").status == 0)
        #expect(try crowd.merge("--clear").status == 0)
        #expect(crowd.names("out/manifest.shards").isEmpty)
    }

    @Test func aMergeAsksToBeTriedAgainUntilItIsEnough() throws {
        let crowd = try Crowd(1)
        #expect(try Recapi.run("run", crowd.pipeline, "--shard", "0/1").status == 0)
        let folder = open(crowd.workshop.out, O_RDONLY)
        defer { close(folder) }
        // As a run over all inputs does.
        #expect(flock(folder, LOCK_EX) == 0)
        func merge(_ restarts: String) throws -> Int32 {
            let setting = Recapi.Setting(environment: ["SLURM_RESTART_COUNT": restarts])
            return try Recapi.run("merge", "--inputs", crowd.pipeline, setting: setting).status
        }
        #expect(try merge("0") == 75)
        #expect(try merge("5") == 1)
        #expect(flock(folder, LOCK_UN) == 0)
        #expect(try merge("5") == 0)
    }

    @Test func aKilledShareIsTakenUpAndItsTemporaryFilesGo() throws {
        let crowd = try Crowd(300)
        for _ in 0..<4 {
            let before = crowd.outputs.count
            let process = try Recapi.start(["run", crowd.pipeline, "--shard", "0/1"])
            try process.wait { crowd.outputs.count >= before + 8 }
            process.signal(SIGKILL)
            #expect(try process.wait().status == -SIGKILL)
        }
        // Its journals are no manifests.
        #expect(try Recapi.run("merge", "--inputs", crowd.pipeline).status == 1)
        let last = try Recapi.run("run", crowd.pipeline, "--shard", "0/1", "--json")
        #expect(last.status == 0)
        // What the attempts that died had made counts as made, but for what they had not come to record.
        let converted = try #require(JSONDocument(last.standardOutput)["converted"].int)
        #expect((280...300).contains(converted), "\(converted)")
        #expect(crowd.names("out/manifest.shards").count == 1)
        #expect(try crowd.merge().status == 0)
        try crowd.expectOutputsAsRecorded(300)
    }

    @Test func mergeSaysWhatIsMissingAndTheSharesOfIt() throws {
        let crowd = try Crowd(30)
        for index in [0, 2] { #expect(try Recapi.run("run", crowd.pipeline, "--shard", "\(index)/3").status == 0) }
        let text = try Recapi.run(
            "merge", crowd.workshop.folder.path("out/manifest.shards"), "--inputs", crowd.pipeline)
        #expect(text.status == 3 && text.text.contains("run again: --shard 1/3\n"))
        let environment = [
            "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0",
            "SLURM_ARRAY_TASK_MAX": "2",
        ]
        let last = try Recapi.run("run", crowd.pipeline, setting: .init(environment: environment))
        #expect(last.status == 0 && last.errorText.contains("share 1/3, as SLURM_ARRAY_TASK_ID"))
        let (status, report) = try crowd.merge("--clear")
        #expect(status == 0 && report["missing"].array.isEmpty)
        try crowd.expectOutputsAsRecorded(30)
        #expect(try Recapi.run("status", crowd.pipeline).status == 1)
    }

    @Test func sharesThatAreNoneAreUsageAndThoseLeftOpenConfiguration() throws {
        let crowd = try Crowd(1)
        for shard in ["3/3", "1", "x", "-1/2"] {
            #expect(try Recapi.run("run", crowd.pipeline, "--shard=\(shard)").status == 64)
        }
        let index = Recapi.Setting(environment: ["JOB_COMPLETION_INDEX": "0"])
        #expect(try Recapi.run("run", crowd.pipeline, setting: index).status == 78)
        #expect(try Recapi.run("merge", "--inputs", crowd.pipeline).status == 1)
        #expect(try Recapi.run("run", crowd.pipeline, "--shard", "none", setting: index).status == 0)
        #expect(crowd.names("out").contains("manifest.json"))
        // What a run over all inputs has recorded holds as well.
        #expect(try crowd.merge().report["asBefore"].int == 1)
    }
}
