import Reissue

/// What texts from servers say of their certificates, and what there is to do.
public struct Diagnosis: Codable, Sendable {
    public var schemaVersion = 1
    public var files: [File] = []
    public var certificates: [Certificate] = []
    public var events: [Event] = []
    /// The PFX files that were looked into; nil where none were asked for.
    public var pfxFiles: [PFXAtHand]?
    /// How far a manifest's certificates have come; nil where none was given.
    public var expectation: Expectation?

    /// A text that was given.
    public struct File: Codable, Sendable {
        public var path: String
        public var encoding: TextEncoding?
        /// What stands where a fact should be and could not be read, and text that is neither a dump nor an event.
        public var notUnderstood: [Remark] = []
        /// Commands of certutil's that failed, in its words.
        public var failedCommands: [Remark] = []
        /// False where one of them should have listed certificates: there may be more than the file shows.
        public var isComplete = true
        public var error: Inspection.Refusal?

        var isWhole: Bool { error == nil && isComplete }
    }

    public struct Certificate: Codable, Sendable {
        /// The text that it is in.
        public var file: String
        public var certificate: DumpedCertificate
        public var verdicts: [ServiceVerdict]
        /// An event of EdgeSync's names it.
        public var isNamedByEvent: Bool
        /// Paths of PFX files at hand with its key.
        public var pfxFiles: [String]
        /// Nil where there is nothing to do.
        public var action: Action?
    }

    /// What to do about a certificate.
    public struct Action: Codable, Sendable, Equatable {
        public enum Kind: String, Codable, Sendable {
            /// Export it with its key, and convert that.
            case export
            /// Convert the PFX at hand.
            case convert
            /// Import the PFX at hand, which is converted.
            case `import`
            /// Have it issued again: its key cannot be moved to CAPI1.
            case reissue
            /// Look: the dump does not say enough.
            case look
        }

        public var kind: Kind
        public var text: String
    }

    public struct Event: Codable, Sendable {
        public var file: String
        public var event: EdgeSyncEvent
        /// Thumbprints that it names and no dump has.
        public var unseen: [String]

        /// EdgeSync refuses a certificate, and no dump shows which that is.
        var isOpen: Bool { event.meaning == .notCAPI && (!unseen.isEmpty || event.thumbprints.isEmpty) }
    }

    /// Whether anything is to be done: with a manifest, whether anything of that is; otherwise whether any certificate
    /// or event asks for something.
    public var hasWork: Bool { work > 0 }

    /// How many things there are to do.
    public var work: Int {
        if let expectation { return expectation.open }
        return certificates.count { $0.action != nil } + events.count(where: \.isOpen)
    }

    /// Those that could not be read, or show less than they should.
    public var failedFiles: Int {
        files.count { !$0.isWhole } + (pfxFiles ?? []).count { $0.error != nil }
    }

    /// Whether the texts say anything at all.
    public var isEmpty: Bool {
        !files.contains(where: \.isWhole) && certificates.isEmpty && events.isEmpty
    }
}

/// A PFX file at hand, and the keys in it.
public struct PFXAtHand: Codable, Sendable {
    public struct Key: Codable, Sendable {
        /// Of its certificate.
        public var thumbprint: String
        /// Windows would put it under CAPI1, as the file says.
        public var isCAPI1: Bool
        /// Why it cannot be converted; nil where it can.
        public var refusal: String?

        public init(thumbprint: String, isCAPI1: Bool, refusal: String?) {
            self.thumbprint = thumbprint
            self.isCAPI1 = isCAPI1
            self.refusal = refusal
        }
    }

    public var path: String
    public var keys: [Key]
    public var error: Inspection.Refusal?

    public init(path: String, keys: [Key] = [], error: Inspection.Refusal? = nil) {
        self.path = path
        self.keys = keys
        self.error = error
    }
}
