import Foundation
import TestSupport

/// A program that reads what recapi wrote.
enum OutputReader: String, CaseIterable, Sendable {
    case openssl = "openssl pkcs12"
    case certtool
    case keytool
    case pk12util
    case cryptography = "Python cryptography"

    /// What a program found in a file with one key.
    struct Reading: Equatable {
        /// SHA-1 thumbprints: of the key's certificate where the program says which that is, and of all, sorted.
        var leaf: String?
        var certificates: [String]
        var key: KeyEvidence
    }

    /// What a program shows of a key.
    enum KeyEvidence: Equatable {
        /// The key itself: the DER of RFC 8017 appendix A.1.2.
        case privateKey([UInt8])
        /// The SHA-1 of the modulus, under which NSS keeps the key; upper-case hex.
        case modulusDigest(String)
        /// The public key, in PEM, that verifies what was signed with the key.
        case signedFor(String)
    }

    /// - Parameter path: of the file, with a folder of its own.
    func read(_ path: String, password: String) throws -> Reading {
        switch self {
        case .openssl: try openssl(path, password)
        case .certtool: try certtool(path, password)
        case .keytool: try keytool(path, password)
        case .pk12util: try pk12util(path, password)
        case .cryptography: try cryptography(path, password)
        }
    }

    /// Without `-legacy`: what openssl 3 and later read as they are installed.
    private func openssl(_ path: String, _ password: String) throws -> Reading {
        let text = try ExternalTool.openssl.check(
            ["pkcs12", "-in", path, "-passin", "pass:\(password)", "-nodes"]
        ).text
        let thumbprints = try PEM.thumbprints(text)
        let key = try PEM.blocks("PRIVATE KEY", in: text).only()
        return Reading(
            leaf: thumbprints.first, certificates: thumbprints.sorted(),
            key: .privateKey(try OpenSSLCommand.rsaPrivateKey(key)))
    }

    private func certtool(_ path: String, _ password: String) throws -> Reading {
        let text = try ExternalTool.certtool.check(
            ["--p12-info", "--inder", "--password", password, "--infile", path]
        ).text
        let shrouded = try PEM.blocks("ENCRYPTED PRIVATE KEY", in: text).only()
        let key = try ExternalTool.certtool.check(
            ["--to-rsa", "--pkcs8", "--password", password], input: Array(shrouded.utf8)
        ).text
        let thumbprints = try PEM.thumbprints(text)
        return Reading(
            leaf: thumbprints.first, certificates: thumbprints.sorted(),
            key: .privateKey(
                try OpenSSLCommand.rsaPrivateKey(try PEM.blocks("RSA PRIVATE KEY", in: key).only())))
    }

    private func keytool(_ path: String, _ password: String) throws -> Reading {
        let store = ["-keystore", path, "-storetype", "PKCS12", "-storepass", password]
        let text = try ExternalTool.keytool.check(["-list", "-rfc"] + store).text
        let alias = try text.matches(of: /(?m)^Alias name: (.+)$/).map { String($0.1) }.only()
        let request = try ExternalTool.keytool.check(["-certreq", "-alias", alias] + store).text
        let publicKey = try ExternalTool.openssl.check(
            ["req", "-verify", "-noout", "-pubkey"], input: Array(request.utf8))
        let thumbprints = try PEM.thumbprints(text)
        return Reading(
            leaf: thumbprints.first, certificates: thumbprints.sorted(), key: .signedFor(publicKey.text))
    }

    private func pk12util(_ path: String, _ password: String) throws -> Reading {
        let text = try ExternalTool.pk12util.check(["-l", path, "-W", password]).text
        let thumbprints = text.matches(of: /Fingerprint \(SHA1\):\s+([0-9A-F:]{59})/).map {
            String($0.1.replacing(":", with: ""))
        }
        let database = try NSSDatabase()
        try database.importPFX(path, password: password)
        return Reading(
            leaf: thumbprints.first, certificates: thumbprints.sorted(),
            key: .modulusDigest(try database.keyIdentifiers().only()))
    }

    private func cryptography(_ path: String, _ password: String) throws -> Reading {
        let script = """
            import sys
            from cryptography.hazmat.primitives.serialization import (
                Encoding, NoEncryption, PrivateFormat, pkcs12)
            with open(sys.argv[1], "rb") as file:
                found = pkcs12.load_pkcs12(file.read(), sys.argv[2].encode())
            for item in [found.cert] + found.additional_certs:
                print(item.certificate.public_bytes(Encoding.PEM).decode())
            print(found.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode())
            """
        let text = try ExternalTool.python3.check(["-c", script, path, password]).text
        let thumbprints = try PEM.thumbprints(text)
        let key = try PEM.blocks("RSA PRIVATE KEY", in: text).only()
        return Reading(
            leaf: thumbprints.first, certificates: thumbprints.sorted(),
            key: .privateKey(try OpenSSLCommand.rsaPrivateKey(key)))
    }
}

extension Array {
    /// The element, where there is one alone.
    fileprivate func only() throws -> Element {
        guard count == 1 else { throw Failure(description: "\(count) \(Element.self) instead of one") }
        return self[0]
    }
}
