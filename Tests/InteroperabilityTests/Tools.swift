import Foundation
import TestSupport

/// What the `openssl` command finds in files.
enum OpenSSLCommand {
    /// SHA-1 thumbprints of the certificates of a PFX, in its order.
    static func thumbprints(_ path: String, password: String) throws -> [String] {
        let text = try ExternalTool.openssl.check(
            ["pkcs12", "-legacy", "-in", path, "-passin", "pass:\(password)", "-nokeys"]
        ).text
        return try PEM.thumbprints(text)
    }

    /// The DER of an RSA key (RFC 8017 appendix A.1.2).
    static func rsaPrivateKey(_ pem: String) throws -> [UInt8] {
        try ExternalTool.openssl.check(["rsa", "-traditional", "-outform", "DER"], input: Array(pem.utf8))
            .standardOutput
    }
}

enum PEM {
    /// The blocks of a label, such as `CERTIFICATE`, with their lines of `-----`.
    static func blocks(_ label: String, in text: String) -> [String] {
        var blocks: [String] = []
        var block: String?
        for line in text.split(whereSeparator: \.isNewline) {
            if line == "-----BEGIN \(label)-----" { block = "" }
            block? += line + "\n"
            if line == "-----END \(label)-----" {
                blocks += block.map { [$0] } ?? []
                block = nil
            }
        }
        return blocks
    }

    static func thumbprints(_ text: String) throws -> [String] {
        try blocks("CERTIFICATE", in: text).map { block in
            let base64 = block.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            return try InstalledProviders.thumbprint(Array(Data(base64Encoded: base64) ?? Data()))
        }
    }
}

/// An NSS database without a password.
struct NSSDatabase {
    private let folder: TemporaryFolder

    var name: String { "sql:\(folder.path)" }

    init() throws {
        folder = try TemporaryFolder()
        try ExternalTool.certutil.check(["-N", "-d", name, "--empty-password"])
    }

    func importPFX(_ path: String, password: String) throws {
        try ExternalTool.pk12util.check(["-i", path, "-d", name, "-W", password])
    }

    /// The identifiers of the private keys: SHA-1 of the modulus, upper-case hex.
    func keyIdentifiers() throws -> [String] {
        try ExternalTool.certutil.check(["-K", "-d", name]).text
            .matches(of: /(?m)^<\s*\d+>\s+rsa\s+([0-9a-f]{40})/).map { $0.1.uppercased() }
    }
}

/// The versions of all that takes part, a line each.
enum Versions {
    static func lines() throws -> [String] {
        let debian = { (package: String) in
            try ExternalTool(name: "dpkg-query", package: "dpkg").check(["-W", "-f", "${Version}", package]).text
        }
        let firstLine = { (output: ExternalTool.Output) in
            (output.text + output.errorText).split(separator: "\n").first.map(String.init) ?? "?"
        }
        return try [
            "providers: \(InstalledProviders.openSSL.library), \(InstalledProviders.gnuTLS.library)",
            "openssl: \(firstLine(ExternalTool.openssl.check(["version"])))",
            "certtool: \(firstLine(ExternalTool.certtool.check(["--version"])))",
            "keytool: \(firstLine(ExternalTool.keytool.run(["-J-version"])))",
            "pk12util: NSS \(debian("libnss3-tools"))",
            "Python cryptography: "
                + firstLine(
                    ExternalTool.python3.check(["-c", "import cryptography; print(cryptography.__version__)"])),
        ]
    }
}
