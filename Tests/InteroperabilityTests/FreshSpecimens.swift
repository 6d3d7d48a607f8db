import Foundation
import TestSupport

extension Specimen {
    /// What the tools of this machine make today, each of a new key. The certificates in each file are as the `openssl`
    /// command reads them.
    static func fresh(in workshop: Workshop) throws -> [Specimen] {
        try
            (workshop.openSSLFiles() + workshop.certtoolFiles() + workshop.keytoolFiles() + workshop.pk12utilFiles()
            + workshop.cryptographyFiles() + workshop.sampleFiles()).map { file in
                Specimen(
                    maker: file.maker, name: file.name, bytes: try workshop.folder.read(file.path),
                    passwords: [secret(file.password)], verdict: convertible,
                    thumbprints: try OpenSSLCommand.thumbprints(
                        workshop.folder.path(file.path), password: file.password))
            }
    }
}

/// A folder with a new key, its certificate and an authority, and the tools at work in it.
struct Workshop {
    let folder: TemporaryFolder

    struct File {
        var maker: String
        var name: String
        /// Below the folder.
        var path: String
        var password = Workshop.password
    }

    private static let password = "fresh"

    init() throws {
        folder = try TemporaryFolder()
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
        try openssl(request + ["-subj", "/CN=Fresh Root", "-keyout", "ca.key", "-out", "ca.pem"])
        try openssl(
            request + [
                "-subj", "/CN=fresh.example", "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "leaf.key", "-out",
                "leaf.pem", "-addext", "basicConstraints=critical,CA:FALSE",
            ])
    }

    // MARK: - The tools

    func openSSLFiles() throws -> [File] {
        let tripleDES = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "SHA1"]
        return try [
            ("defaults", []), ("-legacy", ["-legacy"]), ("3DES", tripleDES),
            ("AES-128, MAC SHA-512", ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "SHA512"]),
            ("CSP and LMK", tripleDES + ["-CSP", "Microsoft Software Key Storage Provider", "-LMK"]),
        ].map { name, options in
            let file = newFile("openssl pkcs12", name)
            try openssl(
                ["pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "ca.pem", "-name", "fresh"]
                    + options + ["-passout", "pass:\(Self.password)", "-out", file.path])
            return file
        }
    }

    /// 600,000 iterations in each: one of its defaults is enough.
    func certtoolFiles() throws -> [File] {
        let file = newFile("certtool", "defaults")
        try ExternalTool.certtool.check(
            [
                "--to-p12", "--load-privkey", "leaf.key", "--load-certificate", "leaf.pem", "--load-ca-certificate",
                "ca.pem", "--p12-name=fresh", "--password=\(Self.password)", "--outder", "--outfile", file.path,
            ], in: folder.path)
        return [file]
    }

    func keytoolFiles() throws -> [File] {
        try [("defaults", []), ("legacy", ["-J-Dkeystore.pkcs12.legacy"])].map { name, options in
            let file = newFile("keytool", name)
            try ExternalTool.keytool.check(
                options + [
                    "-genkeypair", "-alias", "fresh", "-keyalg", "RSA", "-keysize", "2048", "-dname",
                    "CN=fresh.example",
                    "-storetype", "PKCS12", "-keystore", file.path, "-storepass", Self.password + Self.password,
                ], in: folder.path)
            return File(maker: file.maker, name: file.name, path: file.path, password: Self.password + Self.password)
        }
    }

    /// A file of openssl's, imported and exported again: 600,000 iterations as well.
    func pk12utilFiles() throws -> [File] {
        let file = newFile("pk12util", "defaults")
        let source = newFile("openssl pkcs12", "defaults")
        let database = try NSSDatabase()
        try database.importPFX(folder.path(source.path), password: Self.password)
        try ExternalTool.pk12util.check(
            ["-o", file.path, "-n", "fresh", "-d", database.name, "-W", Self.password], in: folder.path)
        return [file]
    }

    func cryptographyFiles() throws -> [File] {
        let script = PackageFolder.root.appending(path: "Tests/Vectors/tools/cryptography-pfx.py").path
        return try [("defaults", []), ("3DES", ["pbe=3des", "mac=sha1", "rounds=2000"])].map { name, options in
            let file = newFile("Python cryptography", name)
            try ExternalTool.python3.check(
                [script, file.path, Self.password, "leaf.key", "leaf.pem", "name=fresh", "ca=ca.pem"] + options,
                in: folder.path)
            return file
        }
    }

    func sampleFiles() throws -> [File] {
        try Command.run("sample", folder.path("sample"), "--site", "site", "--count", "2", "--keys", "2")
        let password = String(decoding: try folder.read("sample/passwords/site"), as: UTF8.self)
            .trimmingCharacters(in: .newlines)
        return (1...2).map {
            File(
                maker: "recapi sample (as Windows CNG exports)", name: "sample server\($0)",
                path: "sample/site/server\($0).pfx", password: password)
        }
    }

    private func newFile(_ maker: String, _ name: String) -> File {
        File(maker: maker, name: "\(maker), \(name)", path: "\(maker) \(name).pfx")
    }

    private func openssl(_ arguments: [String]) throws {
        try ExternalTool.openssl.check(arguments, in: folder.path)
    }
}
