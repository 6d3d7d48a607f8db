import Foundation
import PKCS12
import Providers
import Reissue
import TestSupport

@testable import Signatures

/// An authority and a signer that openssl made, with everything that a test signs with.
struct Signatory {
    let folder: TemporaryFolder
    static let password = "sign & seal"

    /// - Parameters:
    ///   - key: for `openssl req -newkey`.
    ///   - number: of the certificate; a new one unless given.
    init(key: String = "rsa:2048", number: UInt64 = .random(in: .min ... .max)) throws {
        folder = try TemporaryFolder()
        try openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj",
            "/CN=authority of signers")
        try openssl(
            ["req", "-newkey", key] + (key == "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [])
                + [
                    "-noenc", "-keyout", "signer.key", "-out", "signer.csr", "-subj",
                    "/O=Example/CN=signer of manifests",
                ])
        try openssl(
            "x509", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-set_serial",
            "\(number)", "-out", "signer.pem")
        try openssl("x509", "-in", "signer.pem", "-outform", "DER", "-out", "signer.der")
        try openssl(
            "pkcs12", "-export", "-inkey", "signer.key", "-in", "signer.pem", "-certfile", "ca.pem", "-passout",
            "pass:\(Self.password)", "-out", "signer.pfx")
    }

    @discardableResult
    func openssl(_ arguments: String...) throws -> ExternalTool.Output { try openssl(arguments) }

    @discardableResult
    func openssl(_ arguments: [String]) throws -> ExternalTool.Output {
        try ExternalTool.openssl.check(arguments, in: folder.path)
    }

    var certificate: SignerCertificate {
        get throws { try SignerCertificate(der: folder.read("signer.der")) }
    }

    func signer(_ provider: Provider) throws -> Signer {
        try Signer(
            pfx: SourceFile(path: "signer.pfx", bytes: folder.read("signer.pfx")),
            password: secret(Self.password), provider: provider)
    }

    /// What `openssl cms -sign` makes of `content`.
    func openSSLSignature(of content: [UInt8], _ options: String...) throws -> [UInt8] {
        try folder.write(content, to: "content")
        try openssl(
            ["cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key"]
                + ["-outform", "DER", "-out", "theirs.p7s"] + options)
        return try folder.read("theirs.p7s")
    }
}
