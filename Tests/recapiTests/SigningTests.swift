import Foundation
import TestSupport
import Testing

/// `--sign` and `verify --signer`, with openssl on the other side.
@Suite struct SigningTests {
    private let sample: Sample
    private let folder: TemporaryFolder
    private let signer: Workshop.Signer
    private let password: String

    init() throws {
        sample = try Sample()
        folder = sample.folder
        signer = try Workshop.Signer(in: folder, password: "seal it")
        let path = try folder.write("seal it\n".utf8, to: "signer-password")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        password = "file:" + path
    }

    private var signature: String { sample.manifest + ".p7s" }

    private func run(_ options: String...) throws -> Recapi.Output {
        try Recapi.run(
            ["run", sample.pipeline, "--sign", signer.file, "--sign-password", password] + options)
    }

    private func verify(by certificate: String? = nil, _ options: String...) throws -> Recapi.Output {
        try Recapi.run(
            ["verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"), "--signer"]
                + [certificate ?? signer.certificate] + options)
    }

    @Test func opensslVerifiesTheManifestOfARun() throws {
        let run = try run()
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.errorText.contains("signature: \(signature), by CN=signer of manifests"))
        let output = try ExternalTool.openssl.check([
            "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", sample.manifest, "-CAfile",
            signer.certificate, "-out", "/dev/null",
        ])
        #expect(output.errorText.contains("CMS Verification successful"))

        let verified = try verify()
        #expect(verified.status == 0, "\(verified.errorText)")
        #expect(verified.text.contains("the manifest is as CN=signer of manifests signed it at 20"))
        #expect(verified.text.contains("4 outputs are as the manifest says, by openssl and gnutls"))
        let json = try JSONDocument(verify(by: signer.certificate, "--json").standardOutput)
        #expect(json["signature"]["signer"].string == "CN=signer of manifests")
        #expect(json["readers"].array.map(\.string) == ["openssl", "gnutls"])
    }

    @Test func whatOpensslSignedIsAccepted() throws {
        #expect(try Recapi.run("run", sample.pipeline).status == 0)
        let missing = try verify()
        #expect(missing.status == 4)
        #expect(missing.errorText.contains("the manifest is not signed: there is no \(signature)"))
        try ExternalTool.openssl.check([
            "cms", "-sign", "-binary", "-in", sample.manifest, "-signer", signer.certificate, "-inkey",
            folder.path("signer.key"), "-outform", "DER", "-out", signature,
        ])
        #expect(try verify().status == 0)
    }

    /// One digit of a thumbprint, and the digest of an output with the output itself.
    @Test func aManifestThatWasChangedIsRefused() throws {
        #expect(try run().status == 0)
        var text = String(decoding: try folder.read("x/converted/manifest.json"), as: UTF8.self)
        let digit = try #require(text.firstRange(of: "\"thumbprint\": \"")).upperBound
        text.replaceSubrange(digit...digit, with: text[digit] == "0" ? "1" : "0")
        try folder.write(text.utf8, to: "x/converted/manifest.json")
        let output = try verify()
        #expect(output.status == 4)
        #expect(output.errorText.contains("what was signed is not what is there now"))
        #expect(output.text == "")
    }

    @Test func anotherSignerAndNoSignatureAreRefused() throws {
        let other = try Workshop.Signer(in: folder, named: "other", password: "x")
        #expect(try run().status == 0)
        let theirs = try verify(by: other.certificate)
        #expect(theirs.status == 4)
        #expect(theirs.errorText.contains("CN=other of manifests has not signed this"))
        for bytes in [[], Array("garbage".utf8), Array(try folder.read("x/converted/manifest.json.p7s").dropLast())] {
            try folder.write(bytes, to: "x/converted/manifest.json.p7s")
            let output = try verify()
            #expect(output.status == 4)
            #expect(output.errorText.contains("cannot be read"))
        }
    }

    /// What is wrong with the signer shows before anything is converted.
    @Test func aSignerThatCannotSignStopsTheRunBeforeItBegins() throws {
        let wrong = try Recapi.run("run", sample.pipeline, "--sign", signer.file, "--sign-password", "empty")
        #expect(wrong.status == 1)
        #expect(wrong.errorText.contains("--sign: \(signer.file)"))
        let elliptic = try Recapi.run(
            "run", sample.pipeline, "--sign", Vectors.named("key-ec-p256").path, "--sign-password", "cmd:echo vectors")
        #expect(elliptic.status == 78)
        #expect(
            elliptic.errorText.contains("--sign: \(Vectors.named("key-ec-p256").path): the key is not an ordinary RSA"))
        #expect(!elliptic.errorText.contains("CAPI1"))
        let missing = try Recapi.run(
            "run", sample.pipeline, "--sign", folder.path("none.pfx"), "--sign-password", "empty")
        #expect(missing.status == 1 && missing.errorText.contains("--sign: \(folder.path("none.pfx")): "))
        let nobody = try Recapi.run("run", sample.pipeline, "--sign-password", "empty")
        #expect(nobody.status == 64)
        #expect(!FileManager.default.fileExists(atPath: sample.manifest))
    }

    /// A run that changed nothing writes its manifest anew, and signs that.
    @Test func theNextRunSignsAnew() throws {
        #expect(try run().status == 0)
        let first = try folder.read("x/converted/manifest.json.p7s")
        #expect(try run().status == 0)
        #expect(try folder.read("x/converted/manifest.json.p7s") != first)
        #expect(try verify().status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: sample.path("converted")).sorted()
        #expect(names == ["berlin", "manifest.json", "manifest.json.p7s", "paris"])
    }

    @Test func aTokenSigns() throws {
        let token = try SoftHSM()
        try token.generateKey("manifests")
        let certificate = try token.issueCertificate("manifests", subject: "/CN=signer on a token")
        try folder.write(certificate, to: "token.der")
        let pin = try token.folder.write("\(SoftHSM.pin)\n".utf8, to: "pin")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: pin)
        let output = try Recapi.run(
            "run", sample.pipeline, "--sign", "pkcs11:token=alpha;object=manifests", "--sign-password", "file:" + pin,
            "--sign-module", token.module)
        #expect(output.status == 0, "\(output.errorText)")
        #expect(try verify(by: folder.path("token.der")).status == 0)
        let verified = try ExternalTool.openssl.check([
            "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", sample.manifest, "-CAfile",
            token.folder.path("authority.pem"), "-out", "/dev/null",
        ])
        #expect(verified.errorText.contains("CMS Verification successful"))

        let nothing = try Recapi.run(
            "run", sample.pipeline, "--sign", "pkcs11:token=alpha;object=nothing", "--sign-password", "file:" + pin,
            "--sign-module", token.module)
        #expect(
            nothing.status == 1 && nothing.errorText.contains("--sign: pkcs11:token=alpha;object=nothing: no RSA key"))
        let unknown = try Recapi.run(
            "run", sample.pipeline, "--sign", "pkcs11:token=alpha", "--sign-password", "env:RECAPI_NO_SUCH_PIN",
            "--sign-module", token.module)
        #expect(unknown.status == 78 && unknown.errorText.contains("--sign-password: "))
        #expect(!unknown.errorText.contains("--pin"))
    }
}
