import Foundation
import PKCS12
import Providers

/// SoftHSM2 with tokens in a temporary folder.
public final class SoftHSM: TokenFixture {
    public let folder: TemporaryFolder
    public let module: String
    /// In memory where that can be: SoftHSM2 waits for the disk after each change.
    private let store: TemporaryFolder

    /// - Parameter tokens: their labels; all have ``TokenFixture/pin``.
    public init(tokens: [String] = ["alpha"]) throws {
        folder = try TemporaryFolder()
        store = try (try? TemporaryFolder(in: "/dev/shm")) ?? TemporaryFolder()
        let configuration = try folder.write(
            "directories.tokendir = \(store.path)\nlog.level = ERROR\n".utf8, to: "softhsm2.conf")
        let candidates = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"]
        guard let real = candidates.first(where: FileManager.default.fileExists) else {
            throw ExternalTool.Failure(description: "SoftHSM2 is not there; install it: apt-get install softhsm2")
        }
        module = try TokenShim.build(in: folder, around: real, variable: ("SOFTHSM2_CONF", configuration))
        for label in tokens {
            try run(
                .softHSMUtil,
                ["--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", fixturePIN])
        }
    }

    /// What a program needs to find the tokens through p11-kit's own configuration, instead of by ``module``.
    public var environment: [String: String] { ["SOFTHSM2_CONF": folder.path("softhsm2.conf")] }

    /// Generates a key pair on the token, with pkcs11-tool.
    ///
    /// - Parameter behaviour: words of ``TokenShim`` that change the key's attributes: `not-sensitive`, `trusted-only`,
    ///   `always-authenticate`.
    public func generateKey(
        _ label: String, id: String = "01", on token: String = "alpha", type: String = "rsa:2048",
        isExtractable: Bool = false, behaviour: String...
    ) throws {
        try behaving(behaviour) {
            try pkcs11Tool(
                token,
                ["--keypairgen", "--key-type", type, "--label", label, "--id", id]
                    + (isExtractable ? ["--extractable"] : []))
        }
    }

    /// Generates so many extractable keys of 512 bits, `many 0`, `many 1`…, in one go.
    public func generateKeys(_ count: Int, on token: String = "alpha") throws {
        try folder.write(TokenShim.generator.utf8, to: "generate.c")
        try ExternalTool(name: "cc", package: "gcc").check([
            "-I", "/usr/include/p11-kit-1", "-o", folder.path("generate"), folder.path("generate.c"), "-ldl",
        ])
        try run(
            ExternalTool(name: folder.path("generate"), package: "gcc"), [module, token, fixturePIN, "\(count)"],
            timeLimit: 300)
        try forgetCalls()
    }

    /// Puts a private key (DER, as `openssl genrsa` writes it) on the token, with pkcs11-tool.
    public func importKey(
        _ file: String, _ label: String, id: String = "01", on token: String = "alpha", isExtractable: Bool = true,
        behaviour: String...
    ) throws {
        try behaving(behaviour) {
            try pkcs11Tool(
                token,
                ["--write-object", file, "--type", "privkey", "--label", label, "--id", id]
                    + (isExtractable ? ["--extractable"] : []))
        }
    }

    /// Puts a certificate (DER) on the token, with pkcs11-tool.
    public func importCertificate(_ file: String, _ label: String, id: String, on token: String = "alpha") throws {
        try pkcs11Tool(token, ["--write-object", file, "--type", "cert", "--label", label, "--id", id])
    }

    /// The public key on the token in DER (SubjectPublicKeyInfo), as pkcs11-tool reads it.
    public func publicKey(id: String = "01", on token: String = "alpha") throws -> [UInt8] {
        let file = folder.path("public-\(token)-\(id).der")
        try pkcs11Tool(token, ["--read-object", "--type", "pubkey", "--id", id, "--output-file", file])
        return Array(try Data(contentsOf: URL(filePath: file)))
    }

    /// Issues a certificate for a key on the token, by an authority that openssl makes for it, and puts it beside the key.
    ///
    /// - Returns: the certificate, DER.
    @discardableResult
    public func issueCertificate(
        _ label: String, id: String = "01", on token: String = "alpha", subject: String = "/CN=token.example"
    ) throws -> [UInt8] {
        try folder.write(publicKey(id: id, on: token), to: "public.der")
        let (authority, key) = (folder.path("authority.pem"), folder.path("authority.key"))
        if !FileManager.default.fileExists(atPath: authority) {
            try ExternalTool.openssl.check([
                "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", key, "-out", authority, "-subj",
                "/CN=authority of tokens", "-days", "30",
            ])
        }
        let file = folder.path("certificate-\(token)-\(id).der")
        try ExternalTool.openssl.check([
            "x509", "-new", "-force_pubkey", folder.path("public.der"), "-keyform", "DER", "-subj", subject, "-CA",
            authority, "-CAkey", key, "-days", "30", "-outform", "DER", "-out", file,
        ])
        try importCertificate(file, label, id: id, on: token)
        return Array(try Data(contentsOf: URL(filePath: file)))
    }

    /// What pkcs11-tool lists of a token, as a witness.
    public func listing(of token: String = "alpha") throws -> String {
        try pkcs11Tool(token, ["--list-objects"]).text
    }

    @discardableResult
    public func pkcs11Tool(_ token: String, _ arguments: [String]) throws -> ExternalTool.Output {
        try run(
            .pkcs11Tool, ["--module", module, "--token-label", token, "--login", "--pin", fixturePIN] + arguments)
    }

    private func behaving(_ words: [String], _ body: () throws -> Void) throws {
        try folder.write(words.map { $0 + "\n" }.joined().utf8, to: "behaviour")
        defer { try? behave() }
        try body()
        try forgetCalls()
    }

    @discardableResult
    private func run(
        _ tool: ExternalTool, _ arguments: [String], timeLimit: TimeInterval = 60
    ) throws -> ExternalTool.Output {
        try ExternalTool.env.check(
            environment.map { "\($0)=\($1)" } + [tool.name] + arguments, timeLimit: timeLimit)
    }
}
