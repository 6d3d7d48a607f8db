/// An event of Exchange's that says something of a certificate.
///
/// Source: granikos.eu, "Edge Transport Server, EdgeSync and certificates", for the text of event 1035 of MSExchange
/// EdgeSync.
public struct EdgeSyncEvent: Codable, Sendable, Equatable {
    public enum Meaning: String, Codable, Sendable {
        /// EdgeSync refuses the default transport certificate: its key is not under CAPI1.
        case notCAPI
        /// Another event, such as that of the same number by which a Receive connector reports a failed authentication.
        case other
    }

    public var meaning: Meaning
    /// Such as `MSExchange EdgeSync`; nil where the text does not name it.
    public var source: String?
    public var number: Int?
    /// Of the certificates that it names: SHA-1, upper-case hex.
    public var thumbprints: [String]
    /// From 1 on.
    public var line: Int
}
