/// An error that tells a person what happened and a program which kind it was.
///
/// Every error type of this package is a struct with an open `Code` (so that new codes break nobody),
/// a reason in one sentence, and, where there is something to do about it, a hint. Codes are what
/// manifests record and what tests compare; reasons and hints may be reworded at any time.
public protocol CodedError: Error, CustomStringConvertible {
    /// The code as written to manifests and logs: camel case, stable once released.
    var codeName: String { get }
    /// What happened, as one sentence without a full stop.
    var reason: String { get }
    /// What the user can do about it, if anything.
    var hint: String? { get }
}

extension CodedError {
    public var description: String {
        hint.map { "\(reason); \($0)" } ?? reason
    }
}
