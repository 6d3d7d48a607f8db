import PKCS12
import Providers
import Reissue

/// What a run takes, what it makes of it, and where it puts that: pipeline.json (design.md §6) as a value.
///
/// ``read(from:)`` makes one from a file and refuses what cannot mean anything. One made in Swift is checked by
/// ``PipelineRun``.
public struct PipelineConfiguration: Sendable {
    public var inputs: [Input]
    public var output: Output
    /// Names of the providers to use, in order of preference; nil for all there are.
    public var providers: [String]?
    /// Which providers are hosted in processes of their own.
    public var isolate = Isolate.byDefault
    public var distribute = Distribution.prefer
    public var verify = Verification.another
    public var profile: Profile
    public var unchanged = Unchanged.skip
    /// Take files that have no MAC.
    public var allowMissingMAC = false
    /// Where the manifest goes; nil for `manifest.json` in the output folder.
    public var manifest: FilePath?
    /// How many files are worked on at once; nil for as many as there are processors.
    public var jobs: Int?
    /// How many keys of one token are worked on at once.
    public var jobsPerToken = 1
    /// Log in to tokens that another wrong PIN would lock. Not a part of pipeline.json: somebody has to say so each time.
    public var allowsFinalTry = false
    /// The share of the inputs that is taken; nil for all. Not a part of pipeline.json: each machine has another.
    public var shard: Shard?
    /// Environment variables that hold passwords of the command beside this configuration.
    public var otherPasswordVariables: Set<String> = []
    public var limits = Limits()

    public init(inputs: [Input], output: Output, profile: Profile) {
        self.inputs = inputs
        self.output = output
        self.profile = profile
    }

    /// Where files of one site come from, and how they are opened.
    public struct Input: Sendable, Hashable {
        public var site: String
        public var location: Location
        /// Shell patterns for names of files inside folders; ASCII letters match in either case.
        public var match = Self.defaultMatch
        /// Whether folders inside folders are searched.
        public var recursive = true
        /// Candidates, tried in turn.
        public var passwords: [PasswordSource]
        /// Protects the outputs of this input; nil for that of ``Output``.
        public var outputPassword: PasswordSource?

        public static let defaultMatch = ["*.pfx", "*.p12"]

        public init(
            site: String, location: Location, passwords: [PasswordSource], outputPassword: PasswordSource? = nil
        ) {
            self.site = site
            self.location = location
            self.passwords = passwords
            self.outputPassword = outputPassword
        }

        /// Nil where the input is of files.
        public var token: TokenInput? {
            if case .token(let token) = location { token } else { nil }
        }
    }

    /// Whether any input is on a token.
    public var namesTokens: Bool { inputs.contains { $0.token != nil } }

    public enum Location: Sendable, Hashable {
        /// A file, a folder, or, where nothing of that very name exists, a shell pattern of files and folders.
        case path(FilePath)
        /// A file with one path a line.
        case list(FilePath)
        /// Keys on a PKCS#11 token.
        case token(TokenInput)
    }

    /// Keys on one token, and how to get at them.
    public struct TokenInput: Sendable, Hashable {
        /// RFC 7512; names a token, and keys on it where not all are meant. Never with a `pin-value`.
        public var uri: String
        /// Nil for that of the URI's `pin-source`, and for tokens that ask for none or at a device of their own.
        public var pin: PasswordSource?
        /// A PKCS#11 module; nil for those that p11-kit is configured with.
        public var module: FilePath?
        /// A folder of CA certificates, DER or PEM, for chains.
        public var caCertificates: FilePath?
        /// The ways in which a key may leave.
        public var export: Set<TokenExportWay> = Set(TokenExportWay.allCases)

        public init(uri: String, pin: PasswordSource? = nil) {
            self.uri = uri
            self.pin = pin
        }
    }

    /// Where outputs go.
    public struct Output: Sendable, Hashable {
        public var directory: FilePath
        /// The path of an output below `directory`.
        public var name = OutputName.standard
        /// Protects the outputs of inputs that name no password of their own.
        public var password: PasswordSource?
        public var overwrite = Overwrite.never

        public init(directory: FilePath, password: PasswordSource? = nil) {
            self.directory = directory
            self.password = password
        }
    }

    /// Which provider seals the next file.
    public enum Distribution: String, Sendable, CaseIterable {
        /// All take turns.
        case spread
        /// The first that can; without ``providers``, the one whose verifiers see the most of an output.
        case prefer
    }

    /// Which providers are hosted in processes of their own, so that one that crashes or hangs fails the files in hand
    /// and not the run.
    public enum Isolate: Sendable, Hashable {
        /// ``Providers/Isolation/providersByDefault``, where they are installed.
        case byDefault
        case all
        case none
        case only([String])

        public func contains(_ name: String) -> Bool {
            switch self {
            case .byDefault: Isolation.providersByDefault.contains(name)
            case .all: true
            case .none: false
            case .only(let names): names.contains(name)
            }
        }
    }

    /// Which providers' readers prove an output.
    public enum Verification: String, Sendable, CaseIterable {
        /// One other than the provider that sealed, where there is one.
        case another
        case all
        /// The one that sealed.
        case same
    }

    /// What happens to an output that exists and is not a right conversion of its source.
    public enum Overwrite: String, Sendable, CaseIterable {
        case never
        case replace
    }

    /// What happens to a file that already is what the profile asks for.
    public enum Unchanged: String, Sendable, CaseIterable {
        case skip
        case rewrite
    }

    /// The environment variables that hold passwords, which no other process gets.
    public var passwordVariables: Set<String> {
        let sources =
            inputs.flatMap { $0.passwords + [$0.outputPassword, $0.token?.pin].compactMap(\.self) }
            + [output.password].compactMap(\.self)
        return Set(sources.compactMap(\.environmentVariable)).union(otherPasswordVariables)
    }

    public var manifestPath: FilePath { manifest ?? output.directory.appending("manifest.json") }
}
