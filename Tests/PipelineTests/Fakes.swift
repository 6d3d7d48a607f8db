import Foundation
import PKCS12
import Providers
import Synchronization
import TestSupport
import Testing

@testable import Pipeline
@testable import Reissue

typealias FilePath = Pipeline.FilePath

/// A provider without any library: its digest is none, but differs where its input does.
struct FakeCrypto: CryptoProvider {
    var capabilities = CryptoCapabilities()
    let verifiesSignatures = true

    func digest(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm) throws -> [UInt8] {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in data { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<digest.byteCount).map { UInt8(truncatingIfNeeded: state >> (8 * ($0 % 8))) ^ UInt8($0) }
    }

    struct Unused: Error {}
    func derive(_ requests: [KeyDerivation]) throws -> [SecretBytes] { throw Unused() }
    func encrypt(_ plaintext: SecretBytes, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> [UInt8]
    { throw Unused() }
    func decrypt(_ ciphertext: ArraySlice<UInt8>, with cipher: ContentCipher, key: SecretBytes, iv: SecretBytes) throws
        -> SecretBytes
    { throw Unused() }
    func hmac(_ data: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: SecretBytes) throws -> [UInt8] {
        throw Unused()
    }
    func randomBytes(_ count: Int) throws -> [UInt8] { throw Unused() }
    func check(_ key: RSAPrivateKey) throws -> RSADefects { throw Unused() }
    func generateRSAKey(bitCount: Int) throws -> RSAPrivateKey { throw Unused() }
    func sign(_ message: ArraySlice<UInt8>, with digest: DigestAlgorithm, key: RSAPrivateKey) throws -> [UInt8] {
        throw Unused()
    }
}

struct FakeReader: ReaderProvider {
    var reports = ReaderFields.all
    func read(_ file: ArraySlice<UInt8>, password: SecretBytes) throws -> ReaderReport { ReaderReport() }
}

func fakeProvider(
    _ name: String, crypto: Bool = true, reader: Bool = true, reports: ReaderFields = .all
) -> Provider {
    Provider(
        name: name, library: "Fake 1.0", crypto: crypto ? FakeCrypto() : nil,
        reader: reader ? FakeReader(reports: reports) : nil)
}

/// Converts `X` to `X converted`; an output is right when it is that.
struct FakeReissuer: Reissuing {
    var sealer = "fake"
    var verifiers = ["fake"]
    var refuse: @Sendable (_ source: SourceFile) throws -> Void = { _ in }
    var refuseOutput: @Sendable (_ output: SourceFile) throws -> Void = { _ in }

    static func converted(_ bytes: [UInt8]) -> [UInt8] { bytes + " converted".utf8 }

    func reissue(_ jobs: [Reissuer.Job]) -> [Result<Reissuer.Outcome, any Error>] {
        jobs.map { job in Result { try reissue(job.source) } }
    }

    private func reissue(_ source: SourceFile) throws -> Reissuer.Outcome {
        try refuse(source)
        if source.bytes.starts(with: "done".utf8) {
            return .unchanged(.init(identities: [], sealedBy: nil, verifiedBy: [], notes: ["already so"]))
        }
        return .converted(verifiedPFX(Self.converted(source.bytes), sealer, verifiers))
    }

    func verify(_ output: SourceFile, of source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes)
        throws
        -> Reissuer.ReissueReport
    {
        try refuseOutput(output)
        guard output.bytes == Self.converted(source.bytes) else {
            throw ReissueError(.verificationMismatch, "another file")
        }
        return .init(identities: [], sealedBy: nil, verifiedBy: verifiers, notes: [])
    }

    /// Converts a key to what the token's provider gives for it.
    func reissue(_ source: KeyOnToken, outputPassword: SecretBytes) throws -> VerifiedPFX {
        let export = try source.access.tokens.export(
            source.key.uri, module: source.access.module, login: source.access.login, ways: source.ways, shroud: nil)
        guard case .shrouded(let bytes) = export.key else { throw ReissueError(.keyInconsistent, "no fake key") }
        return verifiedPFX(Self.converted(bytes), sealer, verifiers)
    }

    func verify(_ output: SourceFile, of source: KeyOnToken, outputPassword: SecretBytes) throws
        -> Reissuer.ReissueReport
    {
        guard output.bytes == Self.converted(Array(source.key.label.utf8)) else {
            throw ReissueError(.verificationMismatch, "another key")
        }
        return .init(identities: [], sealedBy: nil, verifiedBy: verifiers, notes: [])
    }
}

func verifiedPFX(_ bytes: [UInt8], _ sealer: String = "fake", _ verifiers: [String] = ["fake"]) -> VerifiedPFX {
    VerifiedPFX(bytes: bytes, report: .init(identities: [], sealedBy: sealer, verifiedBy: verifiers, notes: []))
}

/// What a run said while it went on.
final class ProgressLog: Sendable {
    let steps = Mutex<[RunProgress]>([])
    var report: @Sendable (RunProgress) -> Void { { step in self.steps.withLock { $0.append(step) } } }
}

/// A folder with inputs in `in`, outputs in `out`, and a password file.
struct Workshop {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("secret\n".utf8, to: "password")
        chmod(folder.path("password"), 0o600)
        try FileManager.default.createDirectory(atPath: folder.path("in"), withIntermediateDirectories: true)
    }

    func path(_ name: String) -> FilePath { FilePath(folder.path(name)) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> FilePath { FilePath(try folder.write(text.utf8, to: name)) }

    func text(_ name: String) throws -> String { String(decoding: try folder.read(name), as: UTF8.self) }

    func exists(_ name: String) -> Bool { FileStatus(path(name), followingLink: false) != nil }

    func input(_ site: String, _ path: String = "in") -> PipelineConfiguration.Input {
        .init(site: site, location: .path(self.path(path)), passwords: [.file(self.path("password"))])
    }

    var configuration: PipelineConfiguration {
        PipelineConfiguration(
            inputs: [input("site")], output: .init(directory: path("out"), password: .file(path("password"))),
            profile: .schannel)
    }

    func run(
        _ configuration: PipelineConfiguration, _ providers: [Provider] = [fakeProvider("fake")],
        options: RunOptions = RunOptions(), cancellation: Cancellation = Cancellation(), progress: ProgressLog? = nil,
        refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }
    ) throws -> RunResult {
        try PipelineRun.run(
            configuration, providers, .init(name: "recapi", version: "0"), cancellation, progress?.report,
            options: options
        ) { sealer, verifiers, _ in
            FakeReissuer(sealer: sealer.name, verifiers: verifiers.map(\.name), refuse: refuse)
        }
    }

    /// Runs, and gives the manifest's items.
    func items(
        _ configuration: PipelineConfiguration, refuse: @escaping @Sendable (SourceFile) throws -> Void = { _ in }
    ) throws -> [Manifest.Item] {
        try Manifest.read(from: try run(configuration, refuse: refuse).manifest).items
    }

    /// All names below a folder, relative to it.
    func names(_ folder: String) -> [String] {
        (FileManager.default.enumerator(atPath: self.folder.path(folder))?.allObjects as? [String] ?? []).sorted()
    }
}

func code(_ body: () throws -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? any CodedError)?.codeName ?? "\(error)"
    }
}

extension [String] {
    /// Notes without the one that every run with a single provider makes.
    var withoutThatOfOneProvider: [String] { filter { !$0.hasPrefix("there is no second provider") } }
}

extension Publisher {
    /// Stages one output and commits it.
    func publish(_ pfx: VerifiedPFX, to path: FilePath, source: FileStatus.Identity) throws(PipelineError) {
        if let failure = commit([try stage(pfx, for: path, source: source)])[0] { throw failure }
    }
}

/// Mounts a disk of 64 KiB, or cancels the test where that cannot be.
func withSmallDisk(at path: FilePath, _ body: () throws -> Void) throws {
    guard SmallDisk.isPossible else { try Test.cancel("\(SmallDisk.impossible)") }
    let disk = try SmallDisk(at: path.text, size: "64k")
    try withExtendedLifetime(disk, body)
}
