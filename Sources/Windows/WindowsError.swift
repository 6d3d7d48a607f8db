import PKCS12

/// What went wrong with texts from Windows, and with what is to be written for it.
public struct WindowsError: CodedError, Hashable {
    /// The kind of a ``WindowsError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes are not text in any encoding that is known here.
        public static let notText = Code(rawValue: "notText")
        /// The text is neither certutil's nor an event of Exchange.
        public static let notUnderstood = Code(rawValue: "notUnderstood")
        /// Sites and manifest do not fit together.
        public static let sitesUnfit = Code(rawValue: "sitesUnfit")
        /// A certificate of a chain is in none of the files at hand.
        public static let authorityMissing = Code(rawValue: "authorityMissing")
    }

    public let code: Code
    public let reason: String
    public let hint: String?

    public init(_ code: Code, _ reason: String, hint: String? = nil) {
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    public var codeName: String { code.rawValue }
}
