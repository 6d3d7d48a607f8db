import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// The certificates of the output: each leaf, its chain behind it, then the others; and what else was in the file.
@Suite struct OrderTests {
    @Test(arguments: [
        ("openssl-chain", ["leaf", "intermediate", "root"]),
        ("openssl-chain-reversed", ["leaf", "intermediate", "root"]),
        ("openssl-chain-unrelated", ["leaf", "intermediate", "root", "other"]),
        ("leaf-last", ["leaf", "intermediate", "root"]),
        ("no-local-key-id", ["leaf", "intermediate"]),
        ("two-keys", ["leaf", "intermediate", "leaf"]),
    ])
    func ordersCertificates(_ name: String, _ kinds: [String]) throws {
        let listing = try OpenSSLListing(convert(Vectors.named(name)).bytes, password: outputPassword)
        let leaves = Set(Vectors.named(name).leaves)
        let found = try listing.certificates.map { certificate in
            if leaves.contains(try InstalledProviders.thumbprint(certificate.der)) { return "leaf" }
            let subject = try ExternalTool.openssl.check(
                ["x509", "-noout", "-subject", "-nameopt", "RFC2253"], input: Array(certificate.pem.utf8)
            ).text
            return subject.contains("CN=Vectors Intermediate")
                ? "intermediate" : subject.contains("CN=Vectors Root") ? "root" : "other"
        }
        #expect(found == kinds)
    }

    @Test func keepsTheOrderOfTheKeys() throws {
        let vector = Vectors.named("two-keys")
        let output = try convert(vector)
        #expect(output.report.identities.map(\.thumbprint) == vector.keys.map(\.thumbprint))
    }

    /// Two authorities of one name, as after a renewal: the key identifiers say which of them issued.
    @Test func followsTheKeyThatIssued() throws {
        let folder = try TemporaryFolder()
        func openssl(_ arguments: String...) throws { try ExternalTool.openssl.check(arguments, in: folder.path) }
        for name in ["old", "new"] {
            try openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Same CA", "-days", "30",
                "-keyout", name + ".key", "-out", name + ".pem")
        }
        try openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leaf", "-keyout", "leaf.key", "-out", "leaf.csr")
        try folder.write("authorityKeyIdentifier=keyid".utf8, to: "leaf.ext")
        try openssl(
            "x509", "-req", "-in", "leaf.csr", "-CA", "new.pem", "-CAkey", "new.key", "-CAcreateserial", "-days", "30",
            "-extfile", "leaf.ext", "-out", "leaf.pem")
        try folder.write(try folder.read("old.pem") + folder.read("new.pem"), to: "chain.pem")
        try openssl(
            "pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", "-certfile", "chain.pem", "-passout",
            "pass:p",
            "-out", "leaf.pfx")
        try openssl("x509", "-in", "new.pem", "-outform", "der", "-out", "new.der")
        let file = SourceFile(path: "leaf.pfx", bytes: try folder.read("leaf.pfx"))
        let identity = try #require(try convert(file, [secret("p")]).report.identities.first)
        #expect(identity.chain == [try InstalledProviders.thumbprint(folder.read("new.der"))])
    }

    /// A circle of issuers (cross-certificates) ends.
    @Test func followsChainsThatAreCircles() throws {
        var pfx = try opened("openssl-chain")
        let certificates = pfx.contents.flatMap(\.bags).filter {
            if case .certificate = $0.value { true } else { false }
        }
        pfx.contents.append(SafeContents(encryption: nil, bags: certificates + certificates))
        let output = try convert(source(pfx), [secret(outputPassword)])
        let listing = try OpenSSLListing(output.bytes, password: outputPassword)
        #expect(listing.certificates.count == 9)
    }

    @Test(arguments: [("crl-bag", "CRL"), ("secret-bag", "secret"), ("keytool-secret-key", "secret")])
    func notesWhatIsLeftOut(_ name: String, _ word: String) throws {
        let output = try convert(Vectors.named(name))
        #expect(output.report.notes.count == 1)
        #expect(output.report.notes.first?.contains(word) == true, "\(output.report.notes)")
        // Nothing of it is in the output, which is then as the profile wants it.
        let again = try reissuer().reissue(
            SourceFile(path: name, bytes: output.bytes), passwords: [secret(outputPassword)],
            outputPassword: secret(outputPassword))
        guard case .unchanged(let report) = again else {
            Issue.record("\(name) is converted again")
            return
        }
        #expect(report.notes.isEmpty)
    }

    /// Properties that tie a certificate to the key of the store it came from go, others stay.
    @Test func removesLinksToTheOldKey() throws {
        var pfx = try opened("openssl-3des")
        let properties: [UInt] = [2, 5, 14, 11, 20, 87]
        pfx.changeBags { bag in
            for number in properties {
                bag.attributes.all.append(
                    Attribute(type: [1, 3, 6, 1, 4, 1, 311, 17, 3, number], values: [[0x04, 0x01, UInt8(number)]]))
            }
        }
        let output = try convert(source(pfx), [secret(outputPassword)])
        let inspection = try reissuer().inspect(
            SourceFile(path: "output", bytes: output.bytes), passwords: [secret(outputPassword)])
        #expect(inspection.certificates.map(\.extendedProperties) == [[11, 20, 87]])
    }

    @Test func namesEachContainerAnew() throws {
        let vector = Vectors.named("cng-export")
        let names = try (0..<5).map { _ in
            try OpenSSLListing(convert(vector).bytes, password: outputPassword).keys[0].attributes["friendlyName"]
        }
        #expect(Set(names).count == 5)
        #expect(!names.contains([vector.key.friendlyName ?? ""]))
    }
}
