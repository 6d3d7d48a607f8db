import PKCS12
import Reissue
import TestSupport
import Testing

@testable import Windows

/// Chains in files that OpenSSL made, and that OpenSSL reads from what the runbook writes.
@Suite struct ChainTests {
    private let certificates: [ChainCertificate]
    private var leaf: ChainCertificate { certificates[0] }

    init() throws {
        certificates = try Fixtures.chain()
    }

    private func identity(chain: [String]) -> IdentityReport {
        var identity = Fixtures.identity(1, chain: chain)
        (identity.subject, identity.issuer) = (leaf.subject, leaf.issuer)
        return identity
    }

    private func openssl(_ der: [UInt8], _ option: String) throws -> String {
        let text = try ExternalTool.openssl.check(["x509", "-inform", "DER", "-noout", option], input: der).text
        return String(text.split(separator: "=", maxSplits: 1).last ?? "").filter { $0 != "\n" }
    }

    @Test func splitBySelfSignature() throws {
        let chain = try AuthorityChain(
            for: [identity(chain: certificates.dropFirst().map(\.thumbprint))], among: certificates.reversed())
        #expect(chain.files.count == certificates.count - 1 && chain.notes.isEmpty)
        for file in chain.files {
            let der = file.certificate.der
            let isRoot = try openssl(der, "-subject") == openssl(der, "-issuer")
            #expect(file.store == (isRoot ? .root : .intermediate))
            #expect(try openssl(der, "-fingerprint").filter(\.isHexDigit) == file.certificate.thumbprint)
        }
        #expect(Set(chain.files.map(\.store)) == [.root, .intermediate])
    }

    /// A PFX with the leaf only: the chain is found by names, up to the root.
    @Test func foundByNames() throws {
        let chain = try AuthorityChain(for: [identity(chain: [])], among: certificates)
        #expect(chain.files.count == certificates.count - 1 && chain.notes.isEmpty)
    }

    @Test func whatIsMissing() throws {
        #expect(throws: WindowsError.self) {
            try AuthorityChain(for: [identity(chain: [Fixtures.thumbprint(9)])], among: certificates)
        }
        let half = try AuthorityChain(for: [identity(chain: [])], among: certificates.filter { !$0.isSelfSigned })
        #expect(half.files.map(\.store) == [.intermediate] && half.notes.count == 1)
        let none = try AuthorityChain(for: [identity(chain: [])], among: [])
        #expect(none.files.isEmpty && none.notes.count == 1)
    }

    @Test func eachOnce() throws {
        let one = identity(chain: certificates.dropFirst().map(\.thumbprint))
        #expect(try AuthorityChain(for: [one, one], among: certificates + certificates).files.count == 2)
    }

    @Test func filesInDERAndPEM() throws {
        let provider = try InstalledProviders.openSSL
        let reissuer = try Reissuer(provider: provider, verifiers: [provider], options: .init(profile: .schannel))
        let pem = try certificates.map {
            try ExternalTool.openssl.check(["x509", "-inform", "DER"], input: $0.der).text
        }.joined(separator: "and some words\n")
        let read = try reissuer.certificates(inFile: SourceFile(path: "chain.pem", bytes: Array(pem.utf8)))
        #expect(read.map(\.der) == certificates.map(\.der))
        let one = try reissuer.certificates(inFile: SourceFile(path: "one.cer", bytes: certificates[1].der))
        #expect(one.map(\.thumbprint) == [certificates[1].thumbprint])
        for bytes in [[], [0x30], Array("text".utf8), [0x30, 0x03, 0x02, 0x01, 0x00]] as [[UInt8]] {
            #expect(
                errorCode { try reissuer.certificates(inFile: SourceFile(path: "x", bytes: bytes)) }
                    == "certificateMalformed")
        }
    }
}
