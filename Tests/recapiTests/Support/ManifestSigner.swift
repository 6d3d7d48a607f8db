import TestSupport

extension Workshop {
    /// A key and its own certificate that openssl made, to sign manifests with: signer.pem and signer.pfx.
    struct Signer {
        let certificate: String
        let file: String

        init(in folder: TemporaryFolder, named name: String = "signer", password: String) throws {
            certificate = folder.path("\(name).pem")
            file = folder.path("\(name).pfx")
            let key = folder.path("\(name).key")
            try ExternalTool.openssl.check([
                "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", key, "-out", certificate, "-subj",
                "/CN=\(name) of manifests", "-days", "30",
            ])
            try ExternalTool.openssl.check([
                "pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout", "pass:\(password)", "-out", file,
            ])
        }
    }
}
