import Dispatch
import Providers
import Reissue
import Synchronization
import TestSupport

/// Who reads what recapi writes: a file with a chain, sealed for each profile with each protection by each provider.
struct OutputMatrix: Sendable {
    struct Output: Sendable {
        let profile: Profile
        let sealer: String
        let path: String
    }

    struct Cell: Sendable {
        let reader: OutputReader
        let output: Output
        /// What was wrong; nil where the program found certificate, key and chain.
        let failure: String?
    }

    let cells: [Cell]

    init(source: Vector) throws {
        let folder = try TemporaryFolder()
        let outputs = try Self.outputs(source, in: folder)
        let truth = try Truth(source)
        let jobs = OutputReader.allCases.flatMap { reader in outputs.map { (reader, $0) } }
        // Owned by its mutex.
        let cells = Mutex<[Cell?]>(Array(repeating: nil, count: jobs.count))
        DispatchQueue.concurrentPerform(iterations: jobs.count) { index in
            let (reader, output) = jobs[index]
            let failure = truth.failure(of: reader, output.path)
            cells.withLock { $0[index] = Cell(reader: reader, output: output, failure: failure) }
        }
        self.cells = cells.withLock { $0 }.compactMap { $0 }
        withExtendedLifetime(folder) {}
    }

    static let password = "written by recapi"

    private static func outputs(_ source: Vector, in folder: TemporaryFolder) throws -> [Output] {
        let providers = [try InstalledProviders.openSSL, try InstalledProviders.gnuTLS]
        return try providers.flatMap { provider in
            try Profile.all.flatMap { profile in
                try Profile.Encryption.allCases.map { encryption in
                    var profile = profile
                    profile.encryption = encryption
                    let name = "\(provider.name)-\(profile.name)-\(encryption.rawValue).pfx"
                    let bytes = try converted(source, profile, provider, providers.filter { $0.name != provider.name })
                    return Output(profile: profile, sealer: provider.name, path: try folder.write(bytes, to: name))
                }
            }
        }
    }

    private static func converted(
        _ source: Vector, _ profile: Profile, _ sealer: Provider, _ verifiers: [Provider]
    ) throws -> [UInt8] {
        let reissuer = try Reissuer(
            provider: sealer, verifiers: verifiers, options: Reissuer.Options(profile: profile))
        let outcome = try reissuer.reissue(
            SourceFile(path: source.file, bytes: source.bytes), passwords: source.passwords,
            outputPassword: secret(password))
        guard case .converted(let output) = outcome else {
            throw Failure(description: "\(source) was left as it is")
        }
        return output.bytes
    }

    /// What openssl finds in the source.
    private struct Truth: Sendable {
        let leaf: String
        let certificates: [String]
        let privateKey: [UInt8]
        let publicKey: String
        let modulusDigest: String

        init(_ source: Vector) throws {
            leaf = source.leaves[0]
            certificates = source.certificates.map(\.thumbprint).sorted()
            let pem = try ExternalTool.openssl.check(
                ["pkcs12", "-legacy", "-in", source.path, "-passin", "pass:\(source.password)", "-nodes", "-nocerts"]
            ).standardOutput
            privateKey = try ExternalTool.openssl.check(["rsa", "-traditional", "-outform", "DER"], input: pem)
                .standardOutput
            publicKey = try ExternalTool.openssl.check(["pkey", "-pubout"], input: pem).text
            let modulus = try ExternalTool.openssl.check(["rsa", "-noout", "-modulus"], input: pem).text
            modulusDigest = try InstalledProviders.thumbprint(Self.bytes(modulus.filter(\.isHexDigit).dropFirst()))
        }

        func failure(of reader: OutputReader, _ path: String) -> String? {
            do {
                let reading = try reader.read(path, password: OutputMatrix.password)
                guard reading.leaf == leaf else { return "another certificate" }
                guard reading.certificates == certificates else { return "another chain" }
                guard isRight(reading.key) else { return "another key" }
                return nil
            } catch {
                return "\(error)"
            }
        }

        private func isRight(_ key: OutputReader.KeyEvidence) -> Bool {
            switch key {
            case .privateKey(let der): der == privateKey
            case .modulusDigest(let digest): digest == modulusDigest
            case .signedFor(let key): key == publicKey
            }
        }

        /// - Parameter hex: of whole bytes.
        private static func bytes(_ hex: some StringProtocol) -> [UInt8] {
            let digits = Array(hex)
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
        }
    }
}

extension OutputMatrix {
    /// A row for each program, a column for each protection and sealer.
    var markdown: String {
        let sealers = ["openssl", "gnutls"]
        let columns = Profile.Encryption.allCases.flatMap { encryption in sealers.map { (encryption, $0) } }
        var lines = [
            "| read by | " + columns.map { "\($0.rawValue)<br>sealed by \($1)" }.joined(separator: " | ") + " |",
            "|---|" + String(repeating: ":-:|", count: columns.count),
        ]
        for reader in OutputReader.allCases {
            let counts = columns.map { encryption, sealer in
                let own = cells.filter {
                    $0.reader == reader && $0.output.sealer == sealer && $0.output.profile.encryption == encryption
                }
                return "\(own.filter { $0.failure == nil }.count)/\(own.count)"
            }
            lines.append("| \(reader.rawValue) | " + counts.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }
}
