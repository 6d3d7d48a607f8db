import Pipeline

/// A line of `--progress json`.
struct ProgressEvent: Encodable {
    enum Kind: String, Encodable {
        /// The first: how much there is to do.
        case start
        /// An item is done.
        case item
        /// Sent from time to time.
        case progress
        /// The last: what it came to.
        case summary
    }

    var schemaVersion = 1
    var event: Kind
    var time = timestamp()
    var run: String
    var total: Int
    var done: Int
    var failed: Int
    /// Items a second.
    var rate: Double?
    var secondsLeft: Double?

    var site: String?
    var source: String?
    var status: Manifest.Status?
    var code: String?
    var message: String?
    var hint: String?

    var converted: Int?
    var unchanged: Int?
    var manifest: String?
    var exitCode: Int32?

    init(_ event: Kind, run: String, _ progress: ProgressSnapshot) {
        self.event = event
        self.run = run
        (total, done, failed) = (progress.total, progress.done, progress.failed)
    }

    /// One line.
    var text: String {
        // Strings and finite numbers always encode.
        (try? makeJSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
