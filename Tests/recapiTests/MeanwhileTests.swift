import Foundation
import TestSupport
import Testing

/// What others do to files and folders while a run goes on.
@Suite struct MeanwhileTests {
    private let files = (100..<250).map { "server\($0).pfx" }

    /// Moves a folder away as soon as there are some outputs of berlin in it, and then removes it, with what the run may still
    /// put into it.
    private func removing(_ folder: String) -> String {
        """
        (
            for i in $(seq 20000); do
                set -- out/berlin/*.pfx
                if (($# > 4)); then
                    mv \(folder) gone
                    while [[ -e gone ]]; do rm -rf gone; done
                    echo done > removed
                    break
                fi
                sleep 0.001
            done
        ) < /dev/null > /dev/null 2>&1 &
        """
    }

    /// Whether that has happened, maybe after the run.
    private func isRemoved(_ bench: BrokenRun) -> Bool {
        for _ in 0..<2_000 {
            if FileManager.default.fileExists(atPath: bench.path("removed")) { return true }
            usleep(10_000)
        }
        return false
    }

    @Test func anOutputFolderThatIsRemovedIsMadeAnew() throws {
        let bench = try BrokenRun(files: files, meanwhile: removing("out/berlin"))
        let run = try bench.run()
        #expect(run.status == 0 || run.status == 3, "\(run.errorText)")
        #expect(isRemoved(bench))
        // Those on their way when the folder went fail; those that had been there are gone with it, as a look at it tells.
        let counts = try bench.counts("berlin")
        #expect((counts["converted"] ?? 0) + (counts["writeFailed"] ?? 0) == files.count)
        #expect(bench.outputs("berlin").allSatisfy { bench.isRight("berlin/" + $0) })
        #expect(try bench.othersAreRight())
        let there = bench.outputs("berlin").count
        #expect(there < files.count)

        try bench.change("true")
        #expect(try bench.run().status == 0)
        #expect(try bench.counts("berlin") == ["converted": files.count - there, "unchanged": there])
        #expect(bench.outputs("berlin") == files)
    }

    /// With the journal in it, and the lock.
    @Test func theWholeOutputFolderThatIsRemovedIsNoLoss() throws {
        let bench = try BrokenRun(files: files, meanwhile: removing("out"))
        let run = try bench.run()
        #expect([0, 1, 3].contains(run.status), "\(run.errorText)")
        #expect(isRemoved(bench))
        for site in ["berlin", "paris"] {
            #expect(bench.outputs(site).allSatisfy { bench.isRight("\(site)/\($0)") })
        }
        try bench.change("true")
        let next = try bench.run()
        #expect(next.status == 0, "\(next.text) \(next.errorText)")
        #expect(bench.outputs("berlin") == files)
        #expect(try bench.othersAreRight())
    }

    @Test func anInputThatIsReplacedIsRecordedAsWhatWasRead() throws {
        let other = Vectors.named("key-rsa-3072")
        let bench = try BrokenRun(
            files: ["kept.pfx", "replaced.pfx"],
            meanwhile: "cp \(other.path) in/berlin/new && mv in/berlin/new in/berlin/replaced.pfx")
        #expect(try bench.run().status == 0)
        let items = try bench.items("berlin")
        for (name, vector) in [("kept.pfx", BrokenRun.vector), ("replaced.pfx", other)] {
            let digest = try ExternalTool(name: "sha256sum", package: "coreutils").check([vector.path]).text
            #expect(items[name]?["sourceSHA256"].string == digest.prefix(64).uppercased())
            #expect(items[name]?["identities"][0]["thumbprint"].string == vector.keys.first?.thumbprint)
            #expect(
                try OpenSSLReading.fingerprint(bench.path("out/berlin/" + name), password: bench.workshop.password)
                    == OpenSSLReading.fingerprint(vector.path, password: "pass:" + vector.password))
        }
        #expect(try bench.othersAreRight())
    }

    @Test func whatBecomesOfAnInputIsItsOwnAffair() throws {
        let bench = try BrokenRun(
            files: ["cut.pfx", "fifo.pfx", "folder.pfx", "gone.pfx", "kept.pfx", "loop.pfx"],
            meanwhile: """
                cd in/berlin
                truncate -s 500 cut.pfx
                rm fifo.pfx folder.pfx gone.pfx loop.pfx
                mkfifo fifo.pfx; mkdir folder.pfx; ln -s loop.pfx loop.pfx
                """)
        #expect(try bench.run().status == 3)
        let codes = try bench.items("berlin").mapValues { $0["error"]["code"].string ?? "none" }
        #expect(
            codes == [
                "cut.pfx": "truncated", "fifo.pfx": "notARegularFile", "folder.pfx": "notARegularFile",
                "gone.pfx": "notFound", "kept.pfx": "none", "loop.pfx": "symlinkLoop",
            ])
        #expect(try bench.outputsAreAsRecorded())
        #expect(try bench.othersAreRight())
    }

    @Test func linksThatArePlantedAtOutputsNamesAreNotFollowed() throws {
        let bench = try BrokenRun(
            files: ["existing.pfx", "kept.pfx", "nowhere.pfx"],
            meanwhile: """
                echo precious > precious; mkdir -p out/berlin
                ln -s ../../precious out/berlin/existing.pfx; ln -s ../../nowhere out/berlin/nowhere.pfx
                """)
        #expect(try bench.run().status == 3)
        let codes = try bench.items("berlin").mapValues { $0["error"]["code"].string ?? "none" }
        #expect(codes == ["existing.pfx": "outputExists", "kept.pfx": "none", "nowhere.pfx": "outputExists"])
        #expect(try bench.workshop.folder.read("precious") == Array("precious\n".utf8))
        #expect(!FileManager.default.fileExists(atPath: bench.path("nowhere")))
        #expect(bench.isRight("berlin/kept.pfx"))
        #expect(try bench.othersAreRight())
    }
}
