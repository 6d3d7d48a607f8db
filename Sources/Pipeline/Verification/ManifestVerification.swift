import PKCS12
import Providers
import Reissue
import Signatures

/// Checks the outputs of a run against its manifest, with our own reader and those of all providers.
public struct ManifestVerification {
    public struct Failure: Encodable, Sendable, Equatable {
        public var source: String
        public var output: String
        public var error: Manifest.Failure

        /// The output could be read, and is not what the manifest says.
        public var isMismatch: Bool { error.code == ReissueError.Code.verificationMismatch.rawValue }
    }

    public struct Result: Encodable, Sendable, Equatable {
        /// Outputs that are what the manifest says.
        public var verified = 0
        /// How many of those hold a key that a token shrouded, as the manifest says, so that only recapi's own reader has
        /// looked at them, and nobody into the shroud.
        public var keptShrouded = 0
        /// Items without an output: failed ones, and sources that were left as they are.
        public var withoutOutput = 0
        /// How many of the outputs that were looked at are of sources that were gone when the manifest was written. Where such
        /// an output is gone as well, nobody misses it.
        public var ofGoneSources = 0
        public var failures: [Failure] = []
        /// The items are not those that the run wrote: their digest (`itemsSHA256`) is another.
        public var isEdited = false
        /// Names of the providers whose readers opened the outputs.
        public var readers: [String]
        /// Absent where nobody asked for the manifest's signature.
        public var signature: ManifestSignature.Report?
    }

    private let path: FilePath
    private let manifest: Manifest
    private let passwords: [SecretBytes]
    private let crypto: any CryptoProvider
    private let recheck: Recheck
    private let readers: [String]
    private let signature: ManifestSignature.Report?
    private let isEdited: Bool

    /// - Parameters:
    ///   - passwords: candidates for the outputs.
    ///   - sealer: has `crypto`.
    ///   - readers: have `reader`.
    ///   - signer: who must have signed the manifest, and cryptography that verifies signatures; the manifest that is
    ///     used is the very one that was signed.
    /// - Throws: ``PipelineError`` from reading the manifest, `providerUnfit`; ``SignatureError``.
    public init(
        manifest path: FilePath, passwords: [SecretBytes], sealer: Provider, readers: [Provider],
        signer: (certificate: SignerCertificate, crypto: any CryptoProvider)? = nil
    ) throws {
        guard let crypto = sealer.crypto, !readers.isEmpty else {
            throw PipelineError(.providerUnfit, "there is no provider that can open the outputs")
        }
        self.path = path
        let text = try Manifest.text(at: path)
        signature = try signer.map {
            try ManifestSignature.check(text, ofManifestAt: path, by: $0.certificate, crypto: $0.crypto)
        }
        manifest = try Manifest(text: text, from: path)
        isEdited = try manifest.itemsSHA256 != ItemChain.digest(ofItemsIn: text, Digester([sealer]))
        self.passwords = passwords
        self.crypto = crypto
        recheck = try Recheck(provider: sealer, readers: readers)
        self.readers = readers.map(\.name)
    }

    public func run() throws -> Result {
        var result = Result(isEdited: isEdited, readers: readers, signature: signature)
        for item in manifest.items {
            guard let output = output(of: item) else {
                result.withoutOutput += 1
                continue
            }
            check(output, item, &result)
        }
        for item in manifest.itemsGone ?? [] {
            guard let output = output(of: item), FileStatus(output, followingLink: false) != nil else { continue }
            result.ofGoneSources += 1
            check(output, item, &result)
        }
        return result
    }

    /// Nil also where a failed item only says what an earlier run had left.
    private func output(of item: Manifest.Item) -> FilePath? {
        if item.status == .failed, item.outputSHA256 == nil { return nil }
        return item.outputPath(forManifestAt: path)
    }

    private func check(_ output: FilePath, _ item: Manifest.Item, _ result: inout Result) {
        do {
            let isShrouded = item.tokenExport?.way == .shrouded
            try check(output, item, staysClosed: isShrouded)
            result.verified += 1
            if isShrouded { result.keptShrouded += 1 }
        } catch {
            result.failures.append(
                Failure(source: item.source, output: output.text, error: Manifest.Failure(error)))
        }
    }

    private func check(_ output: FilePath, _ item: Manifest.Item, staysClosed: Bool) throws {
        let file = try RecordedFile.read(output, sha256: item.outputSHA256, crypto)
        var failure = PKCS12Error(.wrongPassword, "no password was given for the output")
        for password in passwords {
            do {
                return try recheck.check(
                    file, password: password, against: item.identities, staysClosed: staysClosed)
            } catch let error as PKCS12Error where error.code == .wrongPassword {
                failure = error
            }
        }
        throw failure
    }
}

/// A file that a manifest has the digest of.
package enum RecordedFile {
    /// - Parameter sha256: upper-case hex.
    /// - Throws: ``PipelineError`` from reading, ``ReissueError`` `verificationMismatch` where the file is another.
    package static func read(_ path: FilePath, sha256: String?, _ crypto: any CryptoProvider) throws -> SourceFile {
        let bytes = try FileReader(byteLimit: Limits().fileByteCount).read(path).bytes
        let digest = hexText(try crypto.digest(bytes[...], with: .sha256))
        guard digest == sha256 else {
            throw ReissueError(
                .verificationMismatch,
                "the file's SHA-256 is \(digest), and the manifest says \(sha256 ?? "none")",
                hint: "the output was changed after it was written: convert it again")
        }
        return SourceFile(path: path.text, bytes: bytes)
    }
}
