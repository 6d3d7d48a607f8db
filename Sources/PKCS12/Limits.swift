/// How much a file may ask for before it is refused with ``PKCS12Error/Code/limitExceeded``.
public struct Limits: Sendable, Hashable {
    /// The largest file, in bytes.
    public var fileByteCount = 16 << 20
    /// The deepest nesting of ASN.1 values, octet strings with values inside not counted.
    public var nesting = 32
    /// Bags in a file, nested ones included.
    public var bags = 1_000
    /// The largest iteration count of one derivation.
    public var iterations = 10_000_000
    /// The largest sum of iterations over all derivations that opening a file takes, wrong candidates included.
    public var totalIterations = 50_000_000
    /// The longest salt, in bytes.
    public var saltByteCount = 1_024

    public init() {}
}
