import Foundation
import TestSupport
import Testing

/// What those who watch a run are told where something around it fails.
@Suite struct WatchedRunTests {
    private let sample: Sample

    init() throws {
        sample = try Sample()
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try sample.folder.read("x/" + name), as: UTF8.self)
    }

    private func metric(_ name: String) throws -> Substring? {
        try text("recapi.prom").split(separator: "\n").first { $0.hasPrefix(name + "{") }?.split(separator: " ").last
    }

    private func verify() throws -> Recapi.Output {
        try Recapi.run("verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
    }

    @Test func resultsThatNobodyTakesCostNeitherReportsNorSignature() throws {
        let signer = try Workshop.Signer(in: sample.folder, password: "seal it")
        let password = try sample.folder.write("seal it\n".utf8, to: "signer-password")
        chmod(password, 0o600)
        let run = try Recapi.run(
            [
                "run", sample.pipeline, "--metrics-file", sample.path("recapi.prom"), "--junit",
                sample.path("junit.xml"), "--sign", signer.file, "--sign-password", "file:" + password,
            ], setting: .init(output: "/dev/full"))
        #expect(run.status == 74)
        #expect(try metric("recapi_last_run_exit_code") == "74")
        #expect(try metric("recapi_last_success_timestamp_seconds") == "0")
        #expect(try text("junit.xml").contains(#"tests="4" failures="0""#))
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"), "--signer",
            signer.certificate)
        #expect(verified.status == 0, "\(verified.errorText)")
    }

    @Test func metricsKnowOfASignatureThatCannotBeWritten() throws {
        let signer = try Workshop.Signer(in: sample.folder, password: "seal it")
        let password = try sample.folder.write("seal it\n".utf8, to: "signer-password")
        chmod(password, 0o600)
        try sample.folder.write([], to: "x/converted/manifest.json.p7s/in-the-way")
        let run = try Recapi.run(
            "run", sample.pipeline, "--metrics-file", sample.path("recapi.prom"), "--sign", signer.file,
            "--sign-password", "file:" + password)
        #expect(run.status == 74, "\(run.errorText)")
        #expect(try metric("recapi_last_run_exit_code") == "74")
        #expect(try metric("recapi_last_success_timestamp_seconds") == "0")
    }

    @Test func statusThatCannotTellIsNoAnswerForSystemd() throws {
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        #expect(try Recapi.run("status", sample.pipeline).status == 1)
        let unwritable = try Recapi.run("status", sample.pipeline, setting: .init(output: "/dev/full"))
        #expect(unwritable.status == 255)
        try sample.folder.write([], to: "x/converted/manifest.json.journal/in-the-way")
        let folder = try Recapi.run("status", sample.pipeline)
        #expect(folder.status == 255)
        #expect(folder.errorText.contains("manifest.json.journal"))
    }

    @Test func editedItemsShowInVerify() throws {
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        #expect(try verify().status == 0)
        let manifest = try text("converted/manifest.json")
        let edited = manifest.replacingOccurrences(of: #""site": "berlin""#, with: #""site": "elsewhere""#)
        try #require(edited != manifest)
        try Data(edited.utf8).write(to: URL(fileURLWithPath: sample.manifest))
        let verified = try verify()
        #expect(verified.status == 4)
        #expect(verified.text.contains("the manifest's items are not those that the run wrote"))
        #expect(verified.text.contains("4 outputs are as the manifest says"))

        // Blanks are no content.
        try Data(manifest.replacingOccurrences(of: "\n", with: "\n ").utf8).write(
            to: URL(fileURLWithPath: sample.manifest))
        #expect(try verify().status == 0)
    }

    @Test func manifestWithoutOutputsIsNothingVerified() throws {
        let sample = try Sample(broken: true)
        for file in sample.files { try FileManager.default.removeItem(atPath: sample.path(file)) }
        try FileManager.default.removeItem(atPath: sample.path("paris"))
        try sample.folder.write([], to: "x/paris/no.pfx")
        #expect(try Recapi.run("run", sample.pipeline).status == 1)
        let verified = try Recapi.run("verify", sample.manifest, "--password", "empty")
        #expect(verified.status == 1 && verified.text.contains("0 outputs are as the manifest says"))
    }
}
