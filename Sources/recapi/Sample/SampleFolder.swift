import Dispatch
import PKCS12
import Pipeline
import Providers
import Synchronization

/// A folder of sites with PFX files to convert.
struct SampleFolder {
    var path: FilePath
    var sites: [String]
    /// Files a site.
    var count: Int
    var keyBits: Int
    /// Different keys over all sites.
    var keyCount: Int
    var broken: Bool
    var crypto: any CryptoProvider

    /// - Throws: ``PipelineError`` `outputExists`, `writeFailed`; ``PKCS12Error`` from the provider.
    func make() throws {
        guard !path.isTaken else {
            throw PipelineError(
                .outputExists, "\(path) exists already", hint: "name a folder that does not exist, or remove it")
        }
        let authorities = try Authorities(crypto: crypto)
        let keys = try Self.concurrently(keyCount) { _ in try crypto.generateRSAKey(bitCount: keyBits) }
        for site in sites {
            try NewFile.write(try password() + [UInt8(ascii: "\n")], to: path.appending("passwords/\(site)"))
        }
        try NewFile.write(try password() + [UInt8(ascii: "\n")], to: path.appending("passwords/output"))
        for (siteIndex, site) in sites.enumerated() {
            let password = SecretBytes(copying: try readPassword(site))
            _ = try Self.concurrently(count) { index in
                let key = keys[(siteIndex * count + index) % keyCount]
                let name = "server\(index + 1)"
                let file = try export(key, "\(name).\(site).example", authorities, index: index)
                try NewFile.write(
                    try PFXEncoder(cryptography: crypto).encode(file, password: password),
                    to: path.appending("\(site)/\(name).pfx"))
            }
        }
        if broken { try addBroken(keys[0], authorities) }
        try NewFile.write(Array(pipeline.utf8), to: path.appending("pipeline.json"))
    }

    /// The sample's authorities: a root and the authority below it that issues.
    private struct Authorities {
        let root: [UInt8]
        let issuing: [UInt8]
        let issuer: SampleCertificate.Issuer

        init(crypto: any CryptoProvider) throws {
            let keys = try SampleFolder.concurrently(2) { _ in try crypto.generateRSAKey(bitCount: 2048) }
            let rootIssuer = SampleCertificate.Issuer(commonName: "Sample Root CA", key: keys[0])
            issuer = SampleCertificate.Issuer(commonName: "Sample Issuing CA", key: keys[1])
            root = try SampleCertificate(
                commonName: rootIssuer.commonName, subjectKey: keys[0], isAuthority: true, serialNumber: [1],
                years: (2024, 2044)
            ).der(signedBy: rootIssuer, with: crypto)
            issuing = try SampleCertificate(
                commonName: issuer.commonName, subjectKey: keys[1], isAuthority: true, serialNumber: [2],
                years: (2024, 2034)
            ).der(signedBy: rootIssuer, with: crypto)
        }
    }

    private func export(_ key: RSAPrivateKey, _ host: String, _ authorities: Authorities, index: Int) throws -> PFX {
        var serialNumber = try crypto.randomBytes(16)
        serialNumber[0] = serialNumber[0] & 0x7F | 0x40
        let certificate = SampleCertificate(
            commonName: host, subjectKey: key, isAuthority: false, serialNumber: serialNumber, years: (2026, 2028))
        // Windows exports chains in either order.
        let chain = [authorities.issuing, authorities.root]
        return try WindowsExport(
            key: key,
            certificates: [try certificate.der(signedBy: authorities.issuer, with: crypto)]
                + (index.isMultiple(of: 2) ? chain : chain.reversed()),
            friendlyName: host, containerName: "te-WebServer-\(index + 1)",
            machineKeySet: !index.isMultiple(of: 4)
        ).pfx(crypto)
    }

    private func addBroken(_ key: RSAPrivateKey, _ authorities: Authorities) throws {
        let site = sites[0]
        let file = try PFXEncoder(cryptography: crypto).encode(
            try export(key, "broken.\(site).example", authorities, index: 0),
            password: SecretBytes(copying: try password()))
        try NewFile.write(file, to: path.appending("\(site)/other-password.pfx"))
        try NewFile.write(Array(file.prefix(file.count / 2)), to: path.appending("\(site)/cut-short.pfx"))
    }

    /// Twenty characters without any that people mistake for others.
    private func password() throws -> [UInt8] {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
        return try crypto.randomBytes(20).map { letters[Int($0) % letters.count] }
    }

    private func readPassword(_ site: String) throws -> some Sequence<UInt8> {
        try FileReader(byteLimit: 1_000).read(path.appending("passwords/\(site)")).bytes.dropLast()
    }

    private var pipeline: String {
        let inputs = sites.map {
            #"    { "site": "\#($0)", "path": "\#($0)", "password": "file:passwords/\#($0)" }"#
        }.joined(separator: ",\n")
        return """
            {
              "version": 1,
              "inputs": [
            \(inputs)
              ],
              "profile": "schannel",
              "output": { "directory": "converted", "password": "file:passwords/output" }
            }

            """
    }

    /// `count` results, made side by side; the first error ends it.
    private static func concurrently<Result: Sendable>(
        _ count: Int, _ body: @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        // The mutex owns the results; each iteration stores its own.
        let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = Swift.Result { try body(index) }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { results in
            try (0..<count).compactMap { try results[$0]?.get() }
        }
    }
}
