import Foundation
import PKCS12
import Providers
import Reissue
import TestSupport
import Testing

@testable import Signatures

/// What openssl signs, we accept, and nothing that was changed.
@Suite struct CheckingTests {
    private let content = Array(#"{"items":[],"schemaVersion":1}"#.utf8)
    private let crypto: any CryptoProvider
    private let signatory: Signatory

    init() throws {
        crypto = try InstalledProviders.crypto
        signatory = try Signatory()
    }

    private func check(
        _ signature: [UInt8], over content: [UInt8]? = nil, by certificate: SignerCertificate? = nil
    ) throws -> DetachedSignature.Checked {
        try DetachedSignature.check(
            signature, over: content ?? self.content, by: certificate ?? signatory.certificate, crypto: crypto)
    }

    @Test(arguments: [
        [], ["-md", "sha384"], ["-md", "sha512"], ["-keyid"], ["-nocerts"], ["-nosmimecap"], ["-certfile", "ca.pem"],
    ])
    func opensslsAreAccepted(options: [String]) throws {
        var options = options
        if options.first == "-keyid" {
            // The signer's certificate needs an identifier of its key for that.
            try signatory.openssl(
                "x509", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-out",
                "signer.pem", "-extfile", try signatory.folder.write("subjectKeyIdentifier=hash\n".utf8, to: "ext"))
            try signatory.openssl("x509", "-in", "signer.pem", "-outform", "DER", "-out", "signer.der")
            options = ["-keyid"]
        }
        try signatory.folder.write(content, to: "content")
        try signatory.openssl(
            ["cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key"]
                + ["-outform", "DER", "-out", "theirs.p7s"] + options)
        let checked = try check(signatory.folder.read("theirs.p7s"))
        let time = try #require(checked.signingTime)
        let date = try #require(ISO8601DateFormatter().date(from: time))
        #expect(abs(date.timeIntervalSinceNow) < 120)
    }

    @Test func theSignerMayBeOneOfSeveral() throws {
        let other = try Signatory()
        try signatory.folder.write(other.folder.read("signer.pem"), to: "other.pem")
        try signatory.folder.write(other.folder.read("signer.key"), to: "other.key")
        let both = try signatory.openSSLSignature(of: content, "-signer", "other.pem", "-inkey", "other.key")
        _ = try check(both)
        _ = try check(both, by: other.certificate)
    }

    @Test func changedContentIsRefused() throws {
        let signature = try signatory.openSSLSignature(of: content)
        for other in [content + [0x20], Array(content.dropLast()), [], content.map { $0 == 0x31 ? 0x32 : $0 }] {
            #expect(errorCode { try check(signature, over: other) } == "signedDigestMismatch")
        }
    }

    @Test func anotherSignerIsRefused() throws {
        let other = try Signatory()
        let theirs = try other.openSSLSignature(of: content)
        #expect(errorCode { try check(theirs) } == "otherSigner")
        #expect(
            errorCode { try check(signatory.openSSLSignature(of: content), by: other.certificate) } == "otherSigner")
        let authority = try SignerCertificate(
            der: signatory.openssl("x509", "-in", "ca.pem", "-outform", "DER").standardOutput)
        #expect(errorCode { try check(signatory.openSSLSignature(of: content), by: authority) } == "otherSigner")
    }

    /// An impostor whose certificate has the name and number of the right one, as another authority of the same name gives.
    @Test func anotherKeyUnderTheSameNameIsRefused() throws {
        let (right, impostor) = (try Signatory(number: 1), try Signatory(number: 1))
        let theirs = try impostor.openSSLSignature(of: content)
        try #require(try impostor.certificate.identifier == right.certificate.identifier)
        #expect(errorCode { try check(theirs, by: right.certificate) } == "signatureInvalid")
    }

    @Test(arguments: [
        (["-noattr"], "signatureAlgorithmUnsupported"), (["-md", "sha1"], "signatureAlgorithmUnsupported"),
        (["-keyopt", "rsa_padding_mode:pss"], "signatureAlgorithmUnsupported"), (["-nodetach"], "signatureMalformed"),
    ])
    func otherKindsAreRefused(options: [String], expected: String) throws {
        try signatory.folder.write(content, to: "content")
        try signatory.openssl(
            ["cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key"]
                + ["-outform", "DER", "-out", "theirs.p7s"] + options)
        #expect(errorCode { try check(signatory.folder.read("theirs.p7s")) } == expected)
    }

    @Test func everyTruncationIsRefused() throws {
        let signature = try signatory.openSSLSignature(of: content)
        for count in 0..<signature.count {
            let code = errorCode { try check(Array(signature.prefix(count))) }
            #expect(code == "signatureMalformed", "\(count) bytes")
        }
        #expect(errorCode { try check(signature + [0]) } == "signatureMalformed")
    }

    @Test func garbageIsRefused() throws {
        let certificate = try signatory.certificate
        let pem = try signatory.openssl("x509", "-in", "signer.pem").standardOutput
        for garbage in [[], [0x30], [0x30, 0x80, 0, 0], Array(repeating: 0x30, count: 4_000), certificate.der, pem] {
            #expect(errorCode { try check(garbage) } == "signatureMalformed")
        }
    }

    /// No single bit of what matters can be changed. What does not (the certificates that come along, the signer's
    /// capabilities are inside what is signed) is not looked at.
    @Test func everyBitOfTheSignerCounts() throws {
        let signature = try signatory.openSSLSignature(of: content, "-nocerts")
        let start = try #require(signature.firstRange(of: try signatory.certificate.identifier.encoded)).lowerBound
        for index in start..<signature.count {
            var changed = signature
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(errorCode { try check(changed) } != nil, "byte \(index)")
        }
    }
}
