import Foundation
import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// Whole runs with the OpenSSL provider over files that other programs wrote (Tests/Vectors).
@Suite struct VectorRunTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    /// One input for each vector, with its own passwords.
    private func configuration(_ vectors: [Vector]) throws -> PipelineConfiguration {
        var configuration = workshop.configuration
        configuration.inputs = try vectors.map { vector in
            try workshop.folder.write(try vector.bytes, to: "in/\(vector.name)/\(vector.name).pfx")
            var input = workshop.input("vectors", "in/\(vector.name)")
            input.passwords = try [vector.password, vector.macPassword].compactMap(\.self).enumerated().map {
                index, text in
                if text.isEmpty { return .empty }
                let path = try workshop.write(text, to: "passwords/\(vector.name)-\(index)")
                chmod(path.text, 0o600)
                return .file(path)
            }
            return input
        }
        configuration.output.name = try OutputName("{site}/{name}.pfx")
        return configuration
    }

    /// Runs, and gives the items by the names of their vectors.
    private func run(_ configuration: PipelineConfiguration) throws -> (RunResult, [String: Manifest.Item]) {
        let result = try PipelineRun.run(
            configuration: configuration, providers: [InstalledProviders.openSSL],
            tool: .init(name: "recapi", version: "test"))
        let items = try Manifest.read(from: result.manifest).items
        return (
            result,
            Dictionary(uniqueKeysWithValues: items.map { (FilePath($0.sourcePath.folder.name).text, $0) })
        )
    }

    @Test func everyVectorIsConvertedOrRefusedWithItsCodeAndASecondRunFindsThatDone() throws {
        let configuration = try configuration(Vectors.all)
        let (first, items) = try run(configuration)
        #expect(items.count == Vectors.all.count)
        for vector in Vectors.all {
            let item = try #require(items[vector.name])
            if vector.expect == Vector.convertible {
                #expect(item.status != .failed, "\(vector): \(item.error?.message ?? "")")
                #expect(item.identities.map(\.thumbprint).sorted() == vector.leaves.sorted(), "\(vector)")
                #expect(item.identities.allSatisfy { $0.thumbprintUnchanged && $0.keyMatchesCertificate }, "\(vector)")
            } else {
                #expect(item.error?.code == vector.expect, "\(vector)")
            }
        }
        #expect(first.verdict == .someFailed)
        #expect(first.summary.converted > 20)
        #expect(try SchemaTests.findings(Manifest.jsonSchema, [try workshop.folder.read("out/manifest.json")]) == "")

        let (second, again) = try run(configuration)
        #expect(second.summary.converted == 0)
        #expect(second.summary.unchanged == first.summary.converted + first.summary.unchanged)
        #expect(second.summary.failed == first.summary.failed)
        for (name, item) in items { #expect(again[name]?.outputSHA256 == item.outputSHA256, "\(name)") }
    }

    @Test func openSSLReadsTheOutputsAndFindsOneProviderEach() throws {
        let vectors = Vectors.convertible.filter { $0.keys.count == 1 && $0.iterations ?? 0 < 100_000 }
        let (_, items) = try run(try configuration(vectors))
        let converted = items.filter { $0.value.status == .converted }
        #expect(converted.count > 20)
        for (name, item) in converted {
            let output = workshop.folder.path("out/" + (item.output ?? ""))
            let info = try ExternalTool.openssl.check(
                ["pkcs12", "-in", output, "-passin", "pass:secret", "-info", "-nodes"])
            let said = info.errorText + info.text
            #expect(said.components(separatedBy: "Microsoft CSP Name:").count == 2, "\(name)")
            #expect(said.contains("Microsoft CSP Name: Microsoft RSA SChannel Cryptographic Provider"), "\(name)")
            #expect(said.contains("MAC: sha1, Iteration 2000"), "\(name)")
            #expect(FileStatus(FilePath(output))?.permissions == 0o600)
        }
    }

    @Test func anOutputOfAnotherSourceIsNotTakenForDone() throws {
        let left = Vectors.named("openssl-3des")
        let right = try #require(
            Vectors.convertible.first { $0.keys.count == 1 && $0.leaves != left.leaves && $0.iterations ?? 0 < 10_000 })
        let configuration = try configuration([left, right])
        let (_, before) = try run(configuration)
        let taken = try workshop.folder.read("out/" + (before[left.name]?.output ?? ""))
        try workshop.folder.write(taken, to: "out/" + (before[right.name]?.output ?? ""))
        let (_, after) = try run(configuration)
        #expect(after[left.name]?.status == .unchanged)
        #expect(after[right.name]?.error?.code == "outputExists")
    }
}
