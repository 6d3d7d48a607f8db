import PKCS12

/// What went wrong with a provider itself: finding, loading, checking or hosting it.
public struct ProviderError: CodedError, Hashable {
    /// The kind of a ``ProviderError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// No provider of that name is installed.
        public static let notFound = Code(rawValue: "providerNotFound")
        /// The library could not be loaded.
        public static let loadFailed = Code(rawValue: "providerLoadFailed")
        /// The file is a library, and not a provider.
        public static let notAProvider = Code(rawValue: "notAProvider")
        /// The provider speaks another version of the boundary.
        public static let wrongABI = Code(rawValue: "providerWrongABI")
        /// The provider failed its consistency check, or broke the boundary's rules during a call.
        public static let inconsistent = Code(rawValue: "providerInconsistent")
        /// The process of an isolated provider ended during a call, or before it took one.
        public static let crashed = Code(rawValue: "providerCrashed")
        /// An isolated provider did not answer within the time limit, and was killed.
        public static let timedOut = Code(rawValue: "providerTimedOut")
        /// An isolated provider failed so often in a row that it is not started again.
        public static let abandoned = Code(rawValue: "providerAbandoned")
    }

    public let code: Code
    public let reason: String
    public let hint: String?
    /// The provider that failed, where it is not plain from who was asked.
    public var provider: String?

    public init(_ code: Code, _ reason: String, hint: String? = nil) {
        self.code = code
        self.reason = reason
        self.hint = hint
    }

    public var codeName: String { code.rawValue }
}
