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
    public var distribute = Distribution.spread
    public var verify = Verification.another
    public var profile: Profile
    public var unchanged = Unchanged.skip
    /// Take files that have no MAC.
    public var allowMissingMAC = false
    /// Where the manifest goes; nil for `manifest.json` in the output folder.
    public var manifest: FilePath?
    /// How many files are worked on at once; nil for as many as there are processors.
    public var jobs: Int?
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
    }

    public enum Location: Sendable, Hashable {
        /// A file, a folder, or, where nothing of that very name exists, a shell pattern of files and folders.
        case path(FilePath)
        /// A file with one path a line.
        case list(FilePath)
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
        /// The first that can.
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

    /// The environment variables that hold passwords.
    public var passwordVariables: Set<String> {
        let sources =
            inputs.flatMap { $0.passwords + [$0.outputPassword].compactMap(\.self) }
            + [output.password].compactMap(\.self)
        return Set(sources.compactMap(\.environmentVariable))
    }

    public var manifestPath: FilePath { manifest ?? output.directory.appending("manifest.json") }
}
