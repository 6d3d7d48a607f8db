import PKCS12
import Pipeline
import Reissue

/// Opens PFX files to look into them; nothing is refused that can be read.
struct PFXOpener {
    private let reissuer: Reissuer
    private let candidates: [SecretBytes]

    /// - Parameter purpose: what a person is asked for.
    init(_ passwords: PasswordOptions, purpose: String) throws {
        reissuer = try Self.reissuer(withholding: passwords.variables)
        candidates = try passwords.resolved(.prompt, purpose: purpose)
    }

    /// With the first provider that can.
    static func reissuer(withholding variables: Set<String> = []) throws -> Reissuer {
        let (provider, _) = try Installed.sealer(of: Installed.providers(withholding: variables))
        var options = Reissuer.Options(profile: .schannel)
        options.allowMissingMAC = true
        return try Reissuer(provider: provider, verifiers: [provider], options: options)
    }

    func inspect(_ path: FilePath) -> InspectCommand.File {
        do {
            return InspectCommand.File(
                path: path.text, inspection: try reissuer.inspect(try Self.read(path), passwords: candidates))
        } catch {
            return InspectCommand.File(path: path.text, error: Inspection.Refusal(error))
        }
    }

    func certificates(in source: SourceFile) throws -> [ChainCertificate] {
        try reissuer.certificates(inPFX: source, passwords: candidates)
    }

    /// - Throws: ``PipelineError``.
    static func read(_ path: FilePath) throws -> SourceFile {
        SourceFile(path: path.text, bytes: try FileReader(byteLimit: Limits().fileByteCount).read(path).bytes)
    }
}
