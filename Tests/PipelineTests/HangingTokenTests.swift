import Glibc
import PKCS12
import Providers
import Reissue
import TestSupport
import Testing

@testable import Pipeline

/// A real module, told to hang, in a process of its own.
@Suite struct HangingTokenTests {
    @Test(.patientLimit(minutes: 2)) func aModuleThatHangsLeavesFilesAndOtherTokensDone() throws {
        let hanging = try SoftHSM(tokens: ["alpha"])
        for (label, id) in [("a", "01"), ("b", "02"), ("c", "03")] {
            try hanging.generateKey(label, id: id, isExtractable: true)
            try hanging.issueCertificate(label, id: id)
        }
        try hanging.behave("wrap-hangs")
        let healthy = try NSSToken()
        try healthy.makeKey("good")
        let workshop = try Workshop()
        try workshop.write("\(fixturePIN)\n", to: "pin")
        chmod(workshop.folder.path("pin"), 0o600)
        try workshop.write("vectors\n", to: "password")
        var token = PipelineConfiguration.TokenInput(uri: "pkcs11:token=alpha", pin: .file(workshop.path("pin")))
        token.module = FilePath(hanging.module)
        var other = token
        (other.uri, other.module) = (NSSToken.uri, FilePath(healthy.module))
        let vector = Vectors.named("openssl-chain")
        var configuration = workshop.configuration
        configuration.inputs = [
            .init(
                site: "files", location: .path(FilePath(vector.path)), passwords: [.file(workshop.path("password"))]),
            .init(site: "hsm", location: .token(token), passwords: []),
            .init(site: "other", location: .token(other), passwords: []),
        ]
        var isolation = Isolation()
        isolation.timeLimit = .seconds(3)
        let providers = try [
            InstalledProviders.openSSL, InstalledProviders.gnuTLS,
            ProviderLoader(isolation: isolation).load("pkcs11"),
        ]
        let result = try PipelineRun.run(
            configuration: configuration, providers: providers, tool: .init(name: "recapi", version: "0"))
        #expect(result.verdict == .someFailed)
        let items = try Manifest.read(from: result.manifest).items
        #expect(items.map(\.site) == ["files", "other", "hsm", "hsm", "hsm"])
        #expect(items.map(\.status) == [.converted, .converted, .failed, .failed, .failed])
        #expect(items.dropFirst(2).allSatisfy { $0.error?.code == "providerTimedOut" })
        // The third is not asked.
        #expect(try hanging.count("wrap") == PatientToken.patience)
        try hanging.behave()
        #expect(
            try PipelineRun.run(
                configuration: configuration, providers: providers, tool: .init(name: "recapi", version: "0")
            ).verdict == .allDone)
    }
}
