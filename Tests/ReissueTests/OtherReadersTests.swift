import PKCS12
import TestSupport
import Testing

@testable import Reissue

/// What programs other than openssl find in the output.
@Suite struct OtherReadersTests {
    static let cases: [(String, Profile.Encryption)] = [
        ("cng-export", .tripleDESSHA1), ("cng-export", .aes256SHA256), ("two-keys", .tripleDESSHA1),
    ]

    @Test(arguments: cases)
    func certtoolReadsIt(_ name: String, _ encryption: Profile.Encryption) throws {
        let vector = Vectors.named(name)
        let output = try convert(vector, .schannel.with(encryption: encryption))
        let text = try ExternalTool.certtool.check(
            ["--p12-info", "--inder", "--password", outputPassword], input: output.bytes
        ).text
        #expect(text.contains(encryption == .tripleDESSHA1 ? "MAC: SHA1" : "MAC: SHA256"))
        let schema = encryption == .tripleDESSHA1 ? "Schema: PKCS12-3DES-SHA1" : "Schema: PBES2-AES256-CBC"
        #expect(text.split(separator: schema, omittingEmptySubsequences: false).count == 1 + 1 + vector.keys.count)
        #expect(text.matches(of: /Iteration count: 2000/).count == 2 + vector.keys.count)
        #expect(text.matches(of: /BEGIN CERTIFICATE/).count == vector.certificates.count)
        #expect(text.matches(of: /BEGIN ENCRYPTED PRIVATE KEY/).count == vector.keys.count)
    }

    @Test(arguments: cases)
    func keytoolFindsKeysWithTheirChains(_ name: String, _ encryption: Profile.Encryption) throws {
        let vector = Vectors.named(name)
        let folder = try TemporaryFolder()
        let path = try folder.write(convert(vector, .schannel.with(encryption: encryption)).bytes, to: "output.pfx")
        let text = try ExternalTool.keytool.check(
            ["-list", "-v", "-keystore", path, "-storetype", "PKCS12", "-storepass", outputPassword]
        ).text
        #expect(text.matches(of: /Entry type: PrivateKeyEntry/).count == vector.keys.count)
        for key in vector.keys {
            let thumbprint = try #require(key.thumbprint)
            let pairs = stride(from: 0, to: 40, by: 2).map { String(Array(thumbprint)[$0..<$0 + 2]) }
            #expect(text.contains("SHA1: \(pairs.joined(separator: ":"))"))
        }
        if vector.keys.count == 1 {
            #expect(text.contains("Certificate chain length: \(vector.certificates.count)"))
        }
    }

    @Test(arguments: cases)
    func pk12utilImportsIt(_ name: String, _ encryption: Profile.Encryption) throws {
        let vector = Vectors.named(name)
        let folder = try TemporaryFolder()
        let path = try folder.write(convert(vector, .rsaAES.with(encryption: encryption)).bytes, to: "output.pfx")
        try ExternalTool.certutil.check(["-N", "-d", "sql:\(folder.path)", "--empty-password"])
        try ExternalTool.pk12util.check(["-i", path, "-d", "sql:\(folder.path)", "-W", outputPassword])
        let keys = try ExternalTool.certutil.check(["-K", "-d", "sql:\(folder.path)"]).text
        #expect(keys.matches(of: /(?m)^<\s*\d+>\s+rsa/).count == vector.keys.count, "\(keys)")
    }
}
