import Foundation
import TestSupport
import Testing

/// The whole way: a sample, a run, and what openssl says of the outputs.
@Suite struct RunTests {
    @Test func outputsAreWhatTheProfileAsksFor() throws {
        let sample = try Sample()
        let run = try Recapi.run("run", sample.pipeline)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.text.hasSuffix("4 files: 4 converted, 0 unchanged, 0 failed\n"))

        let outputPassword = "file:" + sample.path("passwords/output")
        for file in sample.files {
            let (source, output) = (sample.path(file), sample.path("converted/" + file))
            let sourcePassword = "file:" + sample.path("passwords/" + file.prefix { $0 != "/" })
            let reading = try OpenSSLReading(output, password: outputPassword)
            #expect(reading.providerNames == ["Microsoft RSA SChannel Cryptographic Provider"])
            #expect(reading.keyUsages == ["10"])
            #expect(reading.mac == "sha1, Iteration 2000")
            #expect(reading.encryptions.count == 2)
            #expect(reading.encryptions.allSatisfy { $0 == "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000" })
            #expect(
                try reading.isMachineKeySet == OpenSSLReading(source, password: sourcePassword).isMachineKeySet)
            #expect(
                try OpenSSLReading.fingerprint(output, password: outputPassword)
                    == OpenSSLReading.fingerprint(source, password: sourcePassword))
            let mode = try FileManager.default.attributesOfItem(atPath: output)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func secondRunLeavesEverythingAsItIs() throws {
        let sample = try Sample()
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let before = try sample.files.map { try sample.folder.read("x/converted/" + $0) }
        let again = try Recapi.run("run", sample.pipeline, "--json")
        #expect(again.status == 0)
        let summary = try JSONDocument(again.standardOutput)
        #expect(summary["unchanged"].int == 4 && summary["converted"].int == 0)
        #expect(try sample.files.map { try sample.folder.read("x/converted/" + $0) } == before)
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        #expect(verified.status == 0)
        #expect(verified.text.hasPrefix("4 outputs are as the manifest says"))
    }

    @Test func documentsAreWhatTheirSchemasSay() throws {
        let sample = try Sample(broken: true)
        try checkAgainstSchema("pipeline", document: sample.pipeline)
        #expect(try Recapi.run("run", sample.pipeline).status == 3)
        try checkAgainstSchema("manifest", document: sample.manifest)
        try sample.editPipeline(#""version": 1"#, #""version": 1, "colour": "red""#)
        #expect(throws: ExternalTool.Failure.self) { try checkAgainstSchema("pipeline", document: sample.pipeline) }
    }

    @Test func nothingThatIsPrintedOrRecordedShowsASecret() throws {
        let sample = try Sample(broken: true)
        let runs = try [["run", sample.pipeline], ["run", sample.pipeline, "--json"]].map { try Recapi.run($0) }
        let inspected = try Recapi.run(
            "inspect", sample.path("berlin/server1.pfx"), "--json", "--password",
            "file:" + sample.path("passwords/berlin"))
        var said = (runs + [inspected]).map { $0.text + $0.errorText }.joined()
        said += String(decoding: try sample.folder.read("x/converted/manifest.json"), as: UTF8.self)
        #expect(said.contains("server1.pfx"))
        for name in ["berlin", "paris", "output"] {
            #expect(!said.contains(try sample.password(name)))
        }
        for file in sample.files {
            let password = "file:" + sample.path("passwords/" + file.prefix { $0 != "/" })
            let exponent = try OpenSSLReading.privateExponent(sample.path(file), password: password)
            #expect(exponent.count >= 127)
            for trace in traces(of: exponent) { #expect(!said.contains(trace)) }
        }
    }

    @Test func helpOfEveryCommandIsThere() throws {
        let help = try Recapi.run("--help").text
        for command in ["run", "convert", "inspect", "verify", "providers", "sample", "schema"] {
            #expect(help.contains("\n  \(command) "))
            let own = try Recapi.run(command, "--help")
            #expect(own.status == 0 && own.text.contains("USAGE: recapi \(command)"))
        }
        #expect(try Recapi.run("--version").text == "0.1.0\n")
    }

    @Test func providersNamesTheLibrary() throws {
        let text = try Recapi.run("providers")
        #expect(text.status == 0 && text.text.contains("OpenSSL 3"))
        let entries = try JSONDocument(try Recapi.run("providers", "--json").standardOutput).array
        let openssl = try #require(entries.first { $0["name"].string == "openssl" })
        #expect(openssl["usable"].bool == true && openssl["crypto"].bool == true && openssl["reader"].bool == true)
    }
}
