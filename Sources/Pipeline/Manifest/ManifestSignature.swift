import Glibc
import Providers
import Signatures

/// The signature beside a manifest: `manifest.json.p7s`.
public enum ManifestSignature {
    /// Who signed a manifest, and when.
    public struct Report: Encodable, Sendable, Equatable {
        /// The subject of the signer's certificate, RFC 4514 text.
        public var signer: String
        /// ISO 8601, UTC, as the signer claims; absent where it does not.
        public var signingTime: String?
    }

    /// Where the signature of a manifest is.
    public static func path(forManifestAt manifest: FilePath) -> FilePath { FilePath(manifest.bytes + ".p7s".utf8) }

    /// Signs the manifest as it is on the disk, in place of the signature before.
    ///
    /// - Parameter crypto: must verify signatures.
    /// - Returns: the signature's path.
    /// - Throws: ``SignatureError``, what the signer throws, ``PipelineError`` `readFailed`, `writeFailed`.
    @discardableResult
    public static func write(
        forManifestAt manifest: FilePath, by signer: Signer, crypto: any CryptoProvider
    ) throws -> FilePath {
        let manifest = FilePath.workingFolder().appending(manifest)
        let content = try FileReader(byteLimit: .max >> 1).read(manifest).bytes
        let signature = try DetachedSignature.make(over: content, by: signer, at: time(nil), crypto: crypto)
        let path = path(forManifestAt: manifest)
        do {
            try TemporaryFile.write(to: path, mode: 0o644) { try $0.write(signature) }
        } catch {
            throw PipelineError(writing: path, error)
        }
        return path
    }

    /// - Parameters:
    ///   - content: of the manifest.
    ///   - crypto: must verify signatures.
    /// - Throws: ``SignatureError``, ``PipelineError`` from reading the signature.
    static func check(
        _ content: [UInt8], ofManifestAt manifest: FilePath, by certificate: SignerCertificate,
        crypto: any CryptoProvider
    ) throws -> Report {
        let path = path(forManifestAt: FilePath.workingFolder().appending(manifest))
        do {
            let signature = try FileReader(byteLimit: 1 << 20).read(path).bytes
            let checked = try DetachedSignature.check(signature, over: content, by: certificate, crypto: crypto)
            return Report(signer: certificate.subject, signingTime: checked.signingTime)
        } catch let error as PipelineError where error.code == .notFound {
            throw SignatureError(
                .missing, "the manifest is not signed: there is no \(path)", hint: "recapi run --sign signs it")
        } catch let error as SignatureError {
            throw SignatureError(error.code, "\(path): \(error.reason)", hint: error.hint)
        }
    }
}
