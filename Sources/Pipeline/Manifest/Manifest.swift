import Reissue

/// What a run did, for every source (design.md §7). It holds no secret.
public struct Manifest: Codable, Sendable, Equatable {
    public static let currentSchemaVersion = 1

    public var schemaVersion = Self.currentSchemaVersion
    public var tool: Tool
    public var run: Run
    /// The providers that the run used.
    public var providers: [ProviderVersion]
    public var summary: Summary
    /// Sentences about the run as a whole; absent when there are none.
    public var notes: [String]?
    /// Sorted by the bytes of `source`.
    public var items: [Item]
    /// The last records of sources that are not there any more, while their outputs are: so that these are known as recapi's when
    /// the sources come back. Sorted by the bytes of `source`; in no summary; absent where there are none.
    public var itemsGone: [Item]?
    /// A digest over the items, and then over those that are gone, so that an edit shows: from SHA-256 of nothing on, SHA-256 of
    /// the hex digest so far followed by the next item without blanks between its tokens; before each of `itemsGone` stands that
    /// word. Upper-case hex; absent from manifests of before it was there.
    public var itemsSHA256: String?

    public struct Tool: Codable, Sendable, Equatable {
        public var name: String
        public var version: String

        public init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    public struct Run: Codable, Sendable, Equatable {
        /// A random UUID.
        public var id: String
        /// ISO 8601, UTC, milliseconds.
        public var start: String
        public var end: String
        /// SHA-256 of the configuration with all defaults and without secrets, upper-case hex. How many jobs there are does
        /// not count.
        public var configurationDigest: String
        /// The share of the inputs that was taken, `I/N`; absent where that is all.
        public var shard: String?
        /// The ids of the runs that a merged manifest was made of; absent from others.
        public var parts: [String]?
    }

    public struct ProviderVersion: Codable, Sendable, Equatable {
        public var name: String
        /// Such as `OpenSSL 3.0.19`.
        public var library: String
        /// True where it ran in a process of its own; absent otherwise.
        public var isolated: Bool?
    }

    public struct Counts: Codable, Sendable, Equatable {
        public var total: Int
        public var converted: Int
        public var unchanged: Int
        public var failed: Int

        package init(total: Int = 0, converted: Int = 0, unchanged: Int = 0, failed: Int = 0) {
            self.total = total
            self.converted = converted
            self.unchanged = unchanged
            self.failed = failed
        }

        package mutating func count(_ status: Status) {
            total += 1
            switch status {
            case .converted: converted += 1
            case .unchanged: unchanged += 1
            case .failed: failed += 1
            }
        }
    }

    public struct Summary: Codable, Sendable, Equatable {
        public var total: Int
        public var converted: Int
        public var unchanged: Int
        public var failed: Int
        public var bySite: [String: Counts]
    }

    public enum Status: String, Codable, Sendable, CaseIterable {
        case converted
        /// The source, or an output that was there before, already is what is asked for; or what an earlier run recorded
        /// still holds.
        case unchanged
        case failed
    }

    public struct Failure: Codable, Sendable, Equatable {
        /// Stable: what programs compare.
        public var code: String
        public var message: String
        public var hint: String?
    }

    /// What became of one source.
    public struct Item: Codable, Sendable, Equatable {
        public var site: String
        /// The source's absolute path, in which bytes that are not UTF-8 show as U+FFFD; for a key on a token its URI.
        public var source: String
        /// The source's path, percent-encoded, where `source` cannot show it.
        public var sourceBytes: String?
        /// Upper-case hex; absent where the source could not be read, and for keys on tokens.
        public var sourceSHA256: String?
        /// What stands for the digest of a key on a token: SHA-256 over its URI, public key and certificates.
        public var keySHA256: String?
        /// SHA-256 of what decides what the output is, besides its source: recapi's version, the profile, the limits, how
        /// outputs are verified, and where the output's password comes from. Absent from failed items.
        public var recipeSHA256: String?
        public var status: Status
        public var error: Failure?
        /// The name of a provider.
        public var sealedBy: String?
        public var verifiedBy: [String]
        /// What of the output was compared with the source, by the reader that saw it: a provider's, or `recapi` for our
        /// own second reading. Absent where nothing was verified.
        public var comparedBy: [String: [String]]?
        /// The output's path, relative to the manifest's folder where it is below that, and absolute otherwise; of a failed item
        /// that of what an earlier run had left.
        public var output: String?
        /// As `sourceBytes`.
        public var outputBytes: String?
        public var outputSHA256: String?
        /// What an earlier run had put in the output's place, which this output replaced, or which is still there where
        /// the item failed.
        public var earlierOutputSHA256: String?
        public var durationMilliseconds: Double
        public var identities: [IdentityReport]
        /// How the key left its token, in this run or an earlier one; only for keys on tokens. Of an output that was there
        /// already it can say that the token shrouded the key once more, to the very bytes that are in it.
        public var tokenExport: TokenExportReport?
        /// Sentences about this item; absent when there are none.
        public var notes: [String]?
    }
}
