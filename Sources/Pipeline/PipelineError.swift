import PKCS12

/// What went wrong around the files: configuration, reading, publishing, recording.
public struct PipelineError: CodedError, Hashable {
    /// The kind of a ``PipelineError``; open, so that codes can be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The configuration cannot mean anything; the reason names every place, such as `inputs[2].password`.
        public static let configurationInvalid = Code(rawValue: "configurationInvalid")
        public static let configurationUnreadable = Code(rawValue: "configurationUnreadable")
        /// No input gives any file.
        public static let nothingToDo = Code(rawValue: "nothingToDo")
        /// A password source gives nothing.
        public static let passwordUnavailable = Code(rawValue: "passwordUnavailable")
        /// Two sources would become one output.
        public static let outputCollision = Code(rawValue: "outputCollision")
        /// Another run works on the same output folder.
        public static let outputBusy = Code(rawValue: "outputBusy")
        /// There already is an output, and it is not a right conversion of the source.
        public static let outputExists = Code(rawValue: "outputExists")
        /// The output would replace its own source.
        public static let outputIsInput = Code(rawValue: "outputIsInput")
        /// The name pattern gives no usable name for a source.
        public static let outputNameInvalid = Code(rawValue: "outputNameInvalid")
        public static let readFailed = Code(rawValue: "readFailed")
        public static let notFound = Code(rawValue: "notFound")
        public static let notARegularFile = Code(rawValue: "notARegularFile")
        /// A folder that contains itself through symbolic links.
        public static let symlinkLoop = Code(rawValue: "symlinkLoop")
        public static let folderUnreadable = Code(rawValue: "folderUnreadable")
        /// A file system that was there is gone, maybe for a moment.
        public static let storageUnavailable = Code(rawValue: "storageUnavailable")
        public static let tooLarge = Code(rawValue: "tooLarge")
        public static let writeFailed = Code(rawValue: "writeFailed")
        /// No provider at hand can do what the configuration asks for.
        public static let providerUnfit = Code(rawValue: "providerUnfit")
        /// No provider can be used on this machine.
        public static let noProvider = Code(rawValue: "noProvider")
        /// The run was told to stop: at the prompt for a password, or before it came to this file.
        public static let interrupted = Code(rawValue: "interrupted")
        /// A manifest that is not one.
        public static let manifestInvalid = Code(rawValue: "manifestInvalid")
        /// No manifest of a merge has the source; or only failures are to be done again, and there is no record of any.
        public static let notRecorded = Code(rawValue: "notRecorded")
        /// Manifests of a merge say different things of a source, and none says what is there.
        public static let recordsContradictory = Code(rawValue: "recordsContradictory")
        /// An error without a code of its own came up; a defect of recapi.
        public static let unexpected = Code(rawValue: "unexpected")
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

    /// The same with another hint.
    func hinting(_ hint: String) -> PipelineError { PipelineError(code, reason, hint: hint) }
}
