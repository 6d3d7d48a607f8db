import PKCS12
import Providers

/// A file as it was read.
public struct SourceFile: Sendable {
    /// For messages only.
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Takes one PFX through open → check → seal → verify.
///
/// Each stop has its own type, and only the stop before can make one: ``OpenedPFX``, ``CAPI1PFX``, ``SealedPFX``,
/// ``VerifiedPFX``. Publishing takes nothing but the last.
public struct Reissuer: Sendable {
    /// How files are read and judged.
    public struct Options: Sendable {
        public var profile: Profile
        public var limits: Limits
        /// Take files that have no MAC.
        public var allowMissingMAC = false
        /// Write a file anew even where it already is what the profile asks for.
        public var rewriteUnchanged = false

        public init(profile: Profile, limits: Limits = Limits()) {
            self.profile = profile
            self.limits = limits
        }
    }

    /// What became of a file that could be read.
    public enum Outcome: Sendable {
        /// To be published.
        case converted(VerifiedPFX)
        /// The source already is what the profile asks for (and `rewriteUnchanged` is off).
        case unchanged(ReissueReport)
    }

    /// What to record about a file besides its bytes.
    public struct ReissueReport: Sendable, Equatable {
        public var identities: [IdentityReport]
        /// Names of providers.
        public var sealedBy: String?
        public var verifiedBy: [String]
        /// What of the output was compared with the input, by the name of the reader that saw it; `recapi` is our own
        /// second reading, for what a library's reader does not report. Nil where nothing was verified.
        public var comparedBy: [String: [String]]?
        /// Sentences for the record, such as which bags were left out.
        public var notes: [String]
        /// How the key left its token, be it to write the output or to compare one with; nil for files, and where an output
        /// was opened.
        public var tokenExport: TokenExportReport?
    }

    let sealer: Provider
    let crypto: any CryptoProvider
    let verifiers: [Provider]
    let options: Options

    /// - Parameters:
    ///   - provider: seals; must have `crypto`.
    ///   - verifiers: each must have `reader`; at least one.
    /// - Throws: ``ReissueError`` `profileUnfit`, and `verificationFailed` where a provider cannot do its part.
    public init(provider: Provider, verifiers: [Provider], options: Options) throws {
        try options.profile.validate()
        guard let crypto = provider.crypto else {
            throw ReissueError(.verificationFailed, "the provider \(provider.name) cannot seal files: it has no crypto")
        }
        guard !verifiers.isEmpty, verifiers.allSatisfy({ $0.reader != nil }) else {
            throw ReissueError(.verificationFailed, "there is no provider with a reader to verify the output with")
        }
        sealer = provider
        self.crypto = crypto
        self.verifiers = verifiers
        self.options = options
    }

    /// What is to be done with one file.
    public struct Job: Sendable {
        public var source: SourceFile
        /// Candidates, UTF-8, tried in turn.
        public var passwords: [SecretBytes]
        /// UTF-8; empty is refused with `emptyOutputPassword`.
        public var outputPassword: SecretBytes

        public init(source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes) {
            self.source = source
            self.passwords = passwords
            self.outputPassword = outputPassword
        }
    }

    /// The whole path but publishing.
    ///
    /// Parameters are those of ``Job``.
    ///
    /// - Throws: ``PKCS12Error`` from reading, ``ReissueError`` from checks, sealing and verification.
    public func reissue(_ source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes) throws -> Outcome {
        try reissue([Job(source: source, passwords: passwords, outputPassword: outputPassword)])[0].get()
    }

    public func open(_ source: SourceFile, passwords: [SecretBytes]) throws -> OpenedPFX {
        try OpenedPFX(decoder(crypto).decode(source.bytes, passwords: passwords))
    }

    public func check(_ opened: OpenedPFX) throws -> CAPI1PFX {
        try rules.check(opened)
    }

    public func seal(_ checked: CAPI1PFX, password: SecretBytes) throws -> SealedPFX {
        try Self.checkOutputPassword(password)
        return try seal(
            checked, password: password, schemes: OutputSchemes(options.profile.encryption, crypto),
            derivations: RememberedDerivations(crypto, known: []))
    }

    func seal(
        _ checked: CAPI1PFX, password: SecretBytes, schemes: OutputSchemes, derivations: RememberedDerivations
    ) throws -> SealedPFX {
        SealedPFX(
            bytes: try Sealer(profile: options.profile, crypto: derivations, schemes: schemes)
                .seal(checked, password: password),
            checked: checked, sealedBy: sealer.name, derivations: derivations)
    }

    public func verify(_ sealed: SealedPFX, password: SecretBytes) throws -> VerifiedPFX {
        let file = FileToRead(sealed.bytes[...], password: password)
        return try verify(sealed, password: password, readings: readings(of: [file])[0])
    }

    /// - Parameter readings: what each of the verifiers found in it.
    func verify(_ sealed: SealedPFX, password: SecretBytes, readings: [Reading]) throws -> VerifiedPFX {
        let compared = try verify(
            sealed.bytes, password: password, against: sealed.checked, readings: readings,
            decoder: decoder(sealed.derivations))
        var report = try report(sealed.checked, after: options.profile)
        report.sealedBy = sealed.sealedBy
        report.verifiedBy = verifiers.map(\.name)
        report.comparedBy = compared
        return VerifiedPFX(bytes: sealed.bytes, report: report)
    }

    /// Proves that `output` (an existing file) is a right conversion of `source`: the same identities, the profile met,
    /// opened by every verifier.
    ///
    /// - Throws: ``ReissueError`` `verificationMismatch` or any reading error when it is not.
    public func verify(
        _ output: SourceFile, of source: SourceFile, passwords: [SecretBytes], outputPassword: SecretBytes
    )
        throws -> ReissueReport
    {
        let checked = try check(try open(source, passwords: passwords))
        let found = try done(output, try strictDecoder.decode(output.bytes, passwords: [outputPassword]))
        return try verify(output, found, against: checked, password: outputPassword)
    }

    /// An output that was there, where it is what the profile asks for.
    ///
    /// - Parameter allowsNoKeySpec: the keys may lack theirs, as those do that tokens shroud.
    func done(_ output: SourceFile, _ pfx: PFX, allowsNoKeySpec: Bool = false) throws -> CAPI1PFX {
        let found = try check(OpenedPFX(pfx))
        guard found.isDone(allowsNoKeySpec: allowsNoKeySpec) else {
            throw ReissueError(.verificationMismatch, "\(output.path) is not what the profile asks for")
        }
        return found
    }

    /// Has the verifiers compare an output that was there with what has to be in it.
    func verify(
        _ output: SourceFile, _ found: CAPI1PFX, against checked: CAPI1PFX, password: SecretBytes,
        allowsNoKeySpec: Bool = false
    ) throws -> ReissueReport {
        let compared = try verify(
            output.bytes, password: password, against: checked, allowsNoKeySpec: allowsNoKeySpec)
        var report = try report(checked, after: found)
        report.verifiedBy = verifiers.map(\.name)
        report.comparedBy = compared
        return report
    }

    /// Reads a file and says what is in it, without refusing anything that can be read.
    public func inspect(_ source: SourceFile, passwords: [SecretBytes]) throws -> Inspection {
        let opened = try open(source, passwords: passwords)
        return try Inspection(
            opened, rules: rules, thumbprints: thumbprints)
    }

    // MARK: - Parts

    var thumbprints: Thumbprints { Thumbprints(crypto) }

    var rules: CAPI1Rules { CAPI1Rules(profile: options.profile, crypto: crypto) }

    static func checkOutputPassword(_ password: SecretBytes) throws(ReissueError) {
        guard password.isEmpty else { return }
        throw ReissueError(
            .emptyOutputPassword,
            "the output password is empty, and .NET on Windows refuses such files (KB5025823)",
            hint: "give a password for the output")
    }

    func decoder(_ cryptography: any PKCS12Cryptography) -> PFXDecoder {
        PFXDecoder(
            cryptography: cryptography, limits: options.limits, allowsMissingMAC: options.allowMissingMAC)
    }

    /// For outputs: takes a password as Windows does, in the encoding of the standards only, and nothing after the PFX.
    var strictDecoder: PFXDecoder {
        var decoder = decoder(crypto)
        decoder.triesOtherEncodings = false
        decoder.allowsTrailingBytes = false
        return decoder
    }

    /// What a verifier found in a file, or why it could not read it.
    typealias Reading = Result<ReaderReport, any Error>

    /// - Returns: for each file, what each of the verifiers found in it.
    func readings(of files: [FileToRead]) -> [[Reading]] {
        let byVerifier = verifiers.map { Verifier.read(files, by: $0) }
        return files.indices.map { index in byVerifier.map { $0[index] } }
    }

    /// - Parameters:
    ///   - readings: what each of the verifiers found in the file; nil to have them read it.
    ///   - decoder: for our own second reading, where a verifier needs one; nil for an ordinary one.
    @discardableResult
    func verify(
        _ file: [UInt8], password: SecretBytes, against checked: CAPI1PFX, readings: [Reading]? = nil,
        decoder: PFXDecoder? = nil, allowsNoKeySpec: Bool = false
    ) throws -> [String: [String]] {
        let verifier = Verifier(
            profile: options.profile, allowsNoKeySpec: allowsNoKeySpec, decoder: decoder ?? strictDecoder)
        let readings = readings ?? self.readings(of: [FileToRead(file[...], password: password)])[0]
        return try zip(verifiers, readings).reduce(into: [:]) { compared, pair in
            let (provider, reading) = pair
            let seen = try verifier.verify(file, password: password, as: reading, by: provider, against: checked)
            // What several readers leave to our own is the same second reading.
            compared.merge(seen) { $0.union($1) }
        }
    }

    /// Whether a source may stay as it is: it has to open with the password that its users will be given.
    func opens(_ source: SourceFile, with password: SecretBytes) -> Bool {
        (try? strictDecoder.decode(source.bytes, passwords: [password])) != nil
    }

    func report(_ checked: CAPI1PFX, after profile: Profile?) throws -> ReissueReport {
        ReissueReport(
            identities: try identities(of: checked, after: profile), sealedBy: nil, verifiedBy: [],
            notes: checked.opened.leftOut)
    }

    /// - Parameter found: what an output that was there says, which need not be of this version's making.
    func report(_ checked: CAPI1PFX, after found: CAPI1PFX) throws -> ReissueReport {
        var report = try report(checked, after: options.profile)
        for (index, identity) in checked.identities.enumerated() {
            report.identities[index].after = found.identities.first { $0.key == identity.key }?.before
        }
        return report
    }

    func identities(of checked: CAPI1PFX, after profile: Profile? = nil) throws -> [IdentityReport] {
        try checked.identities.map { try $0.report(checked, after: profile, thumbprints) }
    }
}

extension [String] {
    fileprivate func union(_ others: [String]) -> [String] {
        self + others.filter { !contains($0) }
    }
}

/// Bytes that the verifiers have opened and found to be what they should be; only ``Reissuer`` makes one.
public struct VerifiedPFX: Sendable {
    public let bytes: [UInt8]
    public let report: Reissuer.ReissueReport

    init(bytes: [UInt8], report: Reissuer.ReissueReport) {
        self.bytes = bytes
        self.report = report
    }
}
